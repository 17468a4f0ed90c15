from datetime import UTC, date, datetime, timedelta

import pytest

from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.services.pricing.publication import LastAsk, due_days, missing_days, next_ask, span_of

FRIDAY = date(2026, 11, 20)
DAY = timedelta(days=1)


def at(clock: str, day: date = FRIDAY) -> datetime:
    """A time in Copenhagen's winter."""
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=UTC) - timedelta(hours=1)


def known(*days: date) -> PriceCurve:
    return PriceCurve([PriceSlot(start=span_of(day)[0], end=span_of(day)[1], price_per_kwh=0.0) for day in days])


TODAY, BOTH = known(FRIDAY), known(FRIDAY, FRIDAY + DAY)


def test_after_a_start_one_asks_at_once_whatever_is_known() -> None:
    assert next_ask(at("20:00"), BOTH, None) == at("20:00")


@pytest.mark.parametrize(
    ("now", "curve", "asked_at", "expected"),
    [
        pytest.param("08:00", TODAY, "07:00", "12:45", id="nothing-before-the-auction"),
        pytest.param("12:50", TODAY, "12:46", "12:51", id="every-five-minutes"),
        pytest.param("16:00", TODAY, "16:00", "16:15", id="then-every-quarter"),
        pytest.param("20:00", TODAY, "20:00", "20:30", id="then-every-half-hour"),
        pytest.param("08:00", PriceCurve(), "08:00", "08:30", id="today-is-missing"),
        pytest.param("12:30", PriceCurve(), "12:30", "12:45", id="no-pause-goes-past-the-opening"),
    ],
)
def test_one_asks_when_something_is_missing_that_ought_to_be_there(
    now: str, curve: PriceCurve, asked_at: str, expected: str
) -> None:
    assert next_ask(at(now), curve, LastAsk(at=at(asked_at))) == at(expected)


def test_one_asks_as_soon_as_tomorrow_may_be_there() -> None:
    assert next_ask(at("12:45"), TODAY, LastAsk(at=at("07:00"))) <= at("12:45")


def test_once_tomorrow_is_there_one_asks_tomorrow() -> None:
    assert next_ask(at("13:10"), BOTH, LastAsk(at=at("13:00"))) == at("12:45", FRIDAY + DAY)


def test_at_midnight_nothing_is_asked_when_the_day_is_already_there() -> None:
    after_midnight = at("00:01", FRIDAY + DAY)

    assert next_ask(after_midnight, BOTH, LastAsk(at=at("13:00"))) == at("12:45", FRIDAY + DAY)


def test_pauses_after_failures_grow_to_half_an_hour() -> None:
    asked_at = at("07:00")

    pauses = [next_ask(asked_at, TODAY, LastAsk(at=asked_at, failures=n)) - asked_at for n in range(1, 9)]

    assert pauses[0] < timedelta(minutes=1)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(minutes=30)


def test_no_pause_after_failures_goes_past_the_opening() -> None:
    assert next_ask(at("12:30"), TODAY, LastAsk(at=at("12:30"), failures=9)) == at("12:45")


def test_a_whole_afternoon_without_prices_takes_few_questions() -> None:
    now, last, asked = at("12:00"), LastAsk(at=at("07:00")), 0
    while now < at("23:59"):
        now += timedelta(minutes=5)
        if next_ask(now, TODAY, last) <= now:
            last, asked = LastAsk(at=now), asked + 1

    assert asked <= 27 + 12 + 13


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        pytest.param(datetime(2026, 7, 1, 10, 44, tzinfo=UTC), 1, id="summer-before"),
        pytest.param(datetime(2026, 7, 1, 10, 45, tzinfo=UTC), 2, id="summer-from"),
        pytest.param(datetime(2026, 12, 1, 10, 45, tzinfo=UTC), 1, id="winter-before"),
    ],
)
def test_the_auction_keeps_central_european_time(moment: datetime, days: int) -> None:
    assert len(due_days(moment)) == days


def test_just_after_midnight_in_helsinki_the_markets_day_is_still_the_old_one() -> None:
    assert due_days(datetime(2026, 11, 20, 22, 30, tzinfo=UTC))[0] == FRIDAY


def test_a_day_that_ends_early_is_missing_and_a_morning_gone_by_is_not() -> None:
    start, end = span_of(FRIDAY)
    half = PriceCurve([PriceSlot(start=start, end=at("18:00"), price_per_kwh=1)])
    later = PriceCurve([PriceSlot(start=at("09:00"), end=end, price_per_kwh=1)])

    assert missing_days(at("10:00"), half) == [FRIDAY]
    assert missing_days(at("10:00"), later) == []


def test_a_day_on_which_the_clocks_change_has_its_own_length() -> None:
    lengths = [span_of(day)[1] - span_of(day)[0] for day in (date(2026, 3, 29), date(2026, 10, 25))]

    assert lengths == [timedelta(hours=23), timedelta(hours=25)]
