"""Averages quarter-hour prices where the bill is by the hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.rates import MINUTES_A_DAY, cut

_MINUTE = timedelta(minutes=1)


def averaged(curve: PriceCurve, length: timedelta, zone: tzinfo) -> PriceCurve:
    """The mean price of each interval of the local clock, by time.

    An interval of which more than seconds are unknown has no final price yet: its known parts become estimates.

    Args:
        length: Of an interval; a divisor of a day, in whole minutes.
    """
    edges = range(0, MINUTES_A_DAY + 1, length // _MINUTE)
    intervals: dict[datetime, list[PriceSlot]] = defaultdict(list)
    for slot in curve:
        for part in cut(slot, edges, zone):
            intervals[_interval_start(part.start, length, zone)].append(part)
    return PriceCurve(
        [slot for start, parts in intervals.items() for slot in _levelled(parts, start, length)], curve.currency
    )


def _interval_start(moment: datetime, length: timedelta, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    into_day = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment - into_day % length


def _levelled(parts: Sequence[PriceSlot], start: datetime, length: timedelta) -> Iterator[PriceSlot]:
    known = sum((part.length for part in parts), timedelta(0))
    mean = sum(part.price_per_kwh * (part.length / known) for part in parts)
    is_estimate = known <= length - _MINUTE or any(part.is_estimate for part in parts)
    if known == length:
        yield PriceSlot(start=start, end=start + length, price_per_kwh=mean, is_estimate=is_estimate)
    else:
        yield from (replace(part, price_per_kwh=mean, is_estimate=is_estimate) for part in parts)
