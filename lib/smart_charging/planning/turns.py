"""Lets cars that take turns on a fuse charge in fewer and longer turns.

Slots are allocated one by one, so that two cars may alternate every quarter of an hour for next to nothing. But every
change takes time, as chargers are slow to start, and may fail.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations, pairwise, permutations
from typing import TypeVar

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.plan import Block, PlanSlot, Span, merged

_ROUNDING = 1e-6
"""In the currency of the prices."""
Slots = Sequence[PlanSlot]
Blocks = Sequence[Block]
Fits = Callable[[int, PlanSlot, Mapping[int, Blocks]], bool]
"""Whether a car may charge in a slot, when all charge in the blocks given."""
S = TypeVar("S", bound=Span)


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
    chosen: Mapping[int, Slots], takers: Mapping[int, TurnTaker], fits: Fits
) -> Mapping[int, Sequence[PlanSlot]]:
    """The slots by car, with the turns of two cars put together where that costs no more.

    Args:
        chosen: Slots by car, in order of time; also of cars whose turns stay.
    """
    turns = dict(chosen)
    blocks: dict[int, Blocks] = {car: merged(slots) for car, slots in chosen.items()}
    for one, other in combinations(takers, 2):
        slots_of: Mapping[int, Slots] = {car: turns[car] for car in (one, other)}
        blocks_of: Mapping[int, Blocks] = {car: blocks[car] for car in (one, other)}
        for first, second in permutations((one, other)):
            shape = _one_after_another(first, second, blocks)
            if not _is_better(shape, blocks_of, takers):  # most are not, and blocks are soon told
                continue
            tried = _slots_one_after_another(first, second, turns, takers)
            is_dearer = _cost(tried, takers) > _cost(slots_of, takers) + _ROUNDING
            if not is_dearer and _fit(tried, turns, {**blocks, **shape}, fits):
                slots_of, blocks_of = tried, shape
        turns |= slots_of
        blocks |= blocks_of
    return turns


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
    return min((block.length for block in blocks), default=timedelta(0))


def _fit(tried: Mapping[int, Slots], turns: Mapping[int, Slots], together: Mapping[int, Blocks], fits: Fits) -> bool:
    return all(fits(car, slot, together) for car, slots in tried.items() for slot in slots if slot not in turns[car])


def _one_after_another(first: int, second: int, blocks: Mapping[int, Blocks]) -> Mapping[int, Blocks]:
    """Where only one of them charges, let the first charge until it has enough, and then the second."""
    tried: dict[int, list[Block]] = {first: [], second: []}
    for car, _, start, end in _shares(first, second, blocks):
        tried[car].append(Block(start=start, end=end))
    return {car: merged(some) for car, some in tried.items()}


def _slots_one_after_another(
    first: int, second: int, turns: Mapping[int, Slots], takers: Mapping[int, TurnTaker]
) -> Mapping[int, Slots]:
    """The same with prices and energy."""
    tried: dict[int, list[PlanSlot]] = {first: [], second: []}
    for car, slot, start, end in _shares(first, second, turns):
        energy_kwh = takers[car].request.need.power_kw * ((end - start) / timedelta(hours=1))
        tried[car].append(replace(slot, start=start, end=end, energy_kwh=energy_kwh))
    return tried


def _shares(first: int, second: int, used: Mapping[int, Sequence[S]]) -> Iterator[tuple[int, S, datetime, datetime]]:
    """Who charges from when to when, and whose time that was before."""
    parts = list(_parts(used[first], used[second]))
    left = sum((end - start for start, end, one, other in parts if one and not other), timedelta(0))
    for start, end, one, other in parts:
        if one and other:
            yield first, one, start, end
            yield second, one, start, end
        elif span := one or other:
            change_at = min(end, start + left)
            left -= change_at - start
            if start < change_at:
                yield first, span, start, change_at
            if change_at < end:
                yield second, span, change_at, end


def _parts(one: Sequence[S], other: Sequence[S]) -> Iterator[tuple[datetime, datetime, S | None, S | None]]:
    """The time that one or both use, cut where one of them begins or ends, with what it is of."""
    edges = sorted({edge for span in (*one, *other) for edge in (span.start, span.end)})
    for start, end in pairwise(edges):
        yield start, end, _at(one, start), _at(other, start)


def _at(spans: Sequence[S], moment: datetime) -> S | None:
    """The one that goes on at a moment, of spans in order of time."""
    place = bisect_right(spans, moment, key=_start) - 1
    return spans[place] if place >= 0 and moment < spans[place].end else None


def _start(span: Span) -> datetime:
    return span.start
