from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from smart_charging.services.habits.habit import Stay, at_time, is_expected

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HALF_PAST_NINE = time(21, 30)
FRIDAY = date(2026, 11, 20)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVERY_EVENING = range(1, 57)


def nights(days_ago: Collection[int], until: date = FRIDAY) -> Sequence[Stay]:
    """Cable in an hour before half past nine, so many days ago, and out the next morning."""
    evenings = [at_time(until - ago * DAY, HALF_PAST_NINE, COPENHAGEN) for ago in days_ago]
    return [(evening - HOUR, evening + 9 * HOUR) for evening in evenings]


def expected(days_ago: Collection[int]) -> bool:
    return is_expected(FRIDAY, HALF_PAST_NINE, nights(days_ago), COPENHAGEN)


@pytest.mark.parametrize(
    ("days_ago", "is_usual"),
    [
        pytest.param(EVERY_EVENING, True, id="every evening"),
        pytest.param((7, 14, 21, 28), True, id="every friday"),
        pytest.param((7, 21, 28), True, id="three of four fridays"),
        pytest.param((7, 28), False, id="two of four fridays"),
        pytest.param((6, 13, 20, 27), False, id="every saturday"),
        pytest.param(range(1, 11), True, id="ten evenings of fourteen"),
        pytest.param([ago for ago in range(1, 10) if ago != 7], False, id="eight evenings of fourteen"),
        pytest.param([ago for ago in EVERY_EVENING if ago % 7 not in {0, 6}], False, id="all but fridays, saturdays"),
        pytest.param((), False, id="a new charger"),
    ],
)
def test_a_car_is_expected_where_it_was_on_most_such_weekdays_or_evenings(
    days_ago: Collection[int], *, is_usual: bool
) -> None:
    assert expected(days_ago) is is_usual


@pytest.mark.parametrize(
    ("evenings", "is_still_usual"), [(0, True), (1, True), (2, True), (3, False), (6, False), (12, False)]
)
def test_after_three_ignored_evenings_the_car_is_away(evenings: int, *, is_still_usual: bool) -> None:
    assert expected([ago for ago in EVERY_EVENING if ago > evenings]) is is_still_usual


def test_a_car_that_is_back_for_one_evening_is_expected_again() -> None:
    assert expected([1, *range(7, 57)])


def test_a_car_that_left_before_the_hour_was_not_there() -> None:
    stays = [(start, start + HOUR / 2) for start, _ in nights(EVERY_EVENING)]

    assert not is_expected(FRIDAY, HALF_PAST_NINE, stays, COPENHAGEN)


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2026, 10, 27)])
def test_a_change_of_the_clocks_moves_no_habit(day: date) -> None:
    evenings = [at_time(day - ago * DAY, HALF_PAST_NINE, COPENHAGEN) for ago in EVERY_EVENING]
    stays = [(evening - HOUR / 12, evening + HOUR / 12) for evening in evenings]

    assert is_expected(day, HALF_PAST_NINE, stays, COPENHAGEN)
    assert not is_expected(day, time(22, 30), stays, COPENHAGEN)


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        pytest.param(date(2026, 3, 29), datetime(2026, 3, 29, 1, tzinfo=UTC), id="skipped in spring"),
        pytest.param(date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="twice in autumn"),
    ],
)
def test_a_time_that_a_clock_change_skips_or_repeats_is_one_moment(day: date, moment: datetime) -> None:
    assert at_time(day, time(2, 30), COPENHAGEN) == moment
