"""Who may charge in which slot, when not all fit under the fuse at once.

Cars take slots one at a time, the cheapest first. Where a cheap one is full, a car may take
the place of another that then finds its next best, which may send on a third one, and so
forth: of all such chains the cheapest is followed. For chargers of one power this serves
as many as can be served, in the cheapest way; for mixed powers nearly so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple

_ROUNDING_KW = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A charger that wants time in slots."""

    power_kw: float
    load_kw: float
    """What is gone from the fuse while it charges."""
    wanted: int
    """Microseconds."""
    lengths: Mapping[int, int]
    """By slot that can be used: how much of it."""
    too_dear: frozenset[int] = frozenset()
    """Those of the slots that are for what is charged at any price only."""
    at_once: int = 0
    """Of the time wanted, how much from the first slot on; nobody takes that away."""
    at_any_price: int = 0
    """How much of that does not wait for a slot that is cheap enough."""


class _Step(NamedTuple):
    """A car takes a slot; if that was full, from the car of the next step."""

    car: int
    slot: int


class _Search(NamedTuple):
    """A chain so far: what it costs, who has to find a slot now, and how long it has to be."""

    cost: float
    car: int
    length: int
    steps: tuple[_Step, ...]


class SlotAllocation:
    """The slots each car holds; in none do their powers add up to more than is free."""

    def __init__(self, prices: Sequence[float], free_kw: Sequence[float], askers: Sequence[Asker]) -> None:
        lowest = min(prices, default=0.0)
        self._prices = [price - lowest for price in prices]
        """Above the lowest, for a chain must not look cheaper the longer it gets."""
        self._askers = askers
        self._free_kw = list(free_kw)
        self._held: list[set[int]] = [set() for _ in askers]
        self._holders: list[set[int]] = [set() for _ in prices]
        self._pinned: set[_Step] = set()
        self._by_price = [
            sorted((slot for slot in asker.lengths if slot not in asker.too_dear), key=prices.__getitem__)
            for asker in askers
        ]

    def promised(self, car: int) -> list[int]:
        """The slots for charging at once, in order."""
        return sorted(slot for slot in self._held[car] if _Step(car, slot) in self._pinned)

    def open_to(self, car: int) -> set[int]:
        """The slots a car has or could have without anybody giving way."""
        return {slot for slot in self._by_price[car] if slot in self._held[car] or self._has_room(car, slot)}

    def hold(self, car: int, slots: set[int]) -> None:
        """Let a car have these slots and no others; they must be open to it."""
        for slot in self._held[car] - slots:
            self._leave(car, slot)
        for slot in slots - self._held[car]:
            self._enter(car, slot)

    def fill(self, order: Sequence[int]) -> None:
        """Serve the cars one after the other; none is ever short because of one behind it."""
        for car in order:
            self._pin(car)
        for car in order:
            while self._missing(car) > 0 and (chain := self._cheapest_chain(car)):
                self._follow(chain)

    def _missing(self, car: int) -> int:
        asker = self._askers[car]
        return asker.wanted - sum(asker.lengths[slot] for slot in self._held[car])

    def _has_room(self, car: int, slot: int, leaving_kw: float = 0.0) -> bool:
        return self._free_kw[slot] + leaving_kw + _ROUNDING_KW >= self._askers[car].load_kw

    def _pin(self, car: int) -> None:
        asker, pinned = self._askers[car], 0
        for slot in sorted(asker.lengths):
            wanted = asker.at_any_price if slot in asker.too_dear else asker.at_once
            if pinned < wanted and self._has_room(car, slot):
                self._enter(car, slot)
                self._pinned.add(_Step(car, slot))
                pinned += asker.lengths[slot]

    def _enter(self, car: int, slot: int) -> None:
        self._held[car].add(slot)
        self._holders[slot].add(car)
        self._free_kw[slot] -= self._askers[car].load_kw

    def _leave(self, car: int, slot: int) -> None:
        self._held[car].remove(slot)
        self._holders[slot].remove(car)
        self._free_kw[slot] += self._askers[car].load_kw

    def _follow(self, chain: Sequence[_Step]) -> None:
        """From the end, where a slot has room, so that each next one has."""
        giver: int | None = None
        for car, slot in reversed(chain):
            if giver is not None:
                self._leave(giver, slot)
            self._enter(car, slot)
            giver = car

    def _cheapest_chain(self, car: int) -> Sequence[_Step]:
        """The steps that give a car one slot more at the least cost for all; none if there is no way."""
        best = _Search(inf, car, 0, ())
        heap = [_Search(0.0, car, 1, ())]
        seen: set[int] = set()
        asked: set[tuple[int, float]] = set()
        while heap and heap[0].cost < best.cost:
            search = heappop(heap)
            if search.car in seen:
                continue
            seen.add(search.car)
            for found in self._next_steps(search, best.cost, asked):
                if found.length:
                    heappush(heap, found)
                else:
                    best = found
        return best.steps

    def _next_steps(self, search: _Search, limit: float, asked: set[tuple[int, float]]) -> Iterator[_Search]:
        """Those who could give way in the cheap slots, and last the car itself in the first slot with room.

        A slot is asked once per load: who comes later comes at no lower cost.
        """
        car, power, load = search.car, self._askers[search.car].power_kw, self._askers[search.car].load_kw
        for slot in self._by_price[car]:
            cost = search.cost + self._prices[slot] * power
            if cost >= limit:
                return
            if slot in self._held[car] or self._askers[car].lengths[slot] < search.length:
                continue
            steps = (*search.steps, _Step(car, slot))
            if self._has_room(car, slot):
                yield _Search(cost, car, 0, steps)
                return
            if (slot, load) not in asked and all(step.slot != slot for step in search.steps):
                asked.add((slot, load))
                yield from self._givers(car, slot, cost, steps)

    def _givers(self, car: int, slot: int, cost: float, steps: tuple[_Step, ...]) -> Iterator[_Search]:
        for giver in self._holders[slot]:
            asker = self._askers[giver]
            if self._has_room(car, slot, asker.load_kw) and _Step(giver, slot) not in self._pinned:
                yield _Search(cost - self._prices[slot] * asker.power_kw, giver, asker.lengths[slot], steps)
