"""Estimated prices for times without published ones.

An estimate is what is usual at that time of day on that kind of day, moved by how far the newest prices are from the
usual: two thirds of the last day's difference are left a day later and little after a week, and what the last hours
differ beyond that is gone by the morning. Unless the mean is asked for it is a little lower, as who waits can still
choose.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from math import sqrt
from operator import mul

from smart_charging.prices.curve import NO_PRICES, PriceCurve, PriceSlot
from smart_charging.prices.quarters import QUARTER, quarter_of

LOOKS_BACK = timedelta(days=28)
"""Four weeks, with as many Saturdays and Sundays."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR, _DAY = 4, 96
"""In quarters of an hour, as is all time in here; those since 1970 are numbered."""
_WORKDAY, _SATURDAY, _SUNDAY = _KINDS = range(3)

# Chosen on some zones and years, checked on others; plans cost nearly the same with half or double of each.
_OLD = 10 * _DAY
"""A price that is so much older counts half as much for what is usual."""
_OTHER_KIND = 0.25
"""What a price counts for what is usual on another kind of day."""
_RECENT, _NEWEST = _DAY, 3 * _HOUR
"""A difference that is so much older counts half as much for that of the last day, and of the last hours."""
_RECENT_FADES, _NEWEST_FADES = 2 * _DAY, 3 * _HOUR
"""So much later half of that difference is left."""
_CHOICE = 0.1
"""Of the usual difference an estimate is lower: who waits can still choose, and will not take what came out dear."""


class PriceForecast:
    """What prices may become, by those that are published.

    Args:
        published: At least one price; of those before `LOOKS_BACK` none counts.
        zone: Whose time of day prices follow.
        holidays: Are like Sundays.
    """

    def __init__(self, published: PriceCurve, zone: tzinfo, holidays: Container[date] = ()) -> None:
        self._places = _Places(zone, holidays)
        prices = _by_quarter(published)
        self._newest = max(prices)
        ages = [self._newest - quarter for quarter in prices]
        places = [self._places.of(quarter) for quarter in prices]
        self._usual = _usual(list(prices.values()), places, ages)
        differences = [price - self._usual[place] for price, place in zip(prices.values(), places, strict=True)]
        self._recent = _mean(differences, [_left(age, _RECENT) for age in ages])
        self._further = _mean(differences, [_left(age, _NEWEST) for age in ages]) - self._recent
        squares = _mean([difference**2 for difference in differences], [_left(age, _OLD) for age in ages])
        self._choice = _CHOICE * sqrt(squares)

    def slots(self, start: datetime, end: datetime, *, is_lowered: bool = True) -> Iterator[PriceSlot]:
        """An estimate for each quarter of an hour in `[start, end)`.

        Args:
            is_lowered: By a tenth of the usual difference; the mean is for whom weighs himself how prices may turn out.
        """
        lower_by = self._choice if is_lowered else 0.0
        for first, last in pairwise(_steps(start, end)):
            price = self._mean_price(_quarter(first)) - lower_by
            yield PriceSlot(start=first, end=last, price_per_kwh=price, is_estimate=True)

    def _mean_price(self, quarter: int) -> float:
        ahead = max(0, quarter - self._newest)
        difference = self._recent * _left(ahead, _RECENT_FADES) + self._further * _left(ahead, _NEWEST_FADES)
        return self._usual[self._places.of(quarter)] + difference


class _Places:
    """Where quarters of an hour are in a day of their kind, by the wall clock."""

    def __init__(self, zone: tzinfo, holidays: Container[date]) -> None:
        self._zone = zone
        self._holidays = holidays
        self._offsets: dict[int, int] = {}
        """From UTC, by the hour."""
        self._kinds: dict[int, int] = {}

    def of(self, quarter: int) -> int:
        """The number of the place: the first day's worth is that of a workday, then come Saturday and Sunday."""
        if (offset := self._offsets.get(quarter // _HOUR)) is None:
            offset = self._offsets[quarter // _HOUR] = self._offset(quarter)
        day, place = divmod(quarter + offset, _DAY)
        if (kind := self._kinds.get(day)) is None:
            kind = self._kinds[day] = self._kind(_EPOCH.date() + timedelta(days=day))
        return kind * _DAY + place

    def _offset(self, quarter: int) -> int:
        offset = (_EPOCH + quarter * QUARTER).astimezone(self._zone).utcoffset()
        return (offset or timedelta(0)) // QUARTER

    def _kind(self, day: date) -> int:
        return _SUNDAY if day in self._holidays else max(_WORKDAY, day.weekday() - 4)


def with_estimates(
    curve: PriceCurve,
    start: datetime,
    end: datetime,
    *,
    zone: tzinfo,
    history: PriceCurve = NO_PRICES,
    holidays: Container[date] = (),
) -> PriceCurve:
    """The curve with the gaps in `[start, end)` filled by estimates; without a single price nothing is estimated.

    Args:
        zone: Whose time of day prices follow.
        history: Published prices of the days before; may overlap the curve, which wins.
        holidays: Are like Sundays.
    """
    published = PriceCurve([slot for slot in curve if not slot.is_estimate]).filled_from(history)
    if published.known_until is None:
        return curve
    estimates = PriceForecast(published, zone, holidays).slots(start, end)
    return curve.filled_from(PriceCurve(list(estimates)))


def _by_quarter(published: PriceCurve) -> Mapping[int, float]:
    known_until = published.known_until or _EPOCH
    counts = [slot for slot in published if not slot.is_estimate and known_until - LOOKS_BACK < slot.end]
    return {
        quarter: slot.price_per_kwh
        for slot in counts
        for quarter in range(_quarter(slot.start), _quarter(slot.end - timedelta.resolution) + 1)
    }


def _usual(prices: Sequence[float], places: Sequence[int], ages: Sequence[int]) -> Sequence[float]:
    """The mean price at each place; a time of day without a price has the mean of all."""
    totals, weights = [0.0] * len(_KINDS) * _DAY, [0.0] * len(_KINDS) * _DAY
    for price, place, age in zip(prices, places, ages, strict=True):
        weight = _left(age, _OLD)
        totals[place] += weight * price
        weights[place] += weight
    everything = sum(totals) / sum(weights)
    usual = []
    for kind in _KINDS:
        shares = [1.0 if other == kind else _OTHER_KIND for other in _KINDS]
        for at in range(_DAY):
            weight = sum(map(mul, shares, weights[at::_DAY]))
            usual.append(sum(map(mul, shares, totals[at::_DAY])) / weight if weight else everything)
    return usual


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _left(after: int, halves_in: int) -> float:
    """The share that is left of what halves in such a time."""
    return float(0.5 ** (after / halves_in))


def _quarter(moment: datetime) -> int:
    return (moment - _EPOCH) // QUARTER


def _steps(start: datetime, end: datetime) -> Iterator[datetime]:
    """Start, the quarter-hour marks between, and end."""
    yield start
    at = quarter_of(start) + QUARTER
    while at < end:
        yield at
        at += QUARTER
    yield end
