"""A charger that is out of reach for a while: what was asked of it lands late, and its meter stands still."""

from datetime import timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.habits import Habits
from smart_charging.clouds.monta.stand_in.site import Charge
from smart_charging.services.control.origins import Origin
from worlds.household import Household


def running(home: Household) -> Charge:
    charge = home.monta.charge_of(home.point_id)
    assert charge
    return charge


def lose(home: Household) -> None:
    """The charger goes on by itself; nobody hears of it, nor of its meter."""
    charge = running(home)
    home.monta.site.points[home.point_id].state_override = "disconnected"
    charge.flowed_until = None


def regain(home: Household) -> None:
    home.monta.site.points[home.point_id].state_override = None
    running(home).flowed_until = home.clock.at


async def charging(home: Household, **car: Any) -> None:
    """Half an hour into a charge by plan that may be interrupted after an hour and a half."""
    home.prices(home.clock.at - timedelta(minutes=30), *[0.2] * 2, *[3.0] * 2, *[0.1] * 5)
    home.schedule(energy_kwh=33, ready_by="02:15", **car)
    home.plug_in()
    await home.live(minutes=30)
    assert home.state("switch.charging") == "on"


@pytest.mark.parametrize(
    ("away", "reason"), [(timedelta(minutes=20), "api"), (timedelta(minutes=63), "Remote")], ids=str
)
async def test_a_stop_of_ours_that_lands_when_the_charger_is_back_is_ours(
    home: Household, away: timedelta, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await charging(home)
    stop = home.monta.site.stop
    home.monta.site.delays.stop = away
    monkeypatch.setattr(home.monta.site, "stop", lambda charge, **_: stop(charge, reason=reason))
    while not home.stops:
        await home.live(minutes=1)
    home.monta.site.points[home.point_id].state_override = "disconnected"

    await home.live(seconds=away.total_seconds())
    home.monta.site.points[home.point_id].state_override = None
    home.monta.site.delays.stop = timedelta(seconds=5)
    await home.live(minutes=5)

    assert running(home).stop_reason == reason
    assert home.state("plan") == "waiting"
    await home.live(hours=3)
    assert home.delivered_kwh == pytest.approx(33, abs=0.3)


async def test_a_stop_of_ours_that_landed_while_we_were_down_is_ours(home: Household) -> None:
    await charging(home)
    home.monta.site.delays.stop = timedelta(minutes=40)
    while not home.stops:
        await home.live(minutes=1)
    home.clock.advance(minutes=45)

    await home.restart()
    home.schedule(energy_kwh=33)
    await home.live(minutes=5)

    assert home.state("plan") == "waiting"


async def test_an_hour_out_of_reach_does_not_make_a_later_stop_of_a_person_ours(home: Household) -> None:
    await charging(home, mode="now")
    home.monta.fail_next(Failure.CUT, "charges/", method="POST")
    await home.control.stop(str(home.point_id), origin=Origin.US)
    lose(home)
    await home.live(minutes=40)
    regain(home)
    await home.live(minutes=20)

    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=5)

    assert (home.state("plan"), home.attributes("plan")["reason"]) == ("manual", "stopped elsewhere")


async def test_a_charger_out_of_reach_is_neither_judged_by_its_meter_nor_commanded(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    await charging(home, mode="now")
    caplog.set_level("INFO")
    caplog.clear()
    lose(home)

    await home.live(minutes=50)
    regain(home)
    await home.live(minutes=9)

    assert (home.starts, home.stops) == (1, 0)
    assert home.state("plan") == "charging"
    assert len(caplog.records) <= 2


async def test_a_charger_out_of_reach_is_stopped_once_it_is_back(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    await charging(home)
    lose(home)
    await home.choose("mode", "off")
    caplog.set_level("INFO")
    caplog.clear()

    await home.live(hours=1, minutes=10)
    away, reason, lines = home.stops, home.attributes("plan")["reason"], len(caplog.records)
    regain(home)
    await home.live(minutes=3)

    assert (away, home.stops) == (0, 1)
    assert reason == (
        "Garage has lost its connection to Monta; look at its network; the charge is stopped as soon as it is back"
    )
    assert lines <= 3


async def test_a_charge_somebody_else_began_moments_before_our_start_is_not_ours(home: Household) -> None:
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=10)
    theirs = home.monta.start_by_hand(home.point_id)

    await home.control.start(str(home.point_id), origin=Origin.US)
    await home.live(hours=3)

    assert running(home).id == theirs
    assert home.stops == 0
    assert (home.state("plan"), home.attributes("plan")["reason"]) == ("manual", "a charge was started elsewhere")


async def test_a_start_whose_answer_was_lost_is_ours_although_the_next_is_refused(home: Household) -> None:
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=2)
    home.monta.failures.outage = Failure.CUT_AFTER_ACTING
    await home.control.start(str(home.point_id), origin=Origin.US)
    home.monta.failures.outage = None
    home.monta.fail_next(Failure.SERVER_ERROR, "charges?", method="GET")

    await home.control.start(str(home.point_id), origin=Origin.US)
    await home.live(minutes=5)

    assert (home.state("plan"), home.stops) == ("waiting", 1)


async def test_a_start_whose_answer_was_lost_is_not_repeated_where_lists_of_charges_are_late(home: Household) -> None:
    home.monta.habits = Habits(list_lag=timedelta(seconds=45))
    home.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")
    home.schedule(mode="now")
    home.plug_in()
    await home.live(seconds=5)

    home.clock.leap(home.clock.at + timedelta(seconds=35))
    assert home.scheduling
    await home.scheduling.beat()
    await home.live(minutes=5)

    assert (home.starts, running(home).state) == (1, "charging")
