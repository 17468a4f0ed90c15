"""What is expected of a house's load, by what it took before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest

from smart_charging.planning.peak_fee import HOUR, PeakFee, Per
from smart_charging.planning.peak_night import PeakMonth
from smart_charging.services.peaks.load_book import LoadBook

BEGIN = datetime(2027, 5, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
DAYS = PeakFee(highest=3, per_kw=40.0)
HOURS = PeakFee(highest=3, of=Per.INTERVAL, is_nth=True, per_kw=40.0)


def lived(house_kw: Callable[[datetime], float | None], *, days: int = 12, fee: PeakFee = DAYS) -> LoadBook:
    book = LoadBook([fee], 1.5, UTC)
    for number in range(days * 96):
        at = BEGIN + number * QUARTER
        book.add(at, at + QUARTER, house_kw=house_kw(at), cars_kw=0.0)
        book.tidy(at)
    return book


def month_of(book: LoadBook, days: int = 12) -> PeakMonth:
    now = BEGIN + timedelta(days=days)
    (month,) = book.months(now, now + 7 * HOUR)
    return month


def oven(at: datetime) -> float:
    """Two hours of it each evening, on every third day a bigger one."""
    return 1.0 + (at.hour in {18, 19}) * (5.0 if at.day % 3 == 0 else 3.0)


def restless(at: datetime) -> float:
    return 3.0 if (at.day + at.hour) % 2 else 1.0


@pytest.mark.parametrize("fee", [DAYS, HOURS])
def test_the_highest_of_the_days_to_come_are_like_those_of_the_days_before(fee: PeakFee) -> None:
    alone = month_of(lived(oven, fee=fee)).alone

    assert alone.mean_kw == pytest.approx((8 * 4 + 4 * 6) / 12, abs=0.3)
    assert alone.draws == 18
    assert 5 < alone.highest_kw(3)[2] < alone.highest_kw(3)[0] < 7.5


def test_a_house_that_was_never_seen_reaches_twice_its_usual_load() -> None:
    alone = month_of(LoadBook([DAYS], 1.5, UTC), days=0).alone

    assert alone.mean_kw == pytest.approx(3.0)
    assert alone.highest_kw(1, 0.9)[0] > alone.highest_kw(1, 0.1)[0] > 3.0


def test_a_day_that_is_not_over_tells_nothing_of_those_to_come() -> None:
    book = lived(oven)
    before = month_of(book).alone
    book.add(BEGIN + timedelta(days=12), BEGIN + timedelta(days=12, minutes=15), house_kw=0.2, cars_kw=0.0)

    assert month_of(book).alone.mean_kw == pytest.approx(before.mean_kw, abs=0.05)


def test_a_house_whose_hours_differ_from_what_is_expected_strays_more() -> None:
    quiet, wild = (month_of(lived(house)).stray_kw(BEGIN + HOUR) for house in (lambda _at: 2.0, restless))

    assert wild > 2 * quiet


def test_what_is_not_measured_is_not_learned_from() -> None:
    guessed, unseen = month_of(lived(lambda _at: None)), month_of(LoadBook([DAYS], 1.5, UTC))

    assert guessed.alone == unseen.alone
    assert guessed.stray_kw(BEGIN) == unseen.stray_kw(BEGIN)


@pytest.mark.parametrize("away_at", [0, 30])
def test_a_meter_that_is_away_for_a_minute_of_each_hour_is_learned_from_all_the_same(away_at: int) -> None:
    book, minute = LoadBook([DAYS], 1.5, UTC), timedelta(minutes=1)
    for number in range(4 * 24 * 60):
        at = BEGIN + number * minute
        book.add(at, at + minute, house_kw=None if at.minute == away_at else oven(at), cars_kw=0.0)

    away, there = month_of(book, days=4), month_of(lived(oven, days=4), days=4)

    assert away.alone.mean_kw == pytest.approx(there.alone.mean_kw, abs=0.2)
    assert away.stray_kw(BEGIN + 12 * HOUR) == pytest.approx(there.stray_kw(BEGIN + 12 * HOUR), abs=0.05)


def test_a_house_that_was_never_seen_takes_more_in_the_evening_and_in_the_mean_what_was_said() -> None:
    book = LoadBook([DAYS], 1.5, UTC)

    hours_kw = [book.expected_kw(BEGIN + number * HOUR) for number in range(24)]

    assert hours_kw[18] > 2 * hours_kw[3]
    assert fmean(hours_kw) == pytest.approx(1.5, rel=0.03)


def test_of_an_hour_that_was_never_seen_less_is_certain() -> None:
    guessed, seen_once = month_of(LoadBook([DAYS], 1.5, UTC)), month_of(lived(lambda _at: 1.5, days=1))

    assert guessed.stray_kw(BEGIN + 12 * HOUR) > 1.5 * seen_once.stray_kw(BEGIN + 12 * HOUR)


def test_what_was_learned_of_strays_is_stored() -> None:
    book, again = lived(restless), LoadBook([DAYS], 1.5, UTC)

    again.take(book.facts())

    assert month_of(again).stray_kw(BEGIN + HOUR) == pytest.approx(month_of(book).stray_kw(BEGIN + HOUR), abs=0.01)


def test_facts_of_a_version_that_knew_no_strays_are_taken() -> None:
    book = LoadBook([DAYS], 1.5, UTC)
    values = {"total_kw": {"2027-05-02": 7.5}, "alone_kw": {"2027-05-02": 4.0}, "running": None}

    book.take({"usual_kw": {"3": 1.0}, "fees": {DAYS.measure: values}})

    assert book.billed_kw(BEGIN) == pytest.approx(2.5)
    assert month_of(book).stray_kw(BEGIN.replace(hour=3)) == pytest.approx(0.2)


def seen(*house_kw: float) -> LoadBook:
    """A house that usually takes 1 kW, and in the last quarters of an hour so much."""
    book = lived(lambda _at: 1.0)
    for number, kw in enumerate(house_kw):
        at = BEGIN + timedelta(days=12) + number * QUARTER
        book.add(at, at + QUARTER, house_kw=kw, cars_kw=0.0)
    return book


def test_an_oven_that_came_on_is_not_expected_to_stay_on_for_the_rest_of_the_hour() -> None:
    now = BEGIN + timedelta(days=12) + QUARTER

    assert 2.0 < seen(4.0).expected_kw(now + 2 * QUARTER) < 3.0


def test_an_oven_that_went_off_leaves_little_to_expect() -> None:
    now = BEGIN + timedelta(days=12) + 2 * QUARTER

    assert seen(4.0, 1.0).expected_kw(now) == pytest.approx(1.0, abs=0.1)
    assert seen(4.0, 1.0).expected_kw(now + HOUR) < 1.6


def test_what_a_house_has_taken_more_for_some_hours_is_expected_to_go_on() -> None:
    now = BEGIN + timedelta(days=12) + 3 * HOUR

    book = seen(*[2.0] * 12)

    assert book.expected_kw(now) == pytest.approx(2.0, abs=0.2)
    assert 1.3 < book.expected_kw(now + 3 * HOUR) < 1.7
    assert book.expected_kw(now + 12 * HOUR) == pytest.approx(1.0, abs=0.2)


def test_a_meter_that_misses_a_reading_takes_nothing_from_what_is_expected() -> None:
    now, minute = BEGIN + timedelta(days=12) + 3 * HOUR, timedelta(minutes=1)
    book, other = seen(*[2.0] * 12), seen(*[2.0] * 12)

    book.add(now, now + minute, house_kw=None, cars_kw=0.0)
    book.add(now + minute, now + 2 * minute, house_kw=5.0, cars_kw=0.0)
    other.add(now, now + minute, house_kw=2.0, cars_kw=0.0)
    other.add(now + minute, now + 2 * minute, house_kw=5.0, cars_kw=0.0)

    assert book.expected_kw(now + HOUR) == pytest.approx(other.expected_kw(now + HOUR), abs=0.05)


def test_what_differed_before_the_meter_went_away_is_gone_after_a_day() -> None:
    now = BEGIN + timedelta(days=13) + 3 * HOUR
    book = seen(*[2.0] * 12)

    book.add(now - 24 * HOUR, now, house_kw=None, cars_kw=0.0)

    assert book.expected_kw(now) == pytest.approx(1.0, abs=0.1)
