"""Prices for the time nobody has published any for."""

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
    """A curve without holes in `[start, end)`: where prices are unknown, they are as they usually are.

    Usual is the mean of the published prices at that time of the day over the last seven
    days, or the mean of all where there is none, and half of what the last day is above
    that or below it. Without a single price nothing is estimated. An estimate is made anew
    each time, so that it goes when its price comes.

    Args:
        zone: Whose time of day prices follow.
        history: Published prices of days gone by; may overlap the curve, which wins.
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
    """Published prices of the last days by quarter of an hour, the later curve's where there are two."""
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
    """How far to move with the last day: dear days come in a row, but not for long."""
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
    """Start, the quarters of the hour within, and end."""
    yield start
    at = start - (start - _EPOCH) % _STEP + _STEP
    while at < end:
        yield at
        at += _STEP
    yield end
