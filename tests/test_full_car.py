"""A car that takes no more before it has all it was to get, and what makes it be asked again."""

from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in import shapes
from worlds.household import Household


async def fill(home: Household, **need: Any) -> None:
    """Charge up to the car's own limit, which is below what is wanted."""
    home.prices(home.clock(), 0.5, *[2.0] * 9)
    home.schedule(ready_by="00:30", **(need or {"energy_kwh": 11}))
    home.plug_in(wants_kwh=3)
    await home.live(hours=1)
    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(3)


def raise_limit(home: Household, more_kwh: float = 40) -> None:
    car = home.monta.site.points[home.point_id].car
    assert car
    car.wants_kwh += more_kwh


@pytest.mark.parametrize(("key", "payload"), [("mode", "now"), ("smart_charging", "on")])
async def test_a_person_has_a_full_car_asked_again(home: Household, key: str, payload: str) -> None:
    await fill(home)
    raise_limit(home)

    await home.choose(key, payload)
    await home.live(hours=2, minutes=30)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(11, abs=0.3)


async def test_a_full_car_that_is_asked_again_in_vain_is_full_again(home: Household) -> None:
    await fill(home)

    await home.choose("mode", "now")
    await home.live(hours=2, minutes=30)

    assert home.delivered_kwh == pytest.approx(3, abs=0.1)
    assert home.starts == 3  # once by itself, and for the person


@pytest.mark.parametrize("keeps_stamp", [True, False])
async def test_a_full_car_that_goes_on_by_itself_is_charged_on(
    home: Household, monkeypatch: pytest.MonkeyPatch, *, keeps_stamp: bool
) -> None:
    await fill(home)
    charge = home.monta.charge_of(home.point_id)
    assert charge
    full_at, told = charge.fully_charged_at, shapes.charge
    assert full_at

    home.monta.resume_by_car(home.point_id, more_kwh=30)
    if keeps_stamp:
        stamp = {"fullyChargedAt": shapes.stamp(full_at)}
        monkeypatch.setattr(shapes, "charge", lambda *args: told(*args) | stamp)
    await home.live(hours=2, minutes=30)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(11, abs=0.3)


async def test_a_full_car_whose_state_of_charge_falls_is_asked_again(home: Household) -> None:
    home.say("sensor.car_soc", "50")
    await fill(home, soc_percent="sensor.car_soc", target_soc_percent=80, battery_kwh=50)
    raise_limit(home)

    home.say("sensor.car_soc", "40")
    await home.live(hours=2, minutes=30)

    assert home.delivered_kwh > 3 + 15


async def test_a_full_car_that_has_enough_is_stopped(home: Household) -> None:
    home.schedule(energy_kwh=5, mode="now")
    home.plug_in(wants_kwh=5)

    await home.live(hours=1)

    assert (home.state("plan"), home.state("switch.charging")) == ("done", "off")


async def test_a_full_car_is_asked_again_when_more_is_wanted_for_it(home: Household) -> None:
    home.say("input_number.energy", "11")
    await fill(home, energy_kwh="input_number.energy")
    raise_limit(home)

    home.say("input_number.energy", "14")
    await home.live(hours=2, minutes=30)

    assert home.delivered_kwh == pytest.approx(14, abs=0.3)


async def test_a_car_that_was_called_full_too_early_is_asked_again_once_by_itself(home: Household) -> None:
    home.schedule(energy_kwh=11, mode="now", common={"notify": "notify.phone"})
    home.plug_in(wants_kwh=4)
    await home.live(minutes=25)
    assert home.state("plan") == "done"
    raise_limit(home)

    await home.live(hours=2)

    told = [data["message"] for _, data in home.hass.calls if "are in" in data["message"]]
    assert (home.state("plan"), home.starts) == ("done", 2)
    assert home.delivered_kwh == pytest.approx(11, abs=0.3)
    assert ["takes no more" in message for message in told] == [True, False]


async def test_a_car_at_its_own_limit_is_not_asked_again_and_again(home: Household) -> None:
    home.schedule(energy_kwh=11, mode="now", common={"notify": "notify.phone"})
    home.plug_in(wants_kwh=4)

    await home.live(hours=2)

    assert (home.state("plan"), home.starts) == ("done", 2)
    assert len([data for _, data in home.hass.calls if "are in" in data["message"]]) == 1


async def test_a_press_of_start_asks_a_full_car_again(home: Household) -> None:
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in(wants_kwh=4)
    await home.live(hours=1)
    assert home.state("switch.charging") == "on"
    raise_limit(home, more_kwh=8)

    answer = await home.ha_commands.command("start", str(home.point_id))
    await home.live(hours=2)

    assert (answer["ok"], home.state("plan")) == (True, "manual")
    assert home.attributes("plan")["reason"] == "started by hand"
    assert home.delivered_kwh == pytest.approx(12, abs=0.1)
