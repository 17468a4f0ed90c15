"""What a plan can do from the start of an atom on: wait, or charge until some later moment.

All atoms that are open have the same length, but the first and the last, which are what is
left of a slot. Moving charging time between two atoms changes the cost in a straight line,
so some cheapest plan uses every atom wholly or not at all, except for one: the part. Hence
what remains to be charged at an atom is whole steps plus one of few rests, which depend on
the odd atoms that are used and on whether the part is still to come.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from smart_charging.planning.search.segments import Rules, Segment

_NEVER = 1 << 62


class State(NamedTuple):
    """Where a plan can stand at an atom's start."""

    rest: int
    """Remaining charging time, less whole steps."""
    has_part: bool
    """Whether one atom is still to be used in part."""
    is_on: bool


class Move(NamedTuple):
    """A way from an atom's start to a later one's, or to being off at the same."""

    cost: int
    used: int
    to: int
    state: State
    times: tuple[int, int] | None = None
    """When it charges."""


class Moves:
    """All moves of plans that charge for some time in some atoms."""

    def __init__(self, segments: Sequence[Segment], wanted: int, rules: Rules, step: int) -> None:
        self._segments = segments
        self._rules = rules
        self._step = step
        self._edges = [*(segment.start for segment in segments), segments[-1].end, _NEVER]
        self._prices = [segment.price or 0 for segment in segments]
        self._costs = [0, *accumulate(segment.length * (segment.price or 0) for segment in segments)]
        self._barred = [0, *accumulate(segment.price is None for segment in segments)]
        lengths = [0 if segment.price is None else segment.length for segment in segments]
        self._rests = self._odd_sums(0, lengths[::-1])[::-1]
        self._rests_with_part = self._odd_sums(wanted, [-length for length in lengths])

    def states(self, place: int, *, is_on: bool) -> Iterator[State]:
        """All states a plan can be in at an atom's start."""
        yield from (State(rest, has_part=False, is_on=is_on) for rest in self._rests[place])
        yield from (State(rest, has_part=True, is_on=is_on) for rest in self._rests_with_part[place])

    def moves(self, place: int, state: State) -> list[Move]:
        """What can be done from there; the rest it leads to may be one that leads nowhere."""
        waiting = Move(0, 0, place if state.is_on else place + 1, State(state.rest, state.has_part, is_on=False))
        if self._segments[place].price is None:
            return [waiting]
        blocks = self._blocks(place, state)
        return [waiting, *(self._charge(place, state, *block) for block in blocks if self._fits(*block))]

    def _blocks(self, place: int, state: State) -> Iterator[tuple[int, int, int]]:
        """Start and end of charging from an atom on, and the atom after: no longer than the rules ask."""
        start, after = self._edges[place], self._edges[place + 1]
        shortest = 0 if state.is_on else self._rules.min_block
        yield self._until_edge(start, max(1, shortest))
        if not state.has_part:
            return
        for part in {(state.rest - rest) % self._step for rest in self._rests[place]} - {0}:
            whole = bisect_left(self._edges, start + shortest - part, place)
            yield start, self._edges[whole] + part, whole + 1
            if not state.is_on and part < after - start:
                yield self._until_edge(after - part, shortest)

    def _until_edge(self, start: int, shortest: int) -> tuple[int, int, int]:
        to = bisect_left(self._edges, start + shortest)
        return start, self._edges[to], to

    def _fits(self, start: int, end: int, to: int) -> bool:
        """Whether a block ends in time and touches no atom that is barred."""
        place = bisect_right(self._edges, start) - 1
        return to <= len(self._segments) and end <= self._edges[to] and self._barred[place] == self._barred[to]

    def _charge(self, place: int, state: State, start: int, end: int, to: int) -> Move:
        before, behind = start - self._edges[place], self._edges[to] - end
        cost = self._costs[to] - self._costs[place] - self._prices[place] * before - self._prices[to - 1] * behind
        then = State((state.rest - end + start) % self._step, state.has_part and not before + behind, behind == 0)
        return Move(cost + (0 if state.is_on else self._rules.start_or_tie), end - start, to, then, (start, end))

    def _odd_sums(self, first: int, lengths: Sequence[int]) -> list[frozenset[int]]:
        """What some of the lengths can add to the first over whole steps: none of them, one, and so on."""
        step = self._step
        return list(
            accumulate(
                lengths,
                lambda rests, length: rests | {(rest + length) % step for rest in rests} if length % step else rests,
                initial=frozenset({first % step}),
            )
        )
