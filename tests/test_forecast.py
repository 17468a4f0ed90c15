from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.forecast import with_estimates
from worlds.pictures import MIDNIGHT, QUARTER, curve

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def filled(known: PriceCurve, quarters: int, history: PriceCurve | None = None) -> list[float]:
    estimated = with_estimates(known, MIDNIGHT, MIDNIGHT + quarters * QUARTER, zone=COPENHAGEN, history=history)
    assert all(slot.is_estimate == (known.price_at(slot.start) is None) for slot in estimated)
    return [slot.price_per_kwh for slot in estimated]


def test_an_unknown_price_is_the_mean_of_its_time_of_day() -> None:
    days = [curve(2 + n, 20 - n, start=MIDNIGHT + n * DAY) for n in (-1, -2, -3)]
    history = PriceCurve([slot for day in days for slot in day])

    assert filled(curve(), 2, history) == [0, 22]


def test_an_unknown_price_moves_half_way_with_the_last_day() -> None:
    days = [curve(5, 7, start=MIDNIGHT - DAY), curve(3, 5, start=MIDNIGHT - 2 * DAY)]
    history = PriceCurve([slot for day in days for slot in day])

    assert filled(curve(), 2, history) == [4.5, 6.5]


def test_published_prices_stay() -> None:
    assert filled(curve(5, None, 7), 3, curve(5, 2, 7, start=MIDNIGHT - DAY)) == [5, 2, 7]


def test_a_time_of_day_never_seen_gets_the_mean_of_all() -> None:
    assert filled(curve(5, 7), 4) == [5, 7, 6, 6]


def test_prices_older_than_a_week_are_forgotten() -> None:
    old, new = curve(100, start=MIDNIGHT - 8 * DAY), curve(2, start=MIDNIGHT - DAY)

    assert filled(curve(), 1, PriceCurve([*old, *new])) == [2]


def test_without_any_price_nothing_is_estimated() -> None:
    assert not with_estimates(curve(), MIDNIGHT, MIDNIGHT + DAY, zone=COPENHAGEN)


def test_an_estimate_is_no_ground_for_another() -> None:
    guess = PriceSlot(start=MIDNIGHT - DAY, end=MIDNIGHT - DAY + QUARTER, price_per_kwh=100, is_estimate=True)

    assert filled(curve(None, 3), 2, PriceCurve([guess])) == [3, 3]


def test_the_time_of_day_is_that_of_the_wall_when_the_clocks_change() -> None:
    seven = datetime(2026, 3, 28, 6, tzinfo=UTC)
    history = curve(1, 9, 1, step=HOUR, start=seven - HOUR)

    estimated = with_estimates(PriceCurve(), seven + 22 * HOUR, seven + 25 * HOUR, zone=COPENHAGEN, history=history)

    assert estimated.price_at(seven + 23 * HOUR) == 9


def test_a_hole_that_begins_within_a_quarter_is_filled_from_there() -> None:
    start = MIDNIGHT + timedelta(minutes=10)

    estimated = with_estimates(curve(), start, MIDNIGHT + HOUR, zone=COPENHAGEN, history=curve(1, start=MIDNIGHT - DAY))

    assert [slot.length for slot in estimated] == [timedelta(minutes=5), QUARTER, QUARTER, QUARTER]
