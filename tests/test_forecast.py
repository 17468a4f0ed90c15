from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import mean
from zoneinfo import ZoneInfo

import pytest

from smart_charging.prices.curve import NO_PRICES, PriceCurve, PriceSlot
from smart_charging.prices.forecast import PriceForecast, with_estimates
from worlds.pictures import MIDNIGHT, QUARTER, curve

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


WORKDAYS, SATURDAY, SUNDAY = 1.0, 0.6, 0.2
"""Prices of the days of a week, in the morning; MIDNIGHT is that before a Tuesday."""


def filled(known: PriceCurve, quarters: int, history: PriceCurve = NO_PRICES) -> list[float]:
    estimated = with_estimates(known, MIDNIGHT, MIDNIGHT + quarters * QUARTER, zone=COPENHAGEN, history=history)
    assert all(slot.is_estimate == (known.price_at(slot.start) is None) for slot in estimated)
    return [slot.price_per_kwh for slot in estimated]


def joined(*days: PriceCurve) -> PriceCurve:
    return PriceCurve([slot for day in days for slot in day])


def weeks(count: int, *, more: float = 0.0) -> PriceCurve:
    """Weeks until MIDNIGHT whose prices depend on the kind of day alone; the last day is dearer."""
    days = [MIDNIGHT - n * DAY for n in range(7 * count, 0, -1)]
    kinds = [{5: SATURDAY, 6: SUNDAY}.get((day + 2 * HOUR).astimezone(COPENHAGEN).weekday(), WORKDAYS) for day in days]
    kinds[-1] += more
    return joined(*(curve(*[price] * 24, step=HOUR, start=day) for day, price in zip(days, kinds, strict=True)))


def test_an_unknown_price_is_as_its_time_of_day_usually_is() -> None:
    history = joined(*(curve(3, 20, start=MIDNIGHT - n * DAY) for n in (1, 2, 3)))

    assert filled(curve(), 2, history) == pytest.approx([3, 20])


def test_newer_prices_count_more_for_what_is_usual() -> None:
    rising = joined(*(curve(30 - n, start=MIDNIGHT - n * DAY) for n in range(1, 15)))

    assert filled(curve(), 1, rising)[0] > mean(slot.price_per_kwh for slot in rising)


def test_saturdays_and_sundays_are_of_their_own_kind() -> None:
    history = weeks(4)

    estimated = with_estimates(curve(), MIDNIGHT, MIDNIGHT + 7 * DAY, zone=COPENHAGEN, history=history)

    days = [estimated.price_at(MIDNIGHT + n * DAY + 9 * HOUR) for n in range(7)]
    friday, saturday, sunday = days[3:6]
    assert friday > saturday > sunday  # type: ignore[operator]  # none is None
    assert friday - sunday > (WORKDAYS - SUNDAY) / 3  # type: ignore[operator]


def test_a_holiday_is_like_a_sunday() -> None:
    history, holiday = weeks(4), date(2026, 3, 5)

    estimated = with_estimates(
        curve(), MIDNIGHT, MIDNIGHT + 7 * DAY, zone=COPENHAGEN, history=history, holidays={holiday}
    )

    thursday, sunday = (estimated.price_at(MIDNIGHT + n * DAY + 9 * HOUR) for n in (2, 5))
    assert thursday == pytest.approx(sunday, abs=0.05)


def test_what_the_last_day_differed_is_half_gone_in_two_days_and_forgotten_in_a_week() -> None:
    usual, dear = (
        with_estimates(curve(), MIDNIGHT, MIDNIGHT + 8 * DAY, zone=COPENHAGEN, history=weeks(4, more=more))
        for more in (0.0, 0.4)
    )

    moments = [MIDNIGHT + days * DAY + 9 * HOUR for days in (0, 2, 7)]
    more = [dear.price_at(at) - usual.price_at(at) for at in moments]  # type: ignore[operator]  # none is None
    assert 0.1 < more[0] < 0.4
    assert more[1] == pytest.approx(more[0] / 2, abs=0.02)
    assert more[2] < more[0] / 3


def test_what_the_last_hours_differed_is_gone_by_the_morning() -> None:
    usual, evening = weeks(4), MIDNIGHT - 3 * HOUR
    dear = [replace(slot, price_per_kwh=slot.price_per_kwh + 0.5 * (slot.start >= evening)) for slot in usual]

    estimates = [filled(curve(), 40, history) for history in (usual, PriceCurve(dear))]

    more = [one - other for other, one in zip(*estimates, strict=True)]
    assert more[0] > 0.2
    assert 0 < more[-1] < 0.1


def test_an_estimate_is_a_little_below_the_mean_of_prices_that_differ_from_day_to_day() -> None:
    calm, wild = (joined(*(curve(5 + n % 2 * more, start=MIDNIGHT - n * DAY) for n in range(1, 29))) for more in (0, 4))

    assert filled(curve(), 1, calm) == pytest.approx([5])
    assert 6 < filled(curve(), 1, wild)[0] < 8


def test_who_weighs_himself_how_prices_may_turn_out_is_told_the_plain_mean() -> None:
    history = joined(*(curve(price, start=MIDNIGHT - n * DAY) for n, price in enumerate((5, 1, 5, 1), start=1)))
    forecast = PriceForecast(history, COPENHAGEN)

    (lowered,) = forecast.slots(MIDNIGHT, MIDNIGHT + QUARTER)
    (mean_price,) = forecast.slots(MIDNIGHT, MIDNIGHT + QUARTER, is_lowered=False)

    assert lowered.price_per_kwh + 0.1 < mean_price.price_per_kwh < 5


def test_published_prices_stay() -> None:
    assert filled(curve(5, None, 7), 3, curve(5, 2, 7, start=MIDNIGHT - DAY)) == pytest.approx([5, 2, 7])


def test_a_time_of_day_never_seen_gets_the_mean_of_all() -> None:
    assert filled(curve(5, 7), 4) == pytest.approx([5, 7, 6, 6], abs=0.01)


def test_prices_older_than_four_weeks_are_forgotten() -> None:
    old, new = curve(100, start=MIDNIGHT - 30 * DAY), curve(2, start=MIDNIGHT - DAY)

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

    assert [round(estimated.price_at(seven + n * HOUR) or 0) for n in (22, 23, 24)] == [1, 9, 1]


def test_a_hole_that_begins_within_a_quarter_is_filled_from_there() -> None:
    start = MIDNIGHT + timedelta(minutes=10)

    estimated = with_estimates(curve(), start, MIDNIGHT + HOUR, zone=COPENHAGEN, history=curve(1, start=MIDNIGHT - DAY))

    assert [slot.length for slot in estimated] == [timedelta(minutes=5), QUARTER, QUARTER, QUARTER]
