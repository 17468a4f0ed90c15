"""The cheapest times to be on, exactly: a dynamic programme on plain numbers.

All atoms have the same length but the first and the last, which are what is left of a slot.
Moving charging time between two atoms changes the cost in a straight line, so some cheapest
plan uses every atom wholly or not at all, except for one. Hence only few amounts of
remaining time occur at an atom: whole steps plus a rest that depends on which odd atoms are
used and on whether the part is still to come. These rests name the tables; the number of
whole steps is the place in a table.

A table holds costs from an atom to the end, which do not depend on what went before: a
plan made later, by following this one, goes on as this one would have, ties included.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import inf
from typing import NamedTuple

from smart_charging.planning.atoms import Atom, Rules
from smart_charging.planning.bound import Bound

_NEVER = 1 << 62
_SLACKS = (0.2, 1, 8, inf)
"""How many starts the best plan may cost above the bound: a narrow search nearly always does."""


def cheapest_times(atoms: Sequence[Atom], wanted: int, rules: Rules) -> list[tuple[int, int]] | None:
    """The times to be on, in order, touching where atoms do; None if the rules leave too little time."""
    if not wanted:
        return []
    bound = Bound(atoms, wanted, rules)
    limits = (bound.least + rules.start_or_tie * slack for slack in _SLACKS)
    return next(filter(None, (_Tables(atoms, wanted, rules, bound, limit).path() for limit in limits)), None)


class _State(NamedTuple):
    """Where a plan can stand at an atom's start."""

    rest: int
    """Remaining charging time, less whole steps."""
    has_part: bool
    """Whether one atom is still to be used in part."""
    is_on: bool


class _Move(NamedTuple):
    """A way from an atom's start to a later one's, or to being off at the same."""

    cost: int
    used: int
    to: int
    state: _State
    times: tuple[int, int] | None = None


class _Table(NamedTuple):
    """Costs to go for `lowest` whole steps still to charge, one more, and so on; infinite for all others."""

    lowest: int
    costs: list[float]


class _Tables:
    """Costs to go by atom and state, of plans within a limit."""

    def __init__(self, atoms: Sequence[Atom], wanted: int, rules: Rules, bound: Bound, limit: float) -> None:
        self._atoms = atoms
        self._wanted = wanted
        self._rules = rules
        self._bound = bound
        self._limit = limit
        self._edges = [*(atom.start for atom in atoms), atoms[-1].end, _NEVER]
        self._step = max(atom.length for atom in atoms)
        self._prices = [atom.price or 0 for atom in atoms]
        self._costs = [0, *accumulate(atom.length * (atom.price or 0) for atom in atoms)]
        self._barred = [0, *accumulate(atom.price is None for atom in atoms)]
        on = [by_state[True] <= limit for by_state in bound.through]
        self._is_open = [atom.price is not None and any(edges) for atom, edges in zip(atoms, pairwise(on), strict=True)]
        """By atom: whether a plan within the limit may charge there."""
        self._rests = self._odd_sums(0, [atom.length for atom in reversed(atoms)])[::-1]
        """By atom: what can be left over whole steps when no atom from here on is used in part."""
        self._tables: list[dict[_State, _Table]] = [{} for _ in range(len(atoms) + 1)]
        self._fill()

    def path(self) -> list[tuple[int, int]] | None:
        """Follow the cheapest moves from the first atom on, the preferred ones of equals."""
        times = []
        place, left = 0, self._wanted
        states = [_State(left % self._step, has_part, self._rules.is_running) for has_part in (False, True)]
        if min(self._to_go(0, state, left) for state in states) == inf:
            return None
        while left:
            moves = self._best_moves(place, states, left)
            move = min(moves, key=self._late if self._atoms[place].is_late else self._early)
            states = [other.state for other in moves if other[1:3] == move[1:3] and other.times == move.times]
            place, left = move.to, left - move.used
            if move.times:
                times.append(move.times)
        return times

    def _best_moves(self, place: int, states: Sequence[_State], left: int) -> list[_Move]:
        moves = [move for state in states for move in self._moves(place, state)]
        costs = [move.cost + self._to_go(move.to, move.state, left - move.used) for move in moves]
        return [move for move, cost in zip(moves, costs, strict=True) if cost == min(costs)]

    @staticmethod
    def _early(move: _Move) -> tuple[int, int]:
        return (move.times[0], -move.times[1]) if move.times else (_NEVER, 0)

    @staticmethod
    def _late(move: _Move) -> tuple[int, int]:
        return (-move.times[0], move.times[1]) if move.times else (-_NEVER, 0)

    def _to_go(self, place: int, state: _State, left: int) -> float:
        steps, rest = divmod(left, self._step)
        table = self._tables[place].get(state)
        if table is None or rest != state.rest or not 0 <= steps - table.lowest < len(table.costs):
            return inf
        return table.costs[steps - table.lowest]

    def _fill(self) -> None:
        self._tables[-1] = {_State(0, has_part=False, is_on=is_on): _Table(0, [0]) for is_on in (False, True)}
        rests_with_part = self._odd_sums(self._wanted, [-atom.length for atom in self._atoms])
        for place in reversed(range(len(self._atoms))):
            for is_on in (False, True):
                if self._bound.through[place][is_on] > self._limit:
                    continue
                for has_part, rests in ((False, self._rests[place]), (True, rests_with_part[place])):
                    for rest in rests:
                        self._put(place, _State(rest, has_part, is_on))

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

    def _put(self, place: int, state: _State) -> None:
        """The best of all moves, for every number of steps that can be left."""
        reached = []
        for move in self._moves(place, state):
            if table := self._tables[move.to].get(move.state):
                shift = (state.rest - move.used) // self._step
                reached.append((table.lowest - shift, [move.cost + cost for cost in table.costs]))
        if reached and (table := self._within_limit(place, state, _best(reached))).costs:
            self._tables[place][state] = table

    def _within_limit(self, place: int, state: _State, table: _Table) -> _Table:
        """Cut the ends of a table off that no plan within the limit can come by."""
        price, step, steps = self._bound.price, self._step, self._wanted // self._step
        room = self._limit - self._bound.before[place][state.is_on] - price * (self._wanted - state.rest)
        lowest, costs = table
        first, last = max(lowest, steps - place), min(lowest + len(costs) - 1, steps)
        while first <= last and costs[first - lowest] > room + price * step * first:
            first += 1
        while first <= last and costs[last - lowest] > room + price * step * last:
            last -= 1
        return _Table(first, costs[first - lowest : last + 1 - lowest])

    def _moves(self, place: int, state: _State) -> list[_Move]:
        """All moves from an atom's start."""
        waiting = _Move(0, 0, place if state.is_on else place + 1, _State(state.rest, state.has_part, is_on=False))
        if not self._is_open[place]:
            return [waiting]
        blocks = self._blocks(place, state)
        return [waiting, *(self._charge(place, state, *block) for block in blocks if self._fits(*block))]

    def _blocks(self, place: int, state: _State) -> Iterator[tuple[int, int, int]]:
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
        return to <= len(self._atoms) and end <= self._edges[to] and self._barred[place] == self._barred[to]

    def _charge(self, place: int, state: _State, start: int, end: int, to: int) -> _Move:
        before, behind = start - self._edges[place], self._edges[to] - end
        cost = self._costs[to] - self._costs[place] - self._prices[place] * before - self._prices[to - 1] * behind
        then = _State((state.rest - end + start) % self._step, state.has_part and not before + behind, behind == 0)
        return _Move(cost + (0 if state.is_on else self._rules.start_or_tie), end - start, to, then, (start, end))


def _best(tables: list[tuple[int, list[float]]]) -> _Table:
    """The lowest cost of all for every number of steps."""
    if len(tables) == 1:
        return _Table(*tables[0])
    lowest = min(low for low, _ in tables)
    count = max(low + len(costs) for low, costs in tables) - lowest
    padded = [[inf] * (low - lowest) + costs + [inf] * (lowest + count - low - len(costs)) for low, costs in tables]
    return _Table(lowest, list(map(min, *padded)))
