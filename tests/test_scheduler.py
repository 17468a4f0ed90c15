from datetime import timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.failures import Failure
from worlds.household import HOUR, MIDNIGHT, Household

NIGHT = (0.9, 0.7, 0.2, 0.1, 0.3, 0.8, 1.5, 2.0)
"""From midnight, an hour each; the car leaves at seven."""
CHART = "sensor.monta_garage_chart"


def leave_out(keys: set[str], attributes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in attributes.items() if key not in keys}


async def test_the_car_is_charged_at_the_cheapest_hours(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=22)
    home.plug_in()

    await home.live(hours=3.5)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(22, abs=0.1)
    assert home.charged_between(MIDNIGHT + 2 * HOUR, MIDNIGHT + 4 * HOUR) == pytest.approx(22, abs=0.2)


async def test_a_feed_in_price_changes_no_plan(home: Household) -> None:
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(minutes=1)
    without = home.attributes("plan")

    home.schedule(energy_kwh=22, common={"feed_in": {"spot_factor": 0.9, "markup": -0.02}})
    await home.live(minutes=1)

    assert len(without["slots"]) == 2
    moving = {"cost_at_once", "saving"}  # these go by the minute
    assert leave_out(moving, home.attributes("plan")) == leave_out(moving, without)


async def test_part_of_an_hour_is_charged_at_the_dearest_hour_of_the_plan(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=16.5)
    home.plug_in()

    await home.live(hours=3.5)

    assert home.charged_between(MIDNIGHT + 3 * HOUR, MIDNIGHT + 4 * HOUR) == pytest.approx(11, abs=0.2)
    assert home.charged_between(MIDNIGHT + 2 * HOUR, MIDNIGHT + 3 * HOUR) == pytest.approx(5.5, abs=0.2)


async def test_quarters_of_an_hour_are_used_one_by_one(home: Household) -> None:
    home.clock.advance(hours=2.75)
    home.prices(MIDNIGHT, 0.5, 0.1, 0.5, 0.5, 0.2, 0.5, *[1.0] * 30, step=timedelta(minutes=15))
    home.schedule(energy_kwh=5.5)
    home.plug_in()

    await home.live(hours=2)

    quarter = timedelta(minutes=15)
    assert home.charged_between(MIDNIGHT + quarter, MIDNIGHT + 2 * quarter) == pytest.approx(2.75, abs=0.1)
    assert home.charged_between(MIDNIGHT + 4 * quarter, MIDNIGHT + 5 * quarter) == pytest.approx(2.75, abs=0.1)


async def test_nothing_is_started_without_a_cable(home: Household) -> None:
    home.clock.advance(hours=5)
    home.schedule()

    await home.live(hours=2)

    assert home.state("plan") == "idle"
    assert home.monta.sent("charges", "POST") == []


async def test_the_plan_tells_its_slots_and_its_cost_zero_and_negative_prices_included(home: Household) -> None:
    home.prices(MIDNIGHT, 0.0, -0.1, *[1.0] * 10)
    home.schedule(energy_kwh=22)
    home.plug_in()

    await home.live(minutes=1)

    assert home.state("plan") == "waiting"
    attributes = home.attributes("plan")
    assert [slot["price_per_kwh"] for slot in attributes["slots"]] == [0.0, -0.1]
    assert attributes["expected_cost"] == pytest.approx(-1.1)
    assert attributes["planned_start"] == MIDNIGHT.isoformat()


async def test_while_the_plan_waits_nothing_of_it_changes(home: Household) -> None:
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(minutes=1)
    home.hass.history.clear()

    await home.live(hours=2)

    assert {entity_id for entity_id, _ in home.hass.history if "garage" in entity_id} <= {CHART}


async def test_the_chart_is_drawn_anew_every_quarter_and_when_the_plan_changes(home: Household) -> None:
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(minutes=1)
    first = home.attributes("chart")["chart"]
    home.hass.history.clear()

    await home.live(hours=2)
    waiting = len([entity_id for entity_id, _ in home.hass.history if entity_id == CHART])
    home.schedule(energy_kwh=33)
    await home.live(minutes=1)

    assert waiting == 8
    assert first.startswith("data:image/svg+xml;base64,")
    assert home.attributes("chart")["chart"] != first


async def test_pulling_the_cable_ends_the_session(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(hours=1.5)  # half past two, the cheapest hours have begun

    home.unplug()
    await home.live(minutes=4)

    assert home.state("plan") == "idle"
    assert "plugged_in_at" not in home.hass.store[f"session_{home.point_id}"]


async def test_a_second_evening_is_planned_anew(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(hours=3.5)
    home.unplug()
    await home.live(minutes=5)
    home.clock.advance(hours=20)
    home.prices(MIDNIGHT + 22 * HOUR, *NIGHT, *NIGHT)

    home.plug_in()
    await home.live(hours=3)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(22, abs=0.2)


async def test_a_full_car_ends_the_need(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=22, ready_by="04:15")
    home.plug_in(wants_kwh=5)

    await home.live(hours=3.5)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(5)
    assert len(home.monta.sent("charges", "POST")) == 4  # a start and a stop, and once more as it was asked again


async def test_too_little_time_is_used_from_the_first_minute_and_said(home: Household) -> None:
    home.schedule(energy_kwh=50, ready_by="22:00")
    home.plug_in()

    await home.live(minutes=5)

    assert home.state("plan") == "short"
    assert home.attributes("plan")["shortfall_kwh"] > 35
    assert home.delivered_kwh > 0.5


async def test_a_car_that_was_not_ready_goes_on_after_its_departure(home: Household) -> None:
    home.schedule(energy_kwh=22, ready_by="22:00")
    home.plug_in()

    await home.live(hours=4)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(22, abs=0.1)


async def test_without_any_prices_the_car_is_ready_all_the_same(home: Household) -> None:
    del home.hass.states["sensor.nordpool"]
    home.clock.advance(hours=7)
    home.schedule(energy_kwh=22)
    home.plug_in()

    await home.live(hours=3.25)

    assert home.delivered_kwh == pytest.approx(22, abs=0.1)
    assert home.state("plan") == "done"


async def test_a_person_who_starts_is_not_stopped(home: Household) -> None:
    home.schedule(energy_kwh=5)
    home.plug_in()
    await home.live(minutes=1)

    answer = await home.ha_commands.command("start", home.point_id)
    await home.live(hours=1)

    assert answer["ok"] is True
    assert home.state("plan") == "manual"
    assert home.delivered_kwh == pytest.approx(11, abs=0.2)


async def test_a_person_who_stops_is_not_overruled(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(hours=1.5)  # half past two, it charges

    await home.ha_commands.command("stop", home.point_id)
    await home.live(hours=2)

    assert home.state("plan") == "manual"
    assert home.delivered_kwh < 8


async def test_a_charge_that_begins_with_the_cable_is_stopped_once_and_planned(home: Household) -> None:
    home.monta.site.points[home.point_id].starts_by_itself = True
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=11)
    home.plug_in()

    await home.live(hours=3.5)

    assert home.state("plan") == "done"
    assert home.charged_between(MIDNIGHT + 3 * HOUR, MIDNIGHT + 4 * HOUR) == pytest.approx(10.8, abs=0.3)


async def test_a_charge_started_elsewhere_later_on_is_left_alone(home: Household) -> None:
    home.schedule(energy_kwh=5)
    home.plug_in()
    await home.live(minutes=20)

    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=45)

    assert home.state("plan") == "manual"
    assert home.monta.sent("charges", "POST") == []


async def test_after_a_restart_the_running_charge_is_known_and_nothing_is_started_twice(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(hours=2, minutes=20)

    await home.restart()
    home.schedule(energy_kwh=22)
    await home.live(hours=1.25)

    assert home.state("plan") == "done"
    assert len(home.monta.sent("charges", "POST")) == 2
    assert home.delivered_kwh == pytest.approx(22, abs=0.1)


async def test_a_start_that_fails_is_tried_again_but_not_hammered(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    home.schedule(energy_kwh=50, ready_by="01:00")
    home.plug_in()
    home.monta.fail_next(Failure.SERVER_ERROR, "charges", method="POST")

    await home.live(minutes=10)

    assert len(home.monta.sent("charges", "POST")) == 2
    assert home.delivered_kwh > 0.5
    assert len([line for line in caplog.messages if "Commanding" in line]) == 2  # when it began, when it ended


async def test_a_cloud_that_is_away_at_the_start_is_met_again_later(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(hours=1)
    home.monta.failures.outage = Failure.CUT
    await home.live(hours=2)
    home.monta.failures.outage = None

    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(11, abs=0.1)


async def test_a_charge_point_nobody_knows_is_named_once(home: Household, caplog: pytest.LogCaptureFixture) -> None:
    home.schedule()
    home.monta.site.points[77] = home.monta.site.points.pop(home.point_id)
    home.monta.site.points[77].id = 77

    await home.live(minutes=10)

    lines = [record.message for record in caplog.records if "to schedule" in record.message]
    assert len(lines) == 1
    assert "77 (Garage)" in lines[0]


async def test_a_price_entity_that_is_missing_for_long_is_named_once_and_one_that_comes_late_is_not(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "household")
    late = home.hass.states.pop("sensor.nordpool")
    home.schedule()
    await home.live(seconds=30)
    home.hass.states["sensor.nordpool"] = late
    await home.live(minutes=5)
    after_a_late_one = [line for line in caplog.messages if "Reading the prices" in line]

    del home.hass.states["sensor.nordpool"]
    await home.live(minutes=10)

    assert after_a_late_one == []
    told = [line for line in caplog.messages if "Reading the prices" in line]
    assert len(told) == 1
    assert "there is no entity sensor.nordpool; name one as price_entity" in told[0]


async def test_a_session_that_ended_while_the_apps_were_down_is_not_taken_up_again(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(hours=3.5)
    home.unplug()
    await home.restart()
    home.schedule(energy_kwh=11)
    await home.live(minutes=5)
    home.clock.advance(hours=16)
    home.prices(MIDNIGHT + 21 * HOUR, 0.5, 0.6, 0.7, *NIGHT)

    home.plug_in()
    await home.live(minutes=30)

    assert home.state("plan") == "waiting"
    assert home.delivered_kwh == pytest.approx(11, abs=0.1)


async def test_a_cable_pulled_and_put_in_again_while_the_apps_were_down_is_a_new_session(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(hours=3.5)
    home.unplug()
    home.clock.advance(hours=15.5)
    home.plug_in()
    home.prices(MIDNIGHT + 22 * HOUR, 0.6, 0.7, *NIGHT)

    await home.restart()
    home.schedule(energy_kwh=11)
    await home.live(minutes=10)

    assert home.state("plan") == "waiting"
    assert home.attributes("plan")["wanted_kwh"] == 11
