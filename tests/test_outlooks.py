"""A car whose settings allow it lets dear nights pass, in the whole house."""

from datetime import timedelta
from typing import Any

import pytest

from smart_charging.services.sessions.session_log import BookedSession
from worlds.household import HOUR, MIDNIGHT, Household

DAY = timedelta(days=1)
HALF_FULL: dict[str, Any] = {
    "soc_percent": 40,
    "battery_kwh": 50,
    "efficiency": 1,
    "target_soc_percent": 80,
    "minimum_ready_soc_percent": 50,
}
HOURS_BEFORE = 7 * 24 - 5
"""The last week, but for the evening."""


def prices(home: Household, *, usual: float = 1.0, tonight: float = 2.0, days: int = 0) -> None:
    """Of a week, of a night from 19:00 until noon, and of the rest of that day."""
    per_kwh = [usual] * HOURS_BEFORE + [tonight] * 17 + [usual] * 12
    home.prices(MIDNIGHT + days * DAY - 7 * DAY, *per_kwh)


async def evening(home: Household, **car: Any) -> None:
    home.schedule(**{"energy_kwh": 11, "may_owe_kwh": 22, **car})
    home.plug_in()
    await home.live(minutes=3)


async def later_that_night(home: Household) -> None:
    """Long after any charging would have begun that was not worth waiting for."""
    for hour in (1.5, 6.5):  # a cable that nobody sees for six hours may have been pulled
        home.clock.leap(MIDNIGHT + hour * HOUR)
        await home.live(minutes=5)


def booked(home: Household, *energies_kwh: float) -> None:
    """Nights in a row until yesterday."""
    comes = MIDNIGHT - 3 * HOUR
    sessions = [
        BookedSession(
            charger_id=str(home.point_id),
            charger="Garage",
            plugged_in_at=comes - ago * DAY,
            unplugged_at=comes - ago * DAY + 10 * HOUR,
            energy_kwh=kwh,
        )
        for ago, kwh in enumerate(reversed(energies_kwh), start=1)
    ]
    home.session_file.write_bytes(b"".join(one.line() + b"\n" for one in sessions))


async def test_a_dear_night_leaves_what_it_may_to_cheaper_ones_and_says_so(home: Household) -> None:
    prices(home)

    await evening(home)
    await later_that_night(home)

    assert home.delivered_kwh == 0
    assert home.state("plan") == "done"
    assert home.attributes("plan")["sentence"] == (
        "Nothing to charge; 0 of 11 kWh tonight; the rest is expected to be 50 % cheaper on Saturday"
    )


async def test_what_is_expected_later_is_shown_as_such(home: Household) -> None:
    prices(home)

    await evening(home, may_owe_kwh=5)

    shown = home.attributes("plan")
    [now, later] = [[one for one in shown["slots"] if ("is_expected" in one) is said] for said in (False, True)]
    assert (shown["tonight_kwh"], shown["later_kwh"], shown["later_cheaper"]) == (6, 5, 0.5)
    assert [round(sum(one["energy_kwh"] for one in some), 2) for some in (now, later)] == [6, 5]
    assert max(one["end"] for one in now) < min(one["start"] for one in later)


async def test_a_cheap_night_charges_all_and_what_is_owed(home: Household) -> None:
    prices(home)
    await evening(home)
    await later_that_night(home)
    home.unplug()
    await home.live(minutes=5)
    home.clock.leap(MIDNIGHT + DAY - 3 * HOUR)
    await home.restart()
    prices(home, tonight=0.5, days=1)

    await evening(home)
    await home.live(hours=3)
    home.unplug()
    await home.live(minutes=5)

    assert home.delivered_kwh == pytest.approx(22, abs=0.3)
    before, last = home.session_log.sessions
    assert (before.energy_kwh, before.fresh_kwh, before.cost_nightly) == (0, 11, 0)
    assert last.fresh_kwh == pytest.approx(11, abs=0.3)
    assert last.saving_nightly == pytest.approx(11 * (2 - 0.5), abs=0.3)


async def test_what_is_owed_is_charged_when_no_night_is_waited_for_any_more(home: Household) -> None:
    prices(home)
    await evening(home)
    await later_that_night(home)
    home.unplug()
    await home.live(minutes=5)
    home.clock.leap(MIDNIGHT + DAY - 3 * HOUR)
    prices(home, days=1)

    await evening(home, days_ahead=0)

    assert home.attributes("plan")["planned_kwh"] == pytest.approx(22, abs=0.5)


@pytest.mark.parametrize(
    "car",
    [
        pytest.param({"mode": "now"}, id="mode now"),
        pytest.param({"ready_by_once": "2026-11-21 08:00"}, id="a one-time departure"),
        pytest.param({"days_ahead": 0}, id="days ahead off"),
        pytest.param({"may_owe_kwh": 0}, id="nothing may be owed"),
    ],
)
async def test_who_wants_all_by_tomorrow_has_it(home: Household, car: dict[str, Any]) -> None:
    prices(home)

    await evening(home, **car)

    assert home.attributes("plan")["planned_kwh"] == pytest.approx(11, abs=0.5)
    assert "tonight" not in home.attributes("plan")["sentence"]


async def test_a_car_is_never_left_below_its_least_state_of_charge(home: Household) -> None:
    prices(home)
    booked(home, *[6.0] * 28)

    home.schedule(**HALF_FULL)
    await home.session_log.prepare()
    home.plug_in()
    await home.live(minutes=3)

    shown = home.attributes("plan")
    assert shown["tonight_kwh"] == pytest.approx(5, abs=0.2)
    assert shown["planned_kwh"] == pytest.approx(5, abs=0.2)


async def test_a_car_whose_habit_nobody_knows_is_charged_to_its_target(home: Household) -> None:
    prices(home)

    home.schedule(**HALF_FULL)
    home.plug_in()
    await home.live(minutes=3)

    assert home.attributes("plan")["planned_kwh"] == pytest.approx(20, abs=0.5)


async def test_a_person_can_say_when_the_car_usually_comes(home: Household) -> None:
    prices(home)
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

    home.schedule(**HALF_FULL, usual={"arrives": dict.fromkeys(days, "21:00"), "energy_kwh": 6})
    home.plug_in()
    await home.live(minutes=3)

    assert home.attributes("plan")["tonight_kwh"] == pytest.approx(5, abs=0.2)


async def test_a_car_that_stays_takes_the_cheap_day_after_the_night(home: Household) -> None:
    prices(home, usual=1.5)
    await evening(home)

    await later_that_night(home)
    await home.live(minutes=30)
    home.clock.leap(MIDNIGHT + 11.5 * HOUR)
    await home.live(hours=2)

    assert home.charged_between(MIDNIGHT - 3 * HOUR, MIDNIGHT + 7 * HOUR) == 0
    assert home.delivered_kwh == pytest.approx(11, abs=0.3)
