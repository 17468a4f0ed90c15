"""Modes, and how they give way to manual starts and stops."""

import pytest

from smart_charging.entities.command import ON
from smart_charging.services.control.origins import Origin
from worlds.household import HOUR, MIDNIGHT, Household


async def choose(home: Household, key: str, payload: str) -> None:
    await home.choose(key, payload)
    await home.live(minutes=2)


async def test_in_mode_now_the_car_is_charged_at_once_and_no_more_than_wanted(home: Household) -> None:
    home.schedule(energy_kwh=5.5, mode="now", price_limit=0.5)
    home.plug_in()

    await home.live(hours=2)

    assert home.charged_between(home.clock.at - 2 * HOUR, MIDNIGHT - 2 * HOUR) == pytest.approx(5.5, abs=0.2)
    assert home.state("plan") == "done"


async def test_in_mode_off_nothing_is_started(home: Household) -> None:
    home.schedule(mode="off", energy_kwh=5.5, ready_by="22:00")
    home.plug_in()

    await home.live(hours=1, minutes=30)

    assert (home.state("plan"), home.starts) == ("off", 0)


async def test_now_is_now_although_a_plan_waits_for_better_prices(home: Household) -> None:
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=2)
    before = home.state("plan")

    await choose(home, "mode", "now")

    assert (before, home.state("plan")) == ("waiting", "charging")


async def test_smart_after_off_waits_although_nobody_knows_a_price(home: Household) -> None:
    del home.hass.states["sensor.nordpool"]
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in()
    await home.live(minutes=5)

    await choose(home, "mode", "off")
    await choose(home, "mode", "smart")

    assert home.state("plan") == "waiting"


async def test_another_minimum_is_charged_at_once(home: Household) -> None:
    home.say("input_number.minimum", "2")
    home.schedule(energy_kwh=11, minimum_kwh="input_number.minimum")
    home.plug_in()
    await home.live(minutes=5)

    home.say("input_number.minimum", "8")
    await home.live(hours=1)

    assert home.delivered_kwh == pytest.approx(8, abs=0.3)


async def test_mode_off_stops_the_charge_we_started(home: Household) -> None:
    home.schedule(mode="now")
    home.plug_in()
    await home.live(minutes=5)

    await choose(home, "mode", "off")

    assert (home.state("plan"), home.state("switch.charging")) == ("off", "off")


async def test_mode_off_leaves_a_charge_alone_that_somebody_else_started(home: Household) -> None:
    home.schedule(mode="off")
    home.plug_in()
    home.monta.start_by_hand(home.point_id)

    await home.live(hours=2)

    assert (home.state("binary_sensor.charging"), home.stops) == ("on", 0)


async def test_a_person_who_says_smart_again_gets_the_plan_back(home: Household) -> None:
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=2)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await home.live(minutes=5)
    was = home.state("plan")

    await choose(home, "smart_charging", ON)

    assert (was, home.state("plan"), home.state("switch.charging")) == ("manual", "waiting", "off")


async def test_smart_can_be_asked_for_by_event_and_service_too(home: Household) -> None:
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=2)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await home.live(minutes=5)

    answer = await home.ha_commands.command("smart", "Garage")
    await home.live(minutes=2)

    assert (answer["ok"], home.state("plan")) == (True, "waiting")


async def test_a_mode_for_a_charger_nobody_plans_for_is_refused_with_a_reason(home: Household) -> None:
    carport = home.monta.add_charge_point("Carport")
    home.schedule()
    await home.live(minutes=2)

    answer = await home.ha_commands.command("smart", str(carport))

    assert not answer["ok"]
    assert "name it under chargers" in answer["error"]


async def test_the_manual_mode_outlives_a_restart(home: Household) -> None:
    home.schedule()
    home.plug_in()
    await home.live(minutes=2)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)

    await home.restart()
    home.schedule()
    await home.live(minutes=30)

    assert (home.state("plan"), home.stops) == ("manual", 0)


async def test_a_mode_chosen_by_a_person_holds_until_apps_yaml_says_another(home: Household) -> None:
    home.schedule(mode="smart")
    home.plug_in()
    await home.live(minutes=2)
    await choose(home, "mode", "off")

    await home.restart()
    home.schedule(mode="smart")
    await home.live(minutes=2)
    kept = home.state("plan")
    await home.restart()
    home.schedule(mode="now")
    await home.live(minutes=2)

    assert (kept, home.attributes("plan")["mode"]) == ("off", "now")


async def test_no_mode_nobody_knows_is_taken(home: Household) -> None:
    home.schedule()
    home.plug_in()
    await home.live(minutes=2)

    await choose(home, "mode", "turbo")

    assert home.attributes("plan")["mode"] == "smart"


@pytest.mark.parametrize(
    ("take_over", "state", "stopped"), [("plug_in", "waiting", 1), ("never", "manual", 0), ("always", "waiting", 1)]
)
async def test_a_charge_that_begins_with_the_cable(home: Household, take_over: str, state: str, stopped: int) -> None:
    home.monta.site.points[home.point_id].starts_by_itself = True
    home.schedule(take_over=take_over)
    home.plug_in()

    await home.live(minutes=5)

    assert (home.state("plan"), home.stops) == (state, stopped)


@pytest.mark.parametrize(("take_over", "state"), [("plug_in", "manual"), ("never", "manual"), ("always", "waiting")])
async def test_a_charge_begun_elsewhere_an_hour_later(home: Household, take_over: str, state: str) -> None:
    home.schedule(take_over=take_over)
    home.plug_in()
    await home.live(hours=1)

    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=5)

    assert home.state("plan") == state


async def test_a_charge_that_begins_again_after_it_was_taken_over_is_a_manual_start(home: Household) -> None:
    home.monta.site.points[home.point_id].starts_by_itself = True
    home.schedule()
    home.plug_in()
    await home.live(minutes=3)

    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=5)

    assert (home.state("plan"), home.stops) == ("manual", 1)


async def test_our_charge_stopped_elsewhere_is_not_started_again(home: Household) -> None:
    home.schedule(mode="now", energy_kwh=20)
    home.plug_in()
    await home.live(minutes=10)

    home.monta.stop_by_hand(home.point_id)
    await home.live(hours=3)

    assert (home.state("plan"), home.starts) == ("manual", 1)
    assert "stopped" in home.attributes("plan")["sentence"]


async def test_our_charge_ended_by_a_power_loss_is_started_again(home: Household) -> None:
    home.schedule(mode="now", energy_kwh=20)
    home.plug_in()
    await home.live(minutes=10)

    home.monta.break_off(home.point_id)
    await home.live(hours=3)

    assert (home.state("plan"), home.starts) == ("done", 2)
