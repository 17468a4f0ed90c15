"""What energy may cost on the nights to come: as expected, and as much off that as the nights before differed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from statistics import fmean

from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.planning.window import PriceSpan, price_spans
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.wall_time import moments_of

NIGHTS_LOOKED_AT = 7
SURPRISE = 0.6
"""So much of what nights differ by comes as a surprise; the rest, such as a windy week, is in what is expected."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingNight:
    """A visit to come, by night or by day, and its prices."""

    visit: ExpectedVisit
    spans: Sequence[PriceSpan]
    """From arrival to departure, with prices as published or expected."""
    ways: Sequence[Sequence[float]]
    """How it may turn out, one way as likely as the other: a price for every span."""


def coming_nights(
    visits: Iterable[ExpectedVisit], curve: PriceCurve, history: PriceCurve, zone: tzinfo
) -> Sequence[ComingNight]:
    """The visits with their prices, up to the first of which not all prices are known or expected.

    Args:
        visits: In order of time.
        curve: Published prices, and estimates beyond.
        history: Published prices of the days before, as far as `curve` goes.
        zone: Whose days and hours prices follow.
    """
    nights = []
    for visit in visits:
        spans = price_spans(curve, visit.arrives_at, visit.leaves_at)
        expected = [one.price_per_kwh for one in spans if one.price_per_kwh is not None]
        if not spans or len(expected) < len(spans):
            break
        ways = list(_ways(spans, expected, history, zone)) or [expected]
        nights.append(ComingNight(visit=visit, spans=spans, ways=ways))
    return nights


def _ways(
    spans: Sequence[PriceSpan], expected: Sequence[float], history: PriceCurve, zone: tzinfo
) -> Iterator[Sequence[float]]:
    """The night as each of the last ones was, at the level that is expected; published prices stay what they are.

    A dear night has wide swings, which at a low level would reach below all that was ever paid: nothing is expected to
    be cheaper than the cheapest of those nights. Who waits for what cannot come lets cheap nights pass.
    """
    open_ended = [number for number, one in enumerate(spans) if one.is_estimate]
    if not open_ended or history.known_until is None:
        return
    before = _nights_before([spans[number] for number in open_ended], history, zone)
    usual = fmean(fmean(night) for night in before) if before else 0.0
    level = fmean(expected[number] for number in open_ended)
    lowest = min((min(night) for night in before), default=0.0)
    for night in before:
        mean = fmean(night)
        by = level + SURPRISE * (mean - usual) - mean
        moved = zip(open_ended, (price + by for price in night), strict=True)
        turned_out = {number: max(price, min(lowest, expected[number])) for number, price in moved}
        yield [turned_out.get(number, price) for number, price in enumerate(expected)]


def _nights_before(spans: Sequence[PriceSpan], history: PriceCurve, zone: tzinfo) -> Sequence[Sequence[float]]:
    """The prices at the same times of the days before, of each day with all of them."""
    ahead = max(0, (spans[-1].end - (history.known_until or spans[-1].end)) // _DAY)
    found = []
    for days in range(ahead + 1, ahead + NIGHTS_LOOKED_AT + 2):
        by = spans[0].start - _days_before(spans[0].start, days, zone)
        prices = [history.price_at(one.start - by) for one in spans]
        known = [price for price in prices if price is not None]
        found += [known] if len(known) == len(spans) else []
    return found[:NIGHTS_LOOKED_AT]


def _days_before(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """When clocks showed the same time so many days before."""
    wall = moment.astimezone(zone).replace(tzinfo=None)
    return moments_of(wall - days * _DAY, zone)[0]


def unit_prices(
    spans: Sequence[PriceSpan], prices: Sequence[float], *, power_kw: float, unit_kwh: float, most: int
) -> list[float]:
    """What one unit of energy after the other costs per kWh, the cheapest first; fewer where the time is too short."""
    found: list[float] = []
    had_kwh = cost = 0.0
    for price, span in sorted(zip(prices, spans, strict=True), key=lambda pair: pair[0]):
        left_kwh = span.length / _HOUR * power_kw
        while left_kwh > 0 and len(found) < most:
            part_kwh = min(left_kwh, unit_kwh - had_kwh)
            had_kwh, cost, left_kwh = had_kwh + part_kwh, cost + part_kwh * price, left_kwh - part_kwh
            if had_kwh >= unit_kwh * (1 - 1e-9):
                found.append(cost / unit_kwh)
                had_kwh = cost = 0.0
    return found
