"""The least and the most that charging could have cost: pieces of time sorted by price, and filled.

Shares nothing with the planner, so that it cannot be wrong together with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from smart_charging.prices.curve import PriceCurve
from worlds.nights.cloud import Flow

HOUR = timedelta(hours=1)


class PricedSpan(NamedTuple):
    """Time of one price."""

    start: datetime
    end: datetime
    price: float


def pieces(prices: PriceCurve, start: datetime, end: datetime) -> Iterator[PricedSpan]:
    """The prices of an interval, cut at its ends."""
    for slot in prices:
        if slot.start < end and start < slot.end:
            yield PricedSpan(max(slot.start, start), min(slot.end, end), slot.price_per_kwh)


def cost_of(flows: Iterable[Flow], some: Iterable[PricedSpan]) -> float:
    """What energy cost that flowed within these pieces."""
    known = list(some)
    return sum(piece.price * flow.kwh_between(piece.start, piece.end) for flow in flows for piece in known)


def least_cost(some: Iterable[PricedSpan], kwh: float, power_kw: float) -> float:
    """Of so much energy, all prices known in advance and starts being free."""
    return _filled(sorted(some, key=lambda piece: piece.price), kwh, power_kw)


def most_cost(some: Iterable[PricedSpan], kwh: float, power_kw: float) -> float:
    """The same by one who wants to pay."""
    return _filled(sorted(some, key=lambda piece: -piece.price), kwh, power_kw)


def _filled(some: Iterable[PricedSpan], kwh: float, power_kw: float) -> float:
    cost = 0.0
    for piece in some:
        used = min(kwh, power_kw * ((piece.end - piece.start) / HOUR))
        cost, kwh = cost + used * piece.price, kwh - used
    return cost
