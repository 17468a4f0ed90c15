"""The states and moves of the dynamic programme: what a plan can do where a segment begins.

It can wait, or charge without a break until some later moment. All open segments have the same length, the step, but
for the first and the last, which are what is left of a slot. Moving charging time from one segment to another changes
the cost in a straight line, so some cheapest plan uses every segment wholly or not at all, except for one: the part.
What is still to be charged where a segment begins is therefore a whole number of steps plus one of few rests, which
depend on the short segments that are still to be used and on whether the part is still to come.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from smart_charging.planning.search.segments import Rules, Segment

_NEVER = 1 << 62


class State(NamedTuple):
    """The state of a plan where a segment begins, apart from how many whole steps it still has to charge."""

    rest: int
    """Remaining charging time, less whole steps."""
    has_part: bool
    """Whether one segment is still to be used in part."""
    is_on: bool


class Move(NamedTuple):
    """A transition from where a segment begins to where a later one does, or to being off at once."""

    cost: int
    used: int
    """Charging time."""
    to: int
    """Index of the segment that begins there; the number of segments is the end."""
    state: State
    times: tuple[int, int] | None = None
    """When it charges; None for waiting."""


class Moves:
    """All moves of plans that charge for some time in some segments.

    Args:
        step: Length of all open segments but for the first and the last, which are no longer.
    """

    def __init__(self, segments: Sequence[Segment], wanted: int, rules: Rules, step: int) -> None:
        self._segments = segments
        self._rules = rules
        self._step = step
        self._edges = [*(segment.start for segment in segments), segments[-1].end, _NEVER]
        self._prices = [segment.price or 0 for segment in segments]
        self._cost_before = [0, *accumulate(segment.length * (segment.price or 0) for segment in segments)]
        self._barred_before = [0, *accumulate(segment.price is None for segment in segments)]
        lengths = [0 if segment.price is None else segment.length for segment in segments]
        self._rests = self._sums_of_some(lengths[::-1], 0)[::-1]
        """By segment: what can remain for segments that are used wholly, from there to the end."""
        self._rests_with_part = self._sums_of_some([-length for length in lengths], wanted)
        """By segment: what can remain while all before it were used wholly or not at all."""

    def states(self, index: int, *, is_on: bool) -> Iterator[State]:
        """All states a plan can be in where a segment begins."""
        yield from (State(rest, has_part=False, is_on=is_on) for rest in self._rests[index])
        yield from (State(rest, has_part=True, is_on=is_on) for rest in self._rests_with_part[index])

    def moves(self, index: int, state: State) -> list[Move]:
        """All moves from a state; some may lead to a rest from which the end cannot be reached."""
        waiting = Move(0, 0, index if state.is_on else index + 1, State(state.rest, state.has_part, is_on=False))
        if self._segments[index].price is None:
            return [waiting]
        blocks = self._blocks(index, state)
        return [waiting, *(self._charge(index, state, *block) for block in blocks if self._fits(*block))]

    def _blocks(self, index: int, state: State) -> Iterator[tuple[int, int, int]]:
        """Start and end of charging, and the segment after; no longer than the rules ask, as continuing is a move too.

        Whole segments; or with the part at the end, in a segment left early; or, where charging only begins, with
        the part at the beginning, in a segment entered late.
        """
        start, after = self._edges[index], self._edges[index + 1]
        shortest = 0 if state.is_on else self._rules.min_block
        yield self._until_edge(start, max(1, shortest))
        if not state.has_part:
            return
        for part in {(state.rest - rest) % self._step for rest in self._rests[index]} - {0}:
            last = bisect_left(self._edges, start + shortest - part, index)
            yield start, self._edges[last] + part, last + 1
            if not state.is_on and part < after - start:
                yield self._until_edge(after - part, shortest)

    def _until_edge(self, start: int, shortest: int) -> tuple[int, int, int]:
        to = bisect_left(self._edges, start + shortest)
        return start, self._edges[to], to

    def _fits(self, start: int, end: int, to: int) -> bool:
        """Whether a block ends in time and touches no segment that is barred."""
        first = bisect_right(self._edges, start) - 1
        return (
            to <= len(self._segments)
            and end <= self._edges[to]
            and self._barred_before[first] == self._barred_before[to]
        )

    def _charge(self, index: int, state: State, start: int, end: int, to: int) -> Move:
        late, early = start - self._edges[index], self._edges[to] - end
        cost = self._cost_before[to] - self._cost_before[index]
        cost -= self._prices[index] * late + self._prices[to - 1] * early
        then = State((state.rest - end + start) % self._step, state.has_part and not (late or early), is_on=not early)
        return Move(cost + (0 if state.is_on else self._rules.start_or_tie), end - start, to, then, (start, end))

    def _sums_of_some(self, lengths: Sequence[int], first: int) -> list[frozenset[int]]:
        """What some of the lengths can add to `first`, less whole steps: of none of them, of the first, and so on."""
        step = self._step
        return list(
            accumulate(
                lengths,
                lambda rests, length: rests | {(rest + length) % step for rest in rests} if length % step else rests,
                initial=frozenset({first % step}),
            )
        )
