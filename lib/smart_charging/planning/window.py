"""The time that a plan may use, as price spans."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import gcd
from typing import NamedTuple

from smart_charging.planning.plan import Block, PlanSlot
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.planning.search.segments import NANO, Segment
from smart_charging.prices.curve import PriceCurve

MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_QUARTER = 15 * _MINUTE


class PriceSpan(NamedTuple):
    """A time with one price, `[start, end)`, in UTC; the next span begins at its end."""

    start: datetime
    end: datetime
    price_per_kwh: float | None
    """None where the price is unknown."""
    is_estimate: bool = False
    is_open: bool = True
    """Whether charging is allowed."""

    @property
    def length(self) -> timedelta:
        """How long the span is."""
        return self.end - self.start

    def part(self, start: datetime, end: datetime, *, is_open: bool | None = None) -> PriceSpan:
        """A part of the span; the span itself where that is all of it, as it mostly is.

        Args:
            is_open: Whether charging is allowed then; by default as in all of the span.
        """
        is_open = self.is_open if is_open is None else is_open
        if self.start == start and self.end == end and self.is_open == is_open:
            return self
        return self._replace(start=start, end=end, is_open=is_open)

    def used(self, start: datetime, end: datetime, power_kw: float) -> PlanSlot:
        """A plan slot that charges in a part of the span."""
        return PlanSlot(
            start=start,
            end=end,
            price_per_kwh=self.price_per_kwh,
            energy_kwh=(end - start) / timedelta(hours=1) * power_kw,
            is_estimate=self.is_estimate,
        )


def allowed_spans(curve: PriceCurve, start: datetime, end: datetime, preferences: Preferences) -> list[PriceSpan]:
    """Spans for all of `[start, end)`, closed where the preferences do not allow charging."""
    return shut(price_spans(curve, start, end, preferences.limit), preferences.closed)


def shut(window: Iterable[PriceSpan], closed: Iterable[Block]) -> list[PriceSpan]:
    """The window, cut where closed times begin and end, and closed within them."""
    blocks, spans = list(closed), list[PriceSpan]()
    if not blocks:
        return list(window)
    for one in window:
        around = [block for block in blocks if block.start < one.end and one.start < block.end]
        if not around:
            spans.append(one)
            continue
        parts = cut_at(one, (edge for block in around for edge in (block.start, block.end)))
        spans += [part._replace(is_open=part.is_open and not _is_within(part, around)) for part in parts]
    return spans


def cut_at(one: PriceSpan, edges: Iterable[datetime]) -> list[PriceSpan]:
    """The span in parts that begin and end at these moments, as far as they lie in it."""
    inner = sorted({edge for edge in edges if one.start < edge < one.end})
    return [one._replace(start=start, end=end) for start, end in pairwise([one.start, *inner, one.end])]


def _is_within(one: PriceSpan, blocks: Iterable[Block]) -> bool:
    return any(block.is_at(one.start) for block in blocks)


def price_spans(curve: PriceCurve, start: datetime, end: datetime, limit: PriceLimit | None = None) -> list[PriceSpan]:
    """Spans for all of `[start, end)`, including gaps in the curve; with a price limit, gaps are closed."""
    if end <= start:
        return []
    allowed = limit.within(curve) if limit else None
    found: list[PriceSpan] = []
    for slot in curve.between(start, end):
        at = found[-1].end if found else start
        if at < slot.start:
            found.append(PriceSpan(start=at, end=slot.start, price_per_kwh=None, is_open=limit is None))
        found.append(
            PriceSpan(
                start=slot.start,
                end=slot.end,
                price_per_kwh=slot.price_per_kwh,
                is_estimate=slot.is_estimate,
                is_open=allowed is None or allowed.price_at(slot.start) is not None,
            )
        )
    at = found[-1].end if found else start
    if at < end:
        found.append(PriceSpan(start=at, end=end, price_per_kwh=None, is_open=limit is None))
    return found


def open_time(window: Sequence[PriceSpan]) -> timedelta:
    """The total time in which charging is allowed: all but what is closed."""
    closed = sum((span.length for span in window if not span.is_open), timedelta(0))
    return window[-1].end - window[0].start - closed if window else timedelta(0)


def until_open_for(window: Iterable[PriceSpan], wanted: timedelta) -> list[PriceSpan]:
    """The spans up to the moment by which charging has been allowed for so long; all of them where it never is."""
    found: list[PriceSpan] = []
    for one in window:
        if wanted <= timedelta(0):
            break
        found.append(one._replace(end=min(one.end, one.start + wanted)) if one.is_open else one)
        wanted -= found[-1].length if one.is_open else timedelta(0)
    return found


def split(window: Sequence[PriceSpan], at: datetime) -> tuple[list[PriceSpan], list[PriceSpan]]:
    """The spans before a moment, and those after it."""
    place = bisect_right(window, at, key=_end)
    before, after = list(window[:place]), list(window[place:])
    if after and after[0].start < at:
        one = after[0]
        before.append(one.part(one.start, at))
        after[0] = one.part(at, one.end)
    return before, after


def in_steps(window: Sequence[PriceSpan]) -> list[PriceSpan]:
    """Cut the spans into steps of equal length; only the first and the last can be shorter.

    The length is a quarter of an hour, or shorter if prices change at other times, but at least
    a minute unless all spans are shorter: a change within a minute counts from its beginning.
    """
    return [
        one.part(window[0].start + first * MICROSECOND, window[0].start + last * MICROSECOND)
        for one, first, last in _stepped(window)
    ]


def _stepped(window: Sequence[PriceSpan]) -> Iterator[tuple[PriceSpan, int, int]]:
    """The steps, each with the span that it is a part of; in microseconds from the window's start."""
    if not window:
        return
    edges = [(one.start - window[0].start) // MICROSECOND for one in window]
    edges.append((window[-1].end - window[0].start) // MICROSECOND)
    step = _step(edges)
    edges[2:-1] = [edge - (edge - edges[1]) % step for edge in edges[2:-1]]
    for one, (start, end) in zip(window, pairwise(edges), strict=True):
        for first, last in _steps(start, end, edges[1] % step, step):
            if first < last:
                yield one, first, last


def prices_of(window: Sequence[PriceSpan]) -> list[float]:
    """The price of every span; an unknown one counts as much as the highest known one."""
    unknown = max((one.price_per_kwh for one in window if one.price_per_kwh is not None), default=0.0)
    return [unknown if one.price_per_kwh is None else one.price_per_kwh for one in window]


def segments_of(window: Sequence[PriceSpan], *, prefers_late: bool) -> list[Segment]:
    """The window as segments for the search; times with unknown prices are used late, as prices may still come."""
    steps = list(_stepped(window))
    prices = prices_of([one for one, _, _ in steps])
    return [
        Segment(first, last, round(price * NANO) if one.is_open else None, prefers_late or one.price_per_kwh is None)
        for (one, first, last), price in zip(steps, prices, strict=True)
    ]


def _step(edges: Sequence[int]) -> int:
    inner = [later - earlier for earlier, later in pairwise(edges[1:-1])]
    step = gcd(*inner)
    if step < _MINUTE <= max(inner, default=0):
        return _MINUTE
    return step if step % _QUARTER else _QUARTER


def _steps(first: int, last: int, phase: int, step: int) -> Iterable[tuple[int, int]]:
    next_step = first + step - (first - phase) % step
    return pairwise([first, *range(next_step, last, step), last]) if next_step < last else [(first, last)]


def charged(window: Sequence[PriceSpan], times: Iterable[tuple[int, int]], power_kw: float) -> Iterator[PlanSlot]:
    """Plan slots for these times of charging, which are in microseconds from the window's start and in order."""
    for first, last in _joined(times):
        start, end = (window[0].start + MICROSECOND * moment for moment in (first, last))
        for place in range(bisect_right(window, start, key=_end), len(window)):
            one = window[place]
            if end <= one.start:
                break
            yield one.used(max(start, one.start), min(end, one.end), power_kw)


def in_turn(parts: Iterable[PriceSpan], wanted: timedelta, power_kw: float) -> list[PlanSlot]:
    """Charge in one span after another until the charging time is reached."""
    slots = []
    for one in parts:
        length = min(wanted, one.length)
        if length > timedelta(0):
            slots.append(one.used(one.start, one.start + length, power_kw))
        wanted -= length
    return slots


def _end(one: PriceSpan) -> datetime:
    return one.end


def _joined(times: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in times:
        joined.append((joined.pop()[0] if joined and joined[-1][1] == start else start, end))
    return joined
