"""The cheapest times to be on, exactly: a dynamic programme over atoms and remaining time.

For every atom and state, a table holds the costs from there to the end, by the number of
whole steps still to charge; `moves` says why steps and a few rests are all there is. The
costs to the end do not depend on what went before: planned again later, what is left of a
plan is still as cheap as any.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from smart_charging.planning.search.bound import Bound
from smart_charging.planning.search.moves import Move, Moves, State
from smart_charging.planning.search.segments import Rules, Segment
from smart_charging.planning.search.sorted_fill import sorted_fill

_NEVER = 1 << 62
_SLACKS = (0.15, 0.5, 1.5, 4, 12, inf)
"""How many starts the best plan may cost above the bound: a narrow search nearly always does."""


def cheapest_times(segments: Sequence[Segment], wanted: int, rules: Rules) -> list[tuple[int, int]] | None:
    """The times to be on, in order, touching where atoms do; None if the rules leave too little time."""
    if not wanted:
        return []
    return sorted_fill(segments, wanted, rules) or exact_times(segments, wanted, rules)


def exact_times(segments: Sequence[Segment], wanted: int, rules: Rules) -> list[tuple[int, int]] | None:
    """The same, always by the dynamic programme."""
    bound = Bound(segments, wanted, rules)
    limits = (bound.least + rules.start_or_tie * slack for slack in _SLACKS)
    return next(filter(None, (_Tables(segments, wanted, rules, bound, limit).path() for limit in limits)), None)


class _Table(NamedTuple):
    """Costs to go for `lowest` whole steps still to charge, one more, and so on; infinite for all others."""

    lowest: int
    costs: list[float]


class _Tables:
    """Costs to go by atom and state, of plans within a limit."""

    def __init__(self, segments: Sequence[Segment], wanted: int, rules: Rules, bound: Bound, limit: float) -> None:
        self._wanted = wanted
        self._rules = rules
        self._limit = limit
        self._step = max(segment.length for segment in segments)
        kept = self._open_up(segments, bound)
        self._price = bound.price
        self._before = [bound.before[place] for place in kept]
        self._through = [bound.through[place] for place in kept]
        self._moves = Moves(self._segments, wanted, rules, self._step)
        self._tables: list[dict[State, _Table]] = [{} for _ in range(len(self._segments) + 1)]
        self._fill()

    def _open_up(self, segments: Sequence[Segment], bound: Bound) -> list[int]:
        """Keep the atoms that plans within the limit may charge in, and make one of each run of others."""
        can_be_on = [is_on <= self._limit for _, is_on in bound.through]
        is_open = [
            segment.price is not None and any(on) for segment, on in zip(segments, pairwise(can_be_on), strict=True)
        ]
        kept = [place for place, opened in enumerate(is_open) if opened or place == 0 or is_open[place - 1]]
        kept.append(len(segments))
        self._segments = [
            segments[place] if is_open[place] else Segment(segments[place].start, segments[following - 1].end, None)
            for place, following in pairwise(kept)
        ]
        return kept

    def path(self) -> list[tuple[int, int]] | None:
        """Follow the cheapest moves from the first atom on, the preferred ones of equals."""
        times = []
        place, left = 0, self._wanted
        states = [State(left % self._step, has_part, self._rules.is_running) for has_part in (False, True)]
        if min(self._to_go(0, state, left) for state in states) == inf:
            return None
        while left:
            moves = self._best_moves(place, states, left)
            move = min(moves, key=self._late if self._segments[place].is_late else self._early)
            states = [other.state for other in moves if other[1:3] == move[1:3] and other.times == move.times]
            place, left = move.to, left - move.used
            if move.times:
                times.append(move.times)
        return times

    def _best_moves(self, place: int, states: Sequence[State], left: int) -> list[Move]:
        moves = [move for state in states for move in self._moves.moves(place, state)]
        costs = [move.cost + self._to_go(move.to, move.state, left - move.used) for move in moves]
        return [move for move, cost in zip(moves, costs, strict=True) if cost == min(costs)]

    @staticmethod
    def _early(move: Move) -> tuple[int, int]:
        return (move.times[0], -move.times[1]) if move.times else (_NEVER, 0)

    @staticmethod
    def _late(move: Move) -> tuple[int, int]:
        return (-move.times[0], move.times[1]) if move.times else (-_NEVER, 0)

    def _to_go(self, place: int, state: State, left: int) -> float:
        steps, rest = divmod(left, self._step)
        table = self._tables[place].get(state)
        if table is None or rest != state.rest or not 0 <= steps - table.lowest < len(table.costs):
            return inf
        return table.costs[steps - table.lowest]

    def _fill(self) -> None:
        self._tables[-1] = {State(0, has_part=False, is_on=is_on): _Table(0, [0]) for is_on in (False, True)}
        for place in reversed(range(len(self._segments))):
            for is_on in (False, True):
                if self._through[place][is_on] > self._limit:
                    continue
                for state in self._moves.states(place, is_on=is_on):
                    self._put(place, state)

    def _put(self, place: int, state: State) -> None:
        """The best of all moves, for every number of steps that can be left."""
        reached = []
        for move in self._moves.moves(place, state):
            if table := self._tables[move.to].get(move.state):
                shift = (state.rest - move.used) // self._step
                reached.append((table.lowest - shift, [move.cost + cost for cost in table.costs]))
        if reached and (table := self._within_limit(place, state, _best(reached))).costs:
            self._tables[place][state] = table

    def _within_limit(self, place: int, state: State, table: _Table) -> _Table:
        """Cut the ends of a table off that no plan within the limit can come by."""
        price, step, steps = self._price, self._step, self._wanted // self._step
        room = self._limit - self._before[place][state.is_on] - price * (self._wanted - state.rest)
        lowest, costs = table
        first, last = max(lowest, steps - place), min(lowest + len(costs) - 1, steps)
        while first <= last and costs[first - lowest] > room + price * step * first:
            first += 1
        while first <= last and costs[last - lowest] > room + price * step * last:
            last -= 1
        return _Table(first, costs[first - lowest : last + 1 - lowest])


def _best(tables: list[tuple[int, list[float]]]) -> _Table:
    """The lowest cost of all for every number of steps."""
    if len(tables) == 1:
        return _Table(*tables[0])
    lowest = min(low for low, _ in tables)
    count = max(low + len(costs) for low, costs in tables) - lowest
    padded = [[inf] * (low - lowest) + costs + [inf] * (lowest + count - low - len(costs)) for low, costs in tables]
    return _Table(lowest, list(map(min, *padded)))
