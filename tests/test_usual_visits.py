from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smart_charging.config.usual import UsualVisits
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.services.habits.habit import at_time
from smart_charging.services.habits.usual_visits import usual_visits
from smart_charging.services.habits.visits import visits_of
from smart_charging.services.sessions.session_log import BookedSession

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
FRIDAY = date(2026, 11, 20)
NOON = time(12)
DAY = timedelta(days=1)
EVERY_DAY = range(1, 57)


def session(
    day: date, arrives: time = time(17, 30), leaves: time = time(7, 15), *, nights: int = 1, kwh: float = 8.0
) -> BookedSession:
    return BookedSession(
        charger_id="7",
        charger="Garage",
        plugged_in_at=at_time(day, arrives, COPENHAGEN),
        unplugged_at=at_time(day + nights * DAY, leaves, COPENHAGEN),
        energy_kwh=kwh,
    )


def past(days_ago: Collection[int], until: date = FRIDAY) -> list[BookedSession]:
    return [session(until - ago * DAY) for ago in days_ago]


def expected(sessions: Sequence[BookedSession], *, days: int = 0, at: time = NOON) -> Sequence[ExpectedVisit]:
    return usual_visits(sessions, at_time(FRIDAY, at, COPENHAGEN), COPENHAGEN, days=days)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(COPENHAGEN):%a %H:%M}"


def test_a_car_of_every_night_is_expected_with_what_it_uses() -> None:
    (visit,) = expected(past(EVERY_DAY))

    assert (local(visit.arrives_at), local(visit.leaves_at)) == ("Fri 17:30", "Sat 07:15")
    assert (visit.energy_kwh, visit.spread_kwh, visit.likelihood) == (8.0, 0.0, 1.0)


def test_of_a_new_install_nothing_is_expected() -> None:
    assert not expected([], days=7)
    assert not expected(past([1, 2, 3]), days=7)


def test_a_car_that_comes_on_workdays_is_not_expected_at_the_weekend() -> None:
    workdays = [ago for ago in EVERY_DAY if (FRIDAY - ago * DAY).weekday() < 5]

    assert [local(one.arrives_at)[:3] for one in expected(past(workdays), days=4)] == ["Fri", "Mon", "Tue"]


def test_each_weekday_has_its_own_time_and_energy() -> None:
    fridays = [
        session(FRIDAY - weeks * 7 * DAY, time(21), nights=3, kwh=kwh)
        for weeks, kwh in zip((1, 2, 3), (20, 30, 40), strict=True)
    ]
    others = past([ago for ago in EVERY_DAY if ago % 7])

    friday, saturday = expected([*fridays, *others], days=1)

    assert (local(friday.arrives_at), local(friday.leaves_at)) == ("Fri 21:00", "Mon 07:15")
    assert (friday.energy_kwh, friday.spread_kwh, friday.likelihood) == (30.0, 10.0, 0.75)
    assert (local(saturday.arrives_at), saturday.energy_kwh) == ("Sat 17:30", 8.0)


def test_one_odd_night_moves_no_habit() -> None:
    odd = session(FRIDAY - 7 * DAY, time(19), nights=12)

    (visit,) = expected([odd, *past([ago for ago in EVERY_DAY if ago > 7 or ago < 3])])

    assert (local(visit.arrives_at), local(visit.leaves_at)) == ("Fri 17:30", "Sat 07:15")


def test_a_car_on_holiday_is_not_expected_before_it_is_back() -> None:
    assert not expected(past(range(6, 57)), days=7)
    assert expected(past([1, *range(6, 57)]))


def test_two_visits_a_day_are_two_habits() -> None:
    noons = [session(FRIDAY - ago * DAY, time(11), time(13), nights=0, kwh=3) for ago in EVERY_DAY]

    visits = expected([*noons, *past(EVERY_DAY)], at=time(9))

    assert [(local(one.arrives_at), one.energy_kwh) for one in visits] == [("Fri 11:00", 3.0), ("Fri 17:30", 8.0)]


def test_a_cable_that_was_out_for_a_while_makes_no_second_visit() -> None:
    early = [session(FRIDAY - ago * DAY, time(16), time(16, 40), nights=0, kwh=2) for ago in EVERY_DAY]

    (visit,) = expected([*early, *past(EVERY_DAY)])

    assert (local(visit.arrives_at), local(visit.leaves_at), visit.energy_kwh) == ("Fri 16:00", "Sat 07:15", 10.0)


def test_who_comes_after_midnight_belongs_to_the_evening_before() -> None:
    late = [session(FRIDAY - ago * DAY, time(23, 40)) for ago in EVERY_DAY if ago % 2]
    later = [session(FRIDAY - ago * DAY + DAY, time(0, 20), nights=0) for ago in EVERY_DAY if not ago % 2]

    visits = expected([*late, *later], days=1)

    assert [visit.likelihood for visit in visits] == [1.0, 1.0]
    assert all(visit.arrives_at.astimezone(COPENHAGEN).hour in {23, 0} for visit in visits)


def test_a_session_without_energy_is_a_visit_that_used_nothing() -> None:
    sessions = [session(FRIDAY - ago * DAY, kwh=16.0 * (ago % 14 == 0)) for ago in EVERY_DAY]

    (visit,) = expected(sessions)

    assert (visit.energy_kwh, visit.likelihood) == (8.0, 1.0)


def test_a_late_car_is_still_expected() -> None:
    assert [local(one.arrives_at) for one in expected(past(EVERY_DAY), at=time(22))] == ["Fri 17:30"]


def test_a_car_that_came_and_left_is_not_expected_again_today() -> None:
    today = session(FRIDAY, time(17), time(19), nights=0)

    assert not expected([today, *past(EVERY_DAY)], at=time(20))
    assert expected([today, *past(EVERY_DAY)], at=time(20), days=1)


def test_a_visit_of_yesterday_that_has_not_begun_is_expected_until_it_would_be_over() -> None:
    sessions = past([ago for ago in EVERY_DAY if ago > 1])

    assert local(expected(sessions, at=time(5))[0].arrives_at) == "Thu 17:30"
    assert local(expected(sessions, at=time(8))[0].arrives_at) == "Fri 17:30"


@pytest.mark.parametrize(
    ("day", "arrives_at"),
    [
        pytest.param(date(2026, 3, 30), datetime(2026, 3, 30, 15, 30, tzinfo=UTC), id="summer begins"),
        pytest.param(date(2026, 10, 26), datetime(2026, 10, 26, 16, 30, tzinfo=UTC), id="summer ends"),
    ],
)
def test_a_change_of_the_clocks_moves_no_visit(day: date, arrives_at: datetime) -> None:
    (visit,) = usual_visits(past(EVERY_DAY, day), at_time(day, NOON, COPENHAGEN), COPENHAGEN, days=0)

    assert visit.arrives_at == arrives_at
    assert local(visit.leaves_at)[4:] == "07:15"


def test_departure_is_by_the_settings_where_they_name_one() -> None:
    (visit,) = usual_visits(
        past(EVERY_DAY),
        at_time(FRIDAY, NOON, COPENHAGEN),
        COPENHAGEN,
        days=0,
        departure=lambda after: at_time(after.date() + DAY, time(6), COPENHAGEN),
    )

    assert local(visit.leaves_at) == "Sat 06:00"


def said(**usual: Any) -> Sequence[str]:
    settings = UsualVisits.model_validate(usual)
    came = [session(FRIDAY + DAY, time(9), nights=0, leaves=time(10))]
    visits = visits_of(settings, came, at_time(FRIDAY, NOON, COPENHAGEN), COPENHAGEN, days=3)
    return [f"{local(one.arrives_at)} {one.energy_kwh:g}" for one in visits]


def test_what_a_person_says_counts_instead_of_the_sessions() -> None:
    assert said(arrives="18:00", energy_kwh=12) == ["Fri 18:00 12", "Sun 18:00 12", "Mon 18:00 12"]
    assert said(arrives={"mon": "17:00", "wed": "20:00"}, energy_kwh=9) == ["Mon 17:00 9"]
