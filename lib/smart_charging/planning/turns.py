"""Lets cars that take turns on a fuse charge in fewer and longer turns.

Slots are allocated one by one, so that two cars may alternate every quarter of an hour for next to nothing. But every
change takes time, as chargers are slow to start, and may fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations, pairwise, permutations

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.plan import Block, PlanSlot, merged

_ROUNDING = 1e-6
"""In the currency of the prices."""
Slots = Sequence[PlanSlot]
Fits = Callable[[int, PlanSlot, Mapping[int, Slots]], bool]
"""Whether a car may charge in a slot, when all charge as given."""


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
    for one, other in combinations(takers, 2):
        both: Mapping[int, Slots] = {car: turns[car] for car in (one, other)}
        for first, second in permutations(both):
            tried = _one_after_another(first, second, turns, takers)
            if _is_better(tried, both, takers) and _fit(tried, turns, fits):
                both = tried
        turns |= both
    return turns


def _is_better(tried: Mapping[int, Slots], before: Mapping[int, Slots], takers: Mapping[int, TurnTaker]) -> bool:
    """Whether neither car is started more often or for less time, one of them less often, and it costs no more."""
    blocks = [{car: merged(slots) for car, slots in some.items()} for some in (tried, before)]
    is_kept = all(
        len(blocks[0][car]) <= len(blocks[1][car]) and _shortest(blocks[0][car]) >= _least(takers[car], blocks[1][car])
        for car in tried
    )
    starts = [sum(map(len, some.values())) for some in blocks]
    costs = [sum(takers[car].cost(slots) for car, slots in some.items()) for some in (tried, before)]
    return is_kept and starts[0] < starts[1] and costs[0] <= costs[1] + _ROUNDING


def _least(taker: TurnTaker, blocks: Sequence[Block]) -> timedelta:
    """How long each of its turns has to be: as preferred, unless that was not possible before either."""
    return min(taker.request.preferences.min_block, _shortest(blocks))


def _shortest(blocks: Sequence[Block]) -> timedelta:
    return min((block.length for block in blocks), default=timedelta(0))


def _fit(tried: Mapping[int, Slots], turns: Mapping[int, Slots], fits: Fits) -> bool:
    together = {**turns, **tried}
    return all(fits(car, slot, together) for car, slots in tried.items() for slot in slots if slot not in turns[car])


def _one_after_another(
    first: int, second: int, turns: Mapping[int, Slots], takers: Mapping[int, TurnTaker]
) -> dict[int, list[PlanSlot]]:
    """Where only one of them charges, let the first charge until it has enough, and then the second."""
    tried: dict[int, list[PlanSlot]] = {first: [], second: []}
    parts = list(_parts(turns[first], turns[second]))
    left = sum((part.end - part.start for part, users in parts if users == (True, False)), timedelta(0))
    for part, users in parts:
        if all(users):
            shares = ((first, part.start, part.end), (second, part.start, part.end))
        else:
            change_at = min(part.end, part.start + left)
            shares = ((first, part.start, change_at), (second, change_at, part.end))
            left -= change_at - part.start
        for car, start, end in shares:
            if start < end:
                energy_kwh = takers[car].request.need.power_kw * ((end - start) / timedelta(hours=1))
                tried[car].append(replace(part, start=start, end=end, energy_kwh=energy_kwh))
    return tried


def _parts(one: Slots, other: Slots) -> Iterator[tuple[PlanSlot, tuple[bool, bool]]]:
    """The time that one or both use, cut where one of them begins or ends, with who uses it."""
    edges = sorted({edge for slot in (*one, *other) for edge in (slot.start, slot.end)})
    for start, end in pairwise(edges):
        used = [next((slot for slot in slots if slot.start <= start < slot.end), None) for slots in (one, other)]
        if slot := used[0] or used[1]:
            yield replace(slot, start=start, end=end), (used[0] is not None, used[1] is not None)
