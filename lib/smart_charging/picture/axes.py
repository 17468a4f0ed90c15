"""The chart's two axes: where a moment and a price go, and which of them get a label."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_QUARTER = timedelta(minutes=15)
_HOURS_APART = (1, 2, 3, 6, 12)
_MOST_HOURS, _MOST_PRICES = 9, 5
_FLAT = 1e-6
"""Prices that differ by less, 0 included, are drawn as 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A straight line from numbers to places; `low` goes to `first`, `high` to `last`."""

    low: float
    high: float
    first: float
    last: float

    def place(self, value: float) -> float:
        """Where a number goes; those outside stay at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A label on an axis."""

    value: float
    text: str


def price_range(prices: Sequence[float]) -> tuple[float, float]:
    """From and to which price the axis goes: 0 is always on it, with a little room beyond the prices."""
    low, high = min([0.0, *prices]), max([0.0, *prices])
    if high - low < _FLAT:
        return 0.0, 1.0
    room = (high - low) * 0.06
    return low - room if low < 0 else 0.0, high + room if high > 0 else 0.0


def price_ticks(low: float, high: float) -> Sequence[Tick]:
    """Round prices within the range, five at most, with as many decimals as they need."""
    least = (high - low) / _MOST_PRICES
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= least * (1 - 1e-9))
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [Tick(value=count * step, text=f"{count * step + 0.0:.{digits}f}") for count in range(first, last + 1)]


def hour_ticks(start: datetime, end: datetime, zone: tzinfo) -> Sequence[Tick]:
    """Full hours of the wall clock, evenly chosen, as seconds of the epoch; midnights bear the weekday.

    An hour that comes twice when clocks are set back has its label once, one that is skipped has none.
    """
    apart = next((each for each in _HOURS_APART if (end - start) <= _MOST_HOURS * timedelta(hours=each)), 24)
    return list(_hours(start, end, zone, apart))


def _hours(start: datetime, end: datetime, zone: tzinfo, apart: int) -> Iterator[Tick]:
    moment = datetime.fromtimestamp(math.ceil(start.timestamp() / 900) * 900, UTC)
    while moment <= end:
        local = moment.astimezone(zone)
        if local.minute == 0 and local.hour % apart == 0 and not local.fold:
            yield Tick(value=moment.timestamp(), text=f"{local:%H}" if local.hour else f"{local:%a}")
        moment += _QUARTER
