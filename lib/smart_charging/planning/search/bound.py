"""A lower bound on the cost of plans, by Lagrangian relaxation; the search skips what it rules out.

Only the charging time wanted ties the segments together. Relax that: let a plan charge for as long as it likes and
sell its time back at one price per kWh, the same at all times (the multiplier). Each segment then costs its own price
less that one, and a dynamic programme with two states, off and on, finds the cheapest plan in one pass. Charged with
the time wanted at the price, it costs no more than the best real plan, whatever the price; the bound is best at the
price where the relaxed plan charges for about the time wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from smart_charging.planning.search.segments import Rules, Segment

_ROUNDS = 12
"""Iterations to find the price; any price gives a bound, so stopping early does no harm."""


class _RelaxedPlan(NamedTuple):
    """The cheapest plan at some price: its cost, without what its time is sold for, and its charging time."""

    cost: int
    time: int


class Bound:
    """Least costs of plans that charge for the time wanted, by whether they are off or on where a segment begins."""

    def __init__(self, segments: Sequence[Segment], wanted: int, rules: Rules) -> None:
        self._start_cost = rules.start_or_tie
        self._cost_of_on_at_first = 0 if rules.is_running else self._start_cost
        self.price, self.ample_price = self._best_prices(segments, wanted)
        """The price at which time is sold back, and one at which the relaxed plan charges no less than is wanted."""
        self.before = list(self._costs_before(segments, self._cost_of_on_at_first))
        """By segment, and last the end: (off, on), the least cost of all before it less what that time is sold for."""
        after = list(self._costs_before(segments[::-1], self._start_cost))[::-1]
        self.through = [
            (off + off_after + self.price * wanted, on + on_after - self._start_cost + self.price * wanted)
            for (off, on), (off_after, on_after) in zip(self.before, after, strict=True)
        ]
        """By segment, and last the end: (off, on), the least cost of a whole plan that is off, or on, there."""
        self.least = min(self.through[0])
        """No plan costs less."""

    def _costs_before(self, segments: Sequence[Segment], cost_of_on_at_first: int) -> Iterator[tuple[int, int]]:
        """For every edge between segments the least costs up to it, off and on; a start may be made at the edge."""
        off, on = 0, cost_of_on_at_first
        yield off, on
        for segment in segments:
            on = (
                on + (segment.price - self.price) * segment.length
                if segment.price is not None
                else off + self._start_cost
            )
            off = min(off, on)
            on = min(on, off + self._start_cost)
            yield off, on

    def _best_prices(self, segments: Sequence[Segment], wanted: int) -> tuple[int, int]:
        """Narrow it down between a plan that charges too little and one that charges too much.

        The next price to try is the one at which these two cost the same.
        """
        priced = [(segment.price, segment.length) for segment in segments]
        price = 1 + max(segment.price or 0 for segment in segments) + self._start_cost
        ample = price
        less, more = _RelaxedPlan(0, 0), self._relaxed_plan(priced, price)
        for _ in range(_ROUNDS):
            price = (more.cost - less.cost) // max(1, more.time - less.time)
            plan = self._relaxed_plan(priced, price)
            ample = price if plan.time >= wanted else ample
            if plan in (less, more) or plan.time == wanted:
                break
            less, more = (plan, more) if plan.time < wanted else (less, plan)
        return price, ample

    def _relaxed_plan(self, priced: Sequence[tuple[int | None, int]], at_price: int) -> _RelaxedPlan:
        """The same recursion as in `_costs_before`, also keeping track of the charging time."""
        off, off_time, on, on_time = 0, 0, self._cost_of_on_at_first, 0
        for price, length in priced:
            if price is None:
                on, on_time = off + self._start_cost, off_time
            else:
                on, on_time = on + (price - at_price) * length, on_time + length
            if on < off:
                off, off_time = on, on_time
            elif off + self._start_cost < on:
                on, on_time = off + self._start_cost, off_time
        return _RelaxedPlan(off + at_price * off_time, off_time)
