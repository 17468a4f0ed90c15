"""Lets cars that take turns on a fuse charge in fewer and longer turns.

Slots are allocated one by one, so that two cars may alternate every quarter of an hour for next to nothing. But every
change takes time, as chargers are slow to start, and may fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.checkpoint import checkpoint
from smart_charging.planning.plan import PlanSlot, Span, merged

_ROUNDING = 1e-6
"""In the currency of the prices."""
Slots = Sequence[PlanSlot]
Blocks = Sequence[Span]
IsOpen = Callable[[int, PlanSlot], bool]
"""Whether a car may charge in a slot."""
HasRoom = Callable[[PlanSlot, Mapping[int, Blocks]], bool]
"""Whether the fuse is kept in a slot, when all charge in the blocks given."""
S = TypeVar("S", bound=Span)
_Part = tuple[datetime, datetime, S | None, S | None]
"""A time, and whose it is: the one car's, the other's, or both."""


class Turn(NamedTuple):
    """When a car charges without a break."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaker:
    """A car whose turns may be moved."""

    request: ChargeRequest
    start: datetime
    """When it can begin."""

    def cost(self, slots: Slots) -> float:
        """With starts; unknown prices count nothing, as the time is used by one car or the other."""
        goes_on = self.request.is_running and bool(slots) and slots[0].start == self.start
        energy_cost = sum(slot.energy_kwh * (slot.price_per_kwh or 0.0) for slot in slots)
        return energy_cost + self.request.preferences.start_cost * (len(merged(slots)) - goes_on)


def in_longer_turns(
    chosen: Mapping[int, Slots], takers: Mapping[int, TurnTaker], is_open: IsOpen, has_room: HasRoom
) -> Mapping[int, Sequence[PlanSlot]]:
    """The slots by car, with the turns of two cars put together where that costs no more.

    Args:
        chosen: Slots by car, in order of time; also of cars whose turns stay.
    """
    turns = dict(chosen)
    blocks: dict[int, Blocks] = {car: merged(slots) for car, slots in chosen.items()}
    for one, other in _pairs(list(takers)):
        slots_of: Mapping[int, Slots] = {car: turns[car] for car in (one, other)}
        blocks_of: Mapping[int, Blocks] = {car: blocks[car] for car in (one, other)}
        parts = _parts(blocks[one], blocks[other])
        for is_swapped in (False, True):
            first, second = (other, one) if is_swapped else (one, other)
            shape = _one_after_another(first, second, _swapped(parts) if is_swapped else parts)
            if not _is_better(shape, blocks_of, takers):  # most are not, and blocks are soon told
                continue
            tried = _slots_one_after_another(first, second, turns, takers)
            if _cost(tried, takers) > _cost(slots_of, takers) + _ROUNDING:
                continue
            moved = {car: [slot for slot in tried[car] if slot not in turns[car]] for car in tried}
            are_open = all(is_open(car, slot) for car, slots in moved.items() for slot in slots)
            if are_open and all(has_room(slot, {**blocks, **shape}) for slot in _heavier(moved, takers)):
                slots_of, blocks_of = tried, shape
        turns |= slots_of
        blocks |= blocks_of
    return turns


def _pairs(cars: Sequence[int]) -> Iterator[tuple[int, int]]:
    for place, one in enumerate(cars):
        checkpoint()
        yield from ((one, other) for other in cars[place + 1 :])


def _is_better(tried: Mapping[int, Blocks], before: Mapping[int, Blocks], takers: Mapping[int, TurnTaker]) -> bool:
    """Whether neither car is started more often or for less time, and one of them less often."""
    starts = [sum(map(len, some.values())) for some in (tried, before)]
    return starts[0] < starts[1] and all(
        len(tried[car]) <= len(before[car]) and _shortest(tried[car]) >= _least(takers[car], before[car])
        for car in tried
    )


def _cost(slots: Mapping[int, Slots], takers: Mapping[int, TurnTaker]) -> float:
    return sum(takers[car].cost(some) for car, some in slots.items())


def _least(taker: TurnTaker, blocks: Blocks) -> timedelta:
    """How long each of its turns has to be: as preferred, unless that was not possible before either."""
    return min(taker.request.preferences.min_block, _shortest(blocks))


def _shortest(blocks: Blocks) -> timedelta:
    return min((block.end - block.start for block in blocks), default=timedelta(0))


def _heavier(moved: Mapping[int, Slots], takers: Mapping[int, TurnTaker]) -> Slots:
    """Those slots of two cars in which the fuse may have to carry more than before, as the car that takes more moved.

    All their time was one's or the other's before.
    """
    one, other = moved
    more_kw = takers[one].request.takes_kw - takers[other].request.takes_kw
    return moved[one if more_kw > 0 else other] if more_kw else ()


def _one_after_another(first: int, second: int, parts: Iterable[_Part[S]]) -> Mapping[int, Blocks]:
    """Where only one of them charges, let the first charge until it has enough, and then the second."""
    tried: dict[int, list[Turn]] = {first: [], second: []}
    for is_second, _, start, end in _shares(parts):
        turns = tried[second if is_second else first]
        goes_on = bool(turns) and turns[-1].end == start
        turns.append(Turn(turns.pop().start if goes_on else start, end))
    return tried


def _slots_one_after_another(
    first: int, second: int, turns: Mapping[int, Slots], takers: Mapping[int, TurnTaker]
) -> Mapping[int, Slots]:
    """The same with prices and energy."""
    tried: dict[int, list[PlanSlot]] = {first: [], second: []}
    for is_second, slot, start, end in _shares(_parts(turns[first], turns[second])):
        car = second if is_second else first
        energy_kwh = takers[car].request.need.power_kw * ((end - start) / timedelta(hours=1))
        tried[car].append(replace(slot, start=start, end=end, energy_kwh=energy_kwh))
    return tried


def _shares(parts: Iterable[_Part[S]]) -> Iterator[tuple[bool, S, datetime, datetime]]:
    """Who charges from when to when, the second or the first, and whose time that was before."""
    parts = list(parts)
    left = sum((end - start for start, end, one, other in parts if one and not other), timedelta(0))
    for start, end, one, other in parts:
        if one and other:
            yield False, one, start, end
            yield True, one, start, end
        elif span := one or other:
            change_at = min(end, start + left)
            left -= change_at - start
            if start < change_at:
                yield False, span, start, change_at
            if change_at < end:
                yield True, span, change_at, end


def _parts(one: Sequence[S], other: Sequence[S]) -> list[_Part[S]]:
    """The time that one or both use, cut where one of them begins or ends, with what it is of."""
    edges = sorted({edge for span in (*one, *other) for edge in (span.start, span.end)})
    return list(zip(edges, edges[1:], _at_each(edges[:-1], one), _at_each(edges[:-1], other), strict=False))


def _swapped(parts: Iterable[_Part[S]]) -> Iterator[_Part[S]]:
    return ((start, end, other, one) for start, end, one, other in parts)


def _at_each(moments: Iterable[datetime], spans: Sequence[S]) -> Iterator[S | None]:
    """The span that goes on at each of the moments; both are in order of time."""
    coming = iter(spans)
    span = next(coming, None)
    for moment in moments:
        while span and span.end <= moment:
            span = next(coming, None)
        yield span if span and span.start <= moment else None
