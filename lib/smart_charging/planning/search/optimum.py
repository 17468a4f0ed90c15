"""The cheapest times to be on: by sorting where that is certain, else by a dynamic programme over segments.

Backwards over the segments, a table for every state holds the cost to go by the number of whole steps still to
charge; `moves` explains why steps and a few rests are enough. Only what a plan within a limit above the `bound` can
reach is kept. The costs to go do not depend on what went before, so the rest of a plan is still optimal when it is
planned again later.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from smart_charging.planning.search.bound import Bound
from smart_charging.planning.search.first_plan import cost_of_first_plan
from smart_charging.planning.search.moves import Move, Moves, State
from smart_charging.planning.search.segments import Rules, Segment
from smart_charging.planning.search.sorted_fill import sorted_fill

_NEVER = 1 << 62
_SLACKS = (0.15, 0.5, 1.5, 4, 12, inf)
"""Limits to try where blocks have a shortest length, in starts above the bound."""


def cheapest_times(segments: Sequence[Segment], wanted: int, rules: Rules) -> list[tuple[int, int]] | None:
    """The times to be on, in order, touching where segments do; None if the rules leave too little time."""
    if not wanted:
        return []
    return sorted_fill(segments, wanted, rules) or exact_times(segments, wanted, rules)


def exact_times(segments: Sequence[Segment], wanted: int, rules: Rules) -> list[tuple[int, int]] | None:
    """The same times, always by the dynamic programme, within a limit that some plan keeps."""
    bound = Bound(segments, wanted, rules)
    if rules.min_block:
        limits = [bound.least + rules.start_or_tie * slack for slack in _SLACKS]
    else:
        limits = [cost_of_first_plan(segments, wanted, rules, bound.ample_price)]
    return next(filter(None, (_CostsToGo(segments, wanted, rules, bound, limit).path() for limit in limits)), None)


class _Table(NamedTuple):
    """Costs to go for `fewest` whole steps still to charge, one more, and so on; infinite for all others."""

    fewest: int
    costs: list[float]


class _CostsToGo:
    """From where each segment begins, in every state, to the end; of plans that cost no more than a limit."""

    def __init__(self, segments: Sequence[Segment], wanted: int, rules: Rules, bound: Bound, limit: float) -> None:
        self._wanted = wanted
        self._rules = rules
        self._limit = limit
        self._step = max(segment.length for segment in segments)
        kept = self._merge_closed(segments, bound)
        self._price = bound.price
        self._before = [bound.before[index] for index in kept]
        self._through = [bound.through[index] for index in kept]
        self._moves = Moves(self._segments, wanted, rules, self._step)
        self._tables: list[dict[State, _Table]] = [{} for _ in range(len(self._segments) + 1)]
        self._fill()

    def _merge_closed(self, segments: Sequence[Segment], bound: Bound) -> list[int]:
        """Keep the segments that plans within the limit can be on in, and make a barred one of each run of others.

        Returns the indices of those that still begin one, and last the end.
        """
        can_be_on = [is_on <= self._limit for _, is_on in bound.through]
        is_open = [
            segment.price is not None and any(on) for segment, on in zip(segments, pairwise(can_be_on), strict=True)
        ]
        kept = [index for index, opened in enumerate(is_open) if opened or index == 0 or is_open[index - 1]]
        kept.append(len(segments))
        self._segments = [
            segments[index] if is_open[index] else Segment(segments[index].start, segments[following - 1].end, None)
            for index, following in pairwise(kept)
        ]
        return kept

    def path(self) -> list[tuple[int, int]] | None:
        """Follow the cheapest moves from the first segment on, the preferred ones of equals."""
        times = []
        index, left = 0, self._wanted
        states = [State(left % self._step, has_part, self._rules.is_running) for has_part in (False, True)]
        if min(self._cost_to_go(0, state, left) for state in states) == inf:
            return None
        while left:
            moves = self._cheapest_moves(index, states, left)
            move = min(moves, key=self._latest_first if self._segments[index].is_late else self._earliest_first)
            states = [other.state for other in moves if other[1:3] == move[1:3] and other.times == move.times]
            index, left = move.to, left - move.used
            if move.times:
                times.append(move.times)
        return times

    def _cheapest_moves(self, index: int, states: Sequence[State], left: int) -> list[Move]:
        moves = [move for state in states for move in self._moves.moves(index, state)]
        costs = [move.cost + self._cost_to_go(move.to, move.state, left - move.used) for move in moves]
        return [move for move, cost in zip(moves, costs, strict=True) if cost == min(costs)]

    @staticmethod
    def _earliest_first(move: Move) -> tuple[int, int]:
        return (move.times[0], -move.times[1]) if move.times else (_NEVER, 0)

    @staticmethod
    def _latest_first(move: Move) -> tuple[int, int]:
        return (-move.times[0], move.times[1]) if move.times else (-_NEVER, 0)

    def _cost_to_go(self, index: int, state: State, left: int) -> float:
        steps, rest = divmod(left, self._step)
        table = self._tables[index].get(state)
        if table is None or rest != state.rest or not 0 <= steps - table.fewest < len(table.costs):
            return inf
        return table.costs[steps - table.fewest]

    def _fill(self) -> None:
        """Backwards; being off comes first, as a plan that is on can be off at once."""
        self._tables[-1] = {State(0, has_part=False, is_on=is_on): _Table(0, [0]) for is_on in (False, True)}
        for index in reversed(range(len(self._segments))):
            for is_on in (False, True):
                if self._through[index][is_on] > self._limit:
                    continue
                for state in self._moves.states(index, is_on=is_on):
                    self._fill_one(index, state)

    def _fill_one(self, index: int, state: State) -> None:
        """The cheapest of all moves, for every number of steps that can be left."""
        reached = []
        for move in self._moves.moves(index, state):
            if table := self._tables[move.to].get(move.state):
                steps_used = (move.used - state.rest + move.state.rest) // self._step
                reached.append(_Table(table.fewest + steps_used, [move.cost + cost for cost in table.costs]))
        if reached and (table := self._within_limit(index, state, _cheapest_of(reached))).costs:
            self._tables[index][state] = table

    def _within_limit(self, index: int, state: State, table: _Table) -> _Table:
        """Cut off the ends of a table that no plan within the limit can reach.

        What comes before costs at least what the bound says, plus the price of the time that must be used by then.
        """
        price, step, steps = self._price, self._step, self._wanted // self._step
        most_to_go = self._limit - self._before[index][state.is_on] - price * (self._wanted - state.rest)
        fewest, costs = table
        first, last = max(fewest, steps - index), min(fewest + len(costs) - 1, steps)
        while first <= last and costs[first - fewest] > most_to_go + price * step * first:
            first += 1
        while first <= last and costs[last - fewest] > most_to_go + price * step * last:
            last -= 1
        return _Table(first, costs[first - fewest : last + 1 - fewest])


def _cheapest_of(tables: list[_Table]) -> _Table:
    """The lowest cost of all for every number of steps."""
    if len(tables) == 1:
        return tables[0]
    fewest = min(table.fewest for table in tables)
    count = max(table.fewest + len(table.costs) for table in tables) - fewest
    padded = [[inf] * (few - fewest) + costs + [inf] * (fewest + count - few - len(costs)) for few, costs in tables]
    return _Table(fewest, list(map(min, *padded)))
