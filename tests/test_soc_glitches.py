"""A state of charge that neither the meter nor the battery explains is believed once it has lasted."""

import pytest

from worlds.household import Household

SOC = "sensor.car_soc"
PHONE = {"notify": "notify.phone"}


def by_soc(home: Household, percent: int) -> None:
    home.say(SOC, str(percent))
    home.schedule(
        soc_percent=SOC,
        target_soc_percent=90,
        battery_kwh=60,
        efficiency=1.0,
        minimum_soc_percent=20,
        common=PHONE,
    )
    home.plug_in()


async def test_a_state_of_charge_that_falls_for_a_moment_starts_nothing(home: Household) -> None:
    by_soc(home, 70)
    await home.live(minutes=20)

    home.say(SOC, "0")
    await home.live(minutes=4)
    wanted_kwh = home.attributes("plan")["wanted_kwh"]
    home.say(SOC, "70")
    await home.live(minutes=20)

    assert (wanted_kwh, home.attributes("plan")["wanted_kwh"], home.starts) == (12, 12, 0)


async def test_a_state_of_charge_that_rises_for_a_moment_stops_nothing(home: Household) -> None:
    by_soc(home, 40)
    await home.live(seconds=30)
    await home.choose("mode", "now")
    await home.live(minutes=30)
    assert home.state("plan") == "charging"

    home.say(SOC, "100")
    await home.live(minutes=3)
    state = home.state("plan")
    home.say(SOC, "50")
    await home.live(hours=4)

    told = [data["message"] for action, data in home.hass.calls if "kWh are in the car" in data["message"]]
    assert (state, home.state("plan"), home.starts, len(told)) == ("charging", "done", 1, 1)


@pytest.mark.parametrize(("percent", "wanted_kwh"), [(30, 36), (85, 3)])
async def test_a_state_of_charge_that_lasts_is_believed(home: Household, percent: int, wanted_kwh: float) -> None:
    by_soc(home, 70)
    await home.live(minutes=20)

    home.say(SOC, str(percent))
    await home.live(minutes=9)
    before = home.attributes("plan")["wanted_kwh"]
    await home.live(minutes=3)

    assert (before, home.attributes("plan")["wanted_kwh"]) == (12, pytest.approx(wanted_kwh))


async def test_a_doubt_outlives_a_restart(home: Household) -> None:
    by_soc(home, 70)
    await home.live(minutes=20)
    home.say(SOC, "30")
    await home.live(minutes=8)

    await home.restart()
    by_soc(home, 30)
    await home.live(minutes=4)

    assert home.attributes("plan")["wanted_kwh"] == pytest.approx(36)


async def test_what_the_meter_explains_is_believed_at_once(home: Household) -> None:
    by_soc(home, 40)
    await home.live(seconds=30)
    await home.choose("mode", "now")
    await home.live(hours=1)

    home.say(SOC, "60")
    await home.live(minutes=1)

    assert home.attributes("plan")["wanted_kwh"] == pytest.approx(11 + 18, abs=0.5)
