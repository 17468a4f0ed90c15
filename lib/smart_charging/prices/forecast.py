"""Estimated prices for times without published ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import pairwise
from statistics import fmean

from smart_charging.prices.curve import PriceCurve, PriceSlot

_STEP = timedelta(minutes=15)
_DAY = timedelta(days=1)
_MEMORY = 7 * _DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def with_estimates(
    curve: PriceCurve, start: datetime, end: datetime, *, zone: tzinfo, history: PriceCurve | None = None
) -> PriceCurve:
    """The curve with the gaps in `[start, end)` filled by estimates.

    An estimate is the mean of the published prices at that time of day over the last seven
    days, or the mean of all where there is none, plus half of the last day's difference from
    those means. Without a single price nothing is estimated. Estimates are computed anew
    each time, so that published prices replace them.

    Args:
        zone: Whose time of day prices follow.
        history: Published prices of the days before; may overlap the curve, which wins.
    """
    published = _published(history or PriceCurve(), curve)
    if not published:
        return curve
    usual = _usual(published, zone)
    change = _change(published, usual, zone)
    estimates = [
        PriceSlot(start=first, end=last, price_per_kwh=usual[_time_of_day(first, zone)] + change, is_estimate=True)
        for hole in _holes(curve, start, end)
        for first, last in pairwise(_steps(*hole))
    ]
    return PriceCurve([*curve, *estimates], curve.currency)


def _published(*curves: PriceCurve) -> Mapping[datetime, float]:
    """Published prices of the last days by quarter of an hour; where curves overlap, the later one wins."""
    known = [slot for curve in curves for slot in curve.slots if not slot.is_estimate]
    newest = max((slot.end for slot in known), default=_EPOCH)
    recent = (slot for slot in known if newest - _MEMORY < slot.end)
    return {moment: slot.price_per_kwh for slot in recent for moment in list(_steps(slot.start, slot.end))[:-1]}


def _usual(published: Mapping[datetime, float], zone: tzinfo) -> Mapping[time, float]:
    by_time = defaultdict(list)
    for moment, price in published.items():
        by_time[_time_of_day(moment, zone)].append(price)
    everything = fmean(published.values())
    return defaultdict(lambda: everything, {at: fmean(prices) for at, prices in by_time.items()})


def _change(published: Mapping[datetime, float], usual: Mapping[time, float], zone: tzinfo) -> float:
    """Half of the last day's difference from the usual: expensive days come in a row, but not for long."""
    since = max(published) - _DAY
    return fmean(price - usual[_time_of_day(at, zone)] for at, price in published.items() if at > since) / 2


def _time_of_day(moment: datetime, zone: tzinfo) -> time:
    local = moment.astimezone(zone)
    return time(local.hour, local.minute - local.minute % 15)


def _holes(curve: PriceCurve, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    inside = curve.between(start, end)
    edges = [start, *(edge for slot in inside for edge in (slot.start, slot.end)), end]
    yield from ((one, other) for one, other in zip(edges[::2], edges[1::2], strict=True) if one < other)


def _steps(start: datetime, end: datetime) -> Iterator[datetime]:
    """Start, the quarter-hour marks between, and end."""
    yield start
    at = start - (start - _EPOCH) % _STEP + _STEP
    while at < end:
        yield at
        at += _STEP
    yield end
