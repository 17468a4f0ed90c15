"""Decides which car may charge in which slot when not all fit under the fuse at once.

Cars take slots one at a time, the cheapest first. Where a cheap slot is full, a car may take
it from another car, which then moves to its next best slot, and may take that from a third
one, and so on: an augmenting path. The cheapest of all such chains is carried out. For
chargers of equal power the result is optimal, for mixed powers nearly so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple

from smart_charging.planning.checkpoint import checkpoint

_ROUNDING_KW = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A car that needs charging time in slots."""

    power_kw: float
    """What costs are counted by; of a car that may not come only a share of its power."""
    load_kw: float
    """What it takes from the fuse while it charges."""
    wanted: int
    """Charging time in microseconds."""
    lengths: Mapping[int, int]
    """Usable slots, with the usable time of each in microseconds."""
    too_dear: frozenset[int] = frozenset()
    """Slots above the price limit, which only charging at any price may use."""
    at_once: int = 0
    """The part of the charging time that comes first; these slots cannot be taken by other cars."""
    at_any_price: int = 0
    """The part of `at_once` that may use slots above the price limit."""


class _Step(NamedTuple):
    """A car takes a slot; if the slot is full, from the car of the next step."""

    car: int
    slot: int


class _Search(NamedTuple):
    """An unfinished chain: its cost, how long a slot has to be that is needed now, and the car that needs it."""

    cost: float
    length: int
    car: int
    steps: tuple[_Step, ...]


class _Reached(NamedTuple):
    """How far the search for a chain has come."""

    seen: set[int]
    """Cars from which all further steps are known."""
    least: dict[int, tuple[float, int]]
    """By car, what the cheapest chain costs that makes it need another slot, and how long that has to be."""
    asked: dict[float, set[int]]
    """By load, the full slots whose cars were asked to give them up."""


class SlotAllocation:
    """The slots each car holds; their loads never exceed what is free in a slot."""

    def __init__(self, prices: Sequence[float], free_kw: Sequence[float], askers: Sequence[Asker]) -> None:
        lowest = min(prices, default=0.0)
        self._prices = [price - lowest for price in prices]
        """Minus the lowest price, so that all are at least 0 and longer chains never get cheaper."""
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
        """The slots reserved for charging at once, in order."""
        return sorted(slot for slot in self._held[car] if _Step(car, slot) in self._pinned)

    def open_to(self, car: int) -> set[int]:
        """The slots a car holds or could take without moving another car."""
        return {slot for slot in self._by_price[car] if slot in self._held[car] or self._has_room(car, slot)}

    def hold(self, car: int, slots: set[int]) -> None:
        """Give a car exactly these slots; they must be open to it."""
        for slot in self._held[car] - slots:
            self._leave(car, slot)
        for slot in slots - self._held[car]:
            self._enter(car, slot)

    def fill(self, order: Sequence[int]) -> None:
        """Give slots to the cars in this order; no car gets less because of a later one."""
        for car in order:
            self._pin(car)
        for car in order:
            checkpoint()
            while self.missing(car) > 0 and (chain := self._cheapest_chain(car)):
                self._follow(chain)

    def missing(self, car: int) -> int:
        """How much of the time it wants a car has no slots for, in microseconds."""
        asker = self._askers[car]
        return asker.wanted - sum(asker.lengths[slot] for slot in self._held[car])

    def _has_room(self, car: int, slot: int) -> bool:
        return self._free_kw[slot] + _ROUNDING_KW >= self._askers[car].load_kw

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
        """Carry out the chain from its end, where a slot has room, so that every step finds room."""
        giver: int | None = None
        for car, slot in reversed(chain):
            if giver is not None:
                self._leave(giver, slot)
            self._enter(car, slot)
            giver = car

    def _cheapest_chain(self, car: int) -> Sequence[_Step]:
        """The steps that give a car one more slot at the least additional cost; empty if there is no way."""
        least_cost, chain = inf, tuple[_Step, ...]()
        heap = [_Search(0.0, 1, car, ())]
        reached = _Reached(set(), {}, {})
        while heap and heap[0].cost < least_cost:
            search = heappop(heap)
            if search.car in reached.seen:
                continue
            reached.seen.add(search.car)
            given_up: dict[int, int] = {}  # by car, the slot with which it helps most: those found later cost less
            for slot, cost in self._next_slots(search, least_cost, reached):
                if self._has_room(search.car, slot):
                    least_cost, chain = cost, (*search.steps, _Step(search.car, slot))
                else:
                    given_up |= dict.fromkeys(self._givers(slot, search, reached), slot)
            for giver, slot in given_up.items():
                heappush(heap, _Search(*reached.least[giver], giver, (*search.steps, _Step(search.car, slot))))
        return chain

    def _next_slots(self, search: _Search, limit: float, reached: _Reached) -> Iterator[tuple[int, float]]:
        """Cheap slots that others could give up, and last the car's own first slot with room, with the cost so far.

        Each slot is tried once per load: later attempts never cost less.
        """
        car, asker, held = search.car, self._askers[search.car], self._held[search.car]
        power, lengths, asked = asker.power_kw, asker.lengths, reached.asked.setdefault(asker.load_kw, set())
        for slot in self._by_price[car]:
            cost = search.cost + self._prices[slot] * power
            if cost >= limit:
                return
            if slot in asked or slot in held or lengths[slot] < search.length:
                continue
            if self._has_room(car, slot):
                yield slot, cost
                return
            if all(step.slot != slot for step in search.steps):
                asked.add(slot)
                yield slot, cost

    def _givers(self, slot: int, search: _Search, reached: _Reached) -> Iterator[int]:
        """Those who could give the slot up, but for whom a cheaper chain has been found already."""
        taker, price, least = self._askers[search.car], self._prices[slot], reached.least
        lacking_kw = taker.load_kw - self._free_kw[slot] - _ROUNDING_KW
        for giver in self._holders[slot] - reached.seen:
            asker = self._askers[giver]
            if asker.load_kw < lacking_kw:
                continue
            needs = search.cost + price * (taker.power_kw - asker.power_kw), asker.lengths[slot]
            if (giver not in least or needs < least[giver]) and (giver, slot) not in self._pinned:
                least[giver] = needs
                yield giver
