"""What really flows, what does not, and what is made of it."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.failures import Failure
from worlds.household import HOUR, MIDNIGHT, NIGHT, Household


async def test_a_car_that_takes_less_than_was_said_is_still_full_in_time(home: Household) -> None:
    home.schedule(energy_kwh=5.5, power_kw=11, ready_by="23:00")
    home.plug_in(power_kw=5.5)

    await home.live(hours=2)

    assert home.charged_between(MIDNIGHT - 3 * HOUR, MIDNIGHT - HOUR) == pytest.approx(5.5, abs=0.3)


async def test_what_was_learned_is_planned_with_the_next_evening_and_after_a_restart(home: Household) -> None:
    home.schedule(energy_kwh=5.5, power_kw=11, mode="now")
    home.plug_in(power_kw=5.5)
    await home.live(hours=1, minutes=10)
    home.unplug()
    await home.live(minutes=5)
    home.clock.advance(hours=18)

    await home.restart()
    home.prices(MIDNIGHT + 16 * HOUR, *[1.0] * 5, *NIGHT, *NIGHT)
    home.schedule(energy_kwh=22, power_kw=11)
    home.plug_in(power_kw=5.5)
    await home.live(minutes=2)

    slots = home.attributes("plan")["slots"]
    charging = sum(
        (datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"]) for slot in slots), timedelta()
    )
    assert charging / HOUR == pytest.approx(4, rel=0.06)


async def test_another_guess_in_apps_yaml_is_newer_than_what_was_learned(home: Household) -> None:
    home.schedule(energy_kwh=22, power_kw=11, mode="now")
    home.plug_in(power_kw=5.5)
    await home.live(hours=1)

    await home.restart()
    home.schedule(energy_kwh=22, power_kw=7.4, mode="smart")
    await home.live(seconds=30)

    [slot, *_] = home.attributes("plan")["slots"]
    length = datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"])
    assert slot["energy_kwh"] / (length / HOUR) == pytest.approx(7.4)


@pytest.mark.parametrize("power_kw", [3.7, 7.4, 11.0, 22.0])
async def test_the_target_is_not_overshot_by_more_than_a_poll_takes(home: Household, power_kw: float) -> None:
    home.monta.site.points[home.point_id].max_kw = 22.0
    home.schedule(energy_kwh=5, power_kw=11, mode="now")
    home.plug_in(power_kw=power_kw)

    await home.live(hours=1, minutes=30)

    assert -0.1 <= home.delivered_kwh - 5 <= power_kw * (75 / 3600)  # a look a minute, and the charger's own delay


async def test_what_was_wanted_stays_what_was_asked_for_when_a_little_more_came(home: Household) -> None:
    home.schedule(energy_kwh=5, power_kw=11, mode="now")
    home.plug_in(power_kw=11)

    await home.live(hours=1)

    assert home.attributes("plan")["delivered_kwh"] > 5
    assert home.attributes("plan")["wanted_kwh"] == 5


async def test_while_a_charge_goes_by_plan_neither_its_end_nor_what_is_remembered_moves(home: Household) -> None:
    home.schedule(energy_kwh=30, mode="now")
    home.plug_in()
    await home.live(minutes=20)
    home.hass.history.clear()
    before = home.hass.store[f"session_{home.point_id}"]["blocks"]

    await home.live(hours=1)

    assert [entity_id for entity_id, _ in home.hass.history if entity_id.endswith("planned_end")] == []
    assert home.hass.store[f"session_{home.point_id}"]["blocks"] == before


async def rest(home: Household, minutes: int) -> None:
    """Load management holds every charge, also one that begins meanwhile."""
    car = home.monta.site.points[home.point_id].car
    assert car
    power_kw, car.max_power_kw = car.max_power_kw, 0.0
    for _ in range(minutes):
        home.monta.pause_by_car(home.point_id)
        await home.live(minutes=1)
    car.max_power_kw = power_kw
    home.monta.resume_by_car(home.point_id)


def messages(home: Household) -> list[str]:
    return [data["message"] for action, data in home.hass.calls if action == "notify.phone"]


SOC_NEED = {"soc_percent": "sensor.car_soc", "target_soc_percent": 70, "battery_kwh": 54}


@pytest.mark.parametrize(
    ("need", "wanted_kwh"), [({"energy_kwh": 22}, 22), (SOC_NEED, 24)], ids=["by kWh", "by state of charge"]
)
async def test_a_long_pause_does_not_make_a_car_full(home: Household, need: dict[str, Any], wanted_kwh: float) -> None:
    home.say("sensor.car_soc", "30")
    home.schedule(**need, mode="now", common={"notify": "notify.phone"})
    home.plug_in()
    await home.live(minutes=40)

    await rest(home, minutes=75)
    paused, starts = home.state("plan"), home.starts
    await home.live(hours=2)

    assert (paused, starts) == ("stuck", 1 + 2)
    assert (home.state("plan"), home.starts) == ("done", starts)
    assert home.delivered_kwh == pytest.approx(wanted_kwh, abs=0.3)
    assert len([text for text in messages(home) if "does not do as told" in text]) == 1


async def test_a_trickle_is_no_charging_and_is_told_once_with_all_that_will_be_missing(home: Household) -> None:
    home.schedule(energy_kwh=36, ready_by="00:30", common={"notify": "notify.phone"})
    home.plug_in(wants_kwh=90)
    await home.live(minutes=30)
    charged_kwh = home.delivered_kwh

    car = home.monta.site.points[home.point_id].car
    assert car
    car.max_power_kw = 0.15
    await home.live(hours=3)

    [told] = [text for text in messages(home) if "missing" in text]
    assert "does not do as told" in told
    assert float(re.findall(r"([\d.]+) kWh will be missing", told)[0]) == pytest.approx(36 - charged_kwh, abs=0.5)
    assert home.starts == 1 + 2


async def test_a_car_that_wakes_up_after_a_trickle_goes_on(home: Household) -> None:
    home.schedule(energy_kwh=22, mode="now")
    home.plug_in(power_kw=0.15)
    car = home.monta.site.points[home.point_id].car
    assert car

    await home.live(minutes=25)
    car.max_power_kw = 11.0
    await home.live(hours=2, minutes=30)

    assert (home.state("plan"), home.starts) == ("done", 1 + 2)


async def test_a_charge_without_energy_is_tried_three_times_more_and_then_reported(home: Household) -> None:
    home.schedule(energy_kwh=22, mode="now", common={"notify": "notify.phone"})
    home.plug_in(power_kw=0.0)

    await home.live(hours=3)

    told = [data["message"] for action, data in home.hass.calls if action == "notify.phone"]
    assert (home.state("plan"), home.starts) == ("stuck", 4)
    assert [message for message in told if "does not do as told" in message]


async def test_a_charger_that_refuses_is_tried_at_growing_intervals(home: Household) -> None:
    home.monta.site.points[home.point_id].fails_with = "ConnectorLockFailure"
    home.schedule(energy_kwh=22, mode="now")
    home.plug_in()

    await home.live(hours=3)

    sent = [request.at for request in home.monta.sent("charges", "POST")]
    minutes = [round((later - earlier) / timedelta(minutes=1)) for earlier, later in pairwise(sent)]
    assert minutes[:3] == pytest.approx([2, 5, 15], abs=1.5)
    assert all(pause >= 59 for pause in minutes[3:])
    assert home.state("plan") == "stuck"


async def test_a_charger_that_works_again_is_no_longer_stuck(home: Household) -> None:
    home.monta.site.points[home.point_id].fails_with = "ConnectorLockFailure"
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in()
    await home.live(hours=1)
    was = home.state("plan")

    home.monta.site.points[home.point_id].fails_with = None
    await home.live(hours=3)

    assert (was, home.state("plan")) == ("stuck", "done")


async def test_a_cloud_that_is_away_at_the_start_uses_up_no_retry(home: Household) -> None:
    home.clock.advance(hours=5, minutes=45)  # a quarter of an hour before the cheapest hours
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=5)

    home.monta.failures.outage = Failure.CUT
    await home.live(hours=1)
    home.monta.failures.outage = None
    await home.live(minutes=3)

    assert home.state("plan") == "charging"
    assert home.starts == 1
    await home.live(hours=2)
    assert home.delivered_kwh == pytest.approx(11, abs=0.2)


async def test_without_any_price_the_car_is_ready_just_in_time(home: Household) -> None:
    del home.hass.states["sensor.nordpool"]
    home.schedule(energy_kwh=5.5, ready_by="00:00")
    home.plug_in()

    await home.live(hours=3)

    assert home.charged_between(MIDNIGHT - 3 * HOUR, MIDNIGHT - 0.75 * HOUR) == 0
    assert home.charged_between(MIDNIGHT - 3 * HOUR, MIDNIGHT) == pytest.approx(5.5, abs=0.2)


async def test_prices_of_the_days_before_stand_in_for_those_that_do_not_come(home: Household) -> None:
    home.prices(MIDNIGHT - 24 * HOUR, *[1.0] * 3, 0.1, *[1.0] * 20)
    home.schedule(energy_kwh=11)
    await home.live(minutes=2)
    home.clock.advance(hours=5, minutes=30)
    home.plug_in()

    await home.live(hours=2)

    assert home.charged_between(MIDNIGHT + 3 * HOUR, MIDNIGHT + 4 * HOUR) == pytest.approx(11, abs=0.2)


async def test_a_kill_in_the_middle_of_a_charge_leads_to_no_second_one(home: Household) -> None:
    home.clock.advance(hours=5)
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(minutes=30)

    for _ in range(5):
        await home.restart()
        home.schedule(energy_kwh=22)
        await home.live(minutes=20)
    await home.live(hours=1)

    assert (home.state("plan"), home.starts) == ("done", 1)
    assert home.delivered_kwh == pytest.approx(22, abs=0.3)


async def test_a_plan_outlives_a_restart_though_another_costs_the_same(home: Household) -> None:
    home.prices(MIDNIGHT - 3 * HOUR, 2.0, *[1.0] * 10)
    home.schedule(energy_kwh=11, start_cost=0.3)
    home.plug_in()
    await home.live(minutes=1)
    home.hass.store[f"session_{home.point_id}"] |= {  # type: ignore[operator]  # a dict, however it is declared
        "blocks": [["2026-11-21T01:00:00+00:00", "2026-11-21T02:00:00+00:00"]]
    }

    await home.restart()
    home.schedule(energy_kwh=11, start_cost=0.3)
    await home.live(minutes=1)

    assert home.attributes("plan")["planned_start"] == "2026-11-21T01:00:00+00:00"


async def test_a_charger_that_is_offline_is_started_as_soon_as_it_is_back(home: Household) -> None:
    point = home.monta.site.points[home.point_id]
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in()
    point.state_override = "disconnected"
    await home.live(minutes=30)
    was = home.state("plan"), home.attributes("plan")["reason"]

    point.state_override = None
    await home.live(minutes=3)

    assert was == ("stuck", "Garage has lost its connection to Monta; look at its network")
    assert (home.state("plan"), home.starts) == ("charging", 1)


async def test_a_charger_that_is_offline_for_a_moment_is_nothing_to_tell(home: Household) -> None:
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in()
    home.monta.site.points[home.point_id].state_override = "disconnected"

    await home.live(minutes=4)

    assert home.state("plan") == "waiting"


async def test_a_stop_that_fails_is_not_sent_at_every_poll(home: Household) -> None:
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in()
    await home.live(minutes=5)
    home.monta.fail_next(Failure.SERVER_ERROR, "charges", times=100, method="POST")

    home.schedule(mode="off")
    await home.live(minutes=10)

    assert len(home.monta.sent("charges", "POST")) <= 1 + 20 + 1
