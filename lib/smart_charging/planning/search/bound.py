"""What any plan costs at least, so that the exact search can leave out what cannot be best.

Pretend that charging time could be sold back at one price, the same at all times. Then
nothing ties the atoms together but the cost of a start, and two numbers per atom, off and
on, solve the problem. The price at which about the wanted time is kept bounds best.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from smart_charging.planning.search.segments import Rules, Segment

_ROUNDS = 12


class _Offer(NamedTuple):
    """What the cheapest plan at some price costs and charges, the selling left out."""

    cost: int
    time: int


class Bound:
    """Least costs of plans that charge for the time wanted, by what they do at an atom's start."""

    def __init__(self, segments: Sequence[Segment], wanted: int, rules: Rules) -> None:
        self._start_cost = rules.start_or_tie
        self._first_on = 0 if rules.is_running else self._start_cost
        self.price = self._telling_price(segments, wanted)
        self.before = list(self._sums(segments, self._first_on))
        """By atom: least cost of all before it, off and on, less what its time is worth."""
        backward = list(self._sums(segments[::-1], self._start_cost))[::-1]
        self.through = [
            (off + off_after + self.price * wanted, on + on_after - self._start_cost + self.price * wanted)
            for (off, on), (off_after, on_after) in zip(self.before, backward, strict=True)
        ]
        """By atom: least cost of a whole plan that is off, or on, there."""
        self.least = min(self.through[0])

    def _sums(self, segments: Sequence[Segment], first_on: int) -> Iterator[tuple[int, int]]:
        off, on = 0, first_on
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

    def _telling_price(self, segments: Sequence[Segment], wanted: int) -> int:
        """Close in on the price from both sides, each time where the two nearest offers are worth the same."""
        priced = [(segment.price, segment.length) for segment in segments]
        price = 1 + max(segment.price or 0 for segment in segments) + self._start_cost
        less, more = _Offer(0, 0), self._best_offer(priced, price)
        for _ in range(_ROUNDS):
            price = (more.cost - less.cost) // max(1, more.time - less.time)
            offer = self._best_offer(priced, price)
            if offer in (less, more) or offer.time == wanted:
                break
            less, more = (offer, more) if offer.time < wanted else (less, offer)
        return price

    def _best_offer(self, priced: Sequence[tuple[int | None, int]], at_price: int) -> _Offer:
        off, off_time, on, on_time = 0, 0, self._first_on, 0
        for price, length in priced:
            if price is None:
                on, on_time = off + self._start_cost, off_time
            else:
                on, on_time = on + (price - at_price) * length, on_time + length
            if on < off:
                off, off_time = on, on_time
            elif off + self._start_cost < on:
                on, on_time = off + self._start_cost, off_time
        return _Offer(off + at_price * off_time, off_time)
