"""The chart's two axes: where a moment and a price go, and which of them get a label."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

_SECONDS_APART = (15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 3 * 3600, 6 * 3600, 12 * 3600)
_MOST_PRICES = 5
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


def time_ticks(start: datetime, end: datetime, zone: tzinfo) -> Sequence[Tick]:
    """Round times of the wall clock, evenly chosen, as seconds of the epoch; midnights bear the weekday.

    An hour that comes twice when clocks are set back has its label once, one that is skipped has none.
    """
    length_s = (end - start).total_seconds()
    apart_s = next((each for each in _SECONDS_APART if length_s <= _most_times(each) * each), 86400)
    return list(_times(start, end, zone, apart_s))


def _times(start: datetime, end: datetime, zone: tzinfo, apart_s: int) -> Iterator[Tick]:
    step_s = min(apart_s, 900)  # clocks change, and zones begin, by quarters
    second = math.ceil(start.timestamp() / step_s) * step_s
    while second <= end.timestamp():
        local = datetime.fromtimestamp(second, zone)
        of_day = local.hour * 3600 + local.minute * 60 + local.second
        if of_day % apart_s == 0 and not local.fold:
            yield Tick(value=second, text=f"{local:{_form(apart_s)}}" if of_day else f"{local:%a}")
        second += step_s


def _most_times(apart_s: int) -> int:
    """How many labels have room."""
    return {"%H": 9, "%H:%M": 7, "%H:%M:%S": 5}[_form(apart_s)]


def _form(apart_s: int) -> str:
    return "%H" if apart_s >= 3600 else "%H:%M" if apart_s >= 60 else "%H:%M:%S"
