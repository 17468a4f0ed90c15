"""Makes slots of points: small gaps between slots are closed, missing slots stay missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from smart_charging.prices.curve import PriceSlot
from smart_charging.prices.reading.rows import Point

_HOUR = timedelta(hours=1)
_MARK = timedelta(minutes=5)
"""Slots start at multiples of this; a source's start that is at most a minute off is moved there."""
_BESIDE = timedelta(seconds=60)
_WINDOW = timedelta(days=62)
_LONGEST = timedelta(days=35)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slots_of(
    points: Iterable[Point],
    *,
    factor: float,
    is_estimate: bool = False,
    usual: timedelta | None = None,
    now: datetime | None = None,
) -> list[PriceSlot]:
    """Slots in order; of two points with the same start the first counts, and each slot ends where the next starts.

    Where the source gives no end and no slot follows soon, a slot has the usual length.

    Args:
        points: In order of precedence.
        factor: Converts their numbers to a price per kWh.
        is_estimate: Whether they are a forecast.
        usual: The length of slots, for a list too short to show it.
        now: Rows more than two months from now are left out, if some are nearer.
    """
    ordered = _ordered(_with_starts(list(points)), now)
    step = usual_step([point.start for point in ordered if point.start]) or usual or _HOUR
    ordered = _ordered(_snapped(ordered, step), now)
    starts = [point.start for point in ordered if point.start]
    ends = _ends(ordered, starts, usual_step(starts) or usual or _HOUR)
    return [
        PriceSlot(start=start, end=end, price_per_kwh=point.number * factor, is_estimate=is_estimate)
        for point, start, end in zip(ordered, starts, ends, strict=True)
        if point.number is not None and start < end
    ]


def usual_step(starts: Sequence[datetime]) -> timedelta | None:
    """The most common distance of starts, to the second; None for fewer than two."""
    steps = Counter(
        timedelta(seconds=round((later - earlier).total_seconds())) for earlier, later in pairwise(sorted(starts))
    )
    common = [step for step, _ in steps.most_common() if step]
    return common[0] if common else None


def _with_starts(points: Sequence[Point]) -> Sequence[Point]:
    """The points with a start; where all have only an end, each starts at the end of the one before."""
    if any(point.start for point in points):
        return [point for point in points if point.start]
    ends = sorted({point.end for point in points if point.end})
    step = usual_step(ends) or _HOUR
    before = dict(zip(ends[1:], ends, strict=False))
    return [
        point._replace(start=max(before.get(point.end, point.end - step), point.end - step))
        for point in points
        if point.end
    ]


def _ordered(points: Sequence[Point], now: datetime | None) -> list[Point]:
    """Sorted by start, each once, without those months away from now, or from the middle one if none is near now."""
    first: dict[datetime, Point] = {}
    for point in points:
        if point.start and (point.start not in first or first[point.start].number is None):
            first[point.start] = point
    starts = sorted(first)
    is_near = now is not None and any(abs(start - now) <= _WINDOW for start in starts)
    middle = now if now and is_near else starts[(len(starts) - 1) // 2] if starts else _EPOCH
    return [first[start] for start in starts if abs(start - middle) <= _WINDOW]


def _snapped(points: Sequence[Point], step: timedelta) -> Sequence[Point]:
    if step < _MARK - _BESIDE:
        return points
    return [point._replace(start=_on_mark(point.start), end=_on_mark(point.end)) for point in points]


def _on_mark(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    after = (moment - _EPOCH) % _MARK
    if after <= _BESIDE:
        return moment - after
    return moment - after + _MARK if _MARK - after <= _BESIDE else moment


def _ends(points: Sequence[Point], starts: Sequence[datetime], step: timedelta) -> list[datetime]:
    apart = [later - earlier for earlier, later in pairwise(starts)]
    ends = []
    for place, (point, start) in enumerate(zip(points, starts, strict=True)):
        following = starts[place + 1] if place < len(apart) else None
        if point.end is not None and point.end > start:
            end = min(point.end, start + _LONGEST)
        elif following is not None and _is_step(apart, place, step):
            end = following
        else:
            end = start + step
        if following is not None and (end > following or following - end < min(step / 10, _BESIDE)):
            end = following
        ends.append(end)
    return ends


def _is_step(apart: Sequence[timedelta], place: int, usual: timedelta) -> bool:
    """Whether the next row is the next slot, with none missing between.

    The step may change within a list: to one that occurs twice in a row, or to an hour if it does not change back.
    """
    here, following = apart[place], apart[place + 1 : place + 2]
    if here > max(usual, _HOUR):
        return False
    comes_twice = apart[max(0, place - 1) : place + 2].count(here) > 1
    is_change = here == _HOUR and (following != [usual] if following else usual <= _HOUR / 4)
    return here <= usual or comes_twice or is_change
