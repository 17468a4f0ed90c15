"""The cheapest times by sorting, where it is certain that the dynamic programme would find the same ones.

Use the cheapest segments until the time is reached: no energy costs less. Call the dearest price that is used the
`level`. What is cheaper is used whole and what is dearer not at all; open is only where in the level's segments the
rest of the time lies. That is decided as the dynamic programme decides: where it makes the fewest starts, and of such
places the first or the last.

A plan with fewer starts could still be better, as a start costs at least the tie-break of `Rules`. To have one start
less, a plan has to flip something: use a dearer segment whole, or leave a cheaper one out, or empty or fill the level.
Each flip moves at least the shortest of these times over at least the smallest step in price beside the level. Where
that is worth more than two starts no flip pays (two, for a single move of time can flip the level and a segment at
once), and none can where there are as few starts as possible anyway.

So the times are not certain, and left to the dynamic programme, where blocks have a shortest length, where the level
is used in part and lies in several places, and where a flip might pay.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from smart_charging.planning.search.segments import Rules, Segment


def sorted_fill(segments: Sequence[Segment], wanted: int, rules: Rules) -> list[tuple[int, int]] | None:
    """The same times as from `cheapest_times`; None where sorting may not find them."""
    if rules.min_block or (price := _dearest_used(segments, wanted)) is None:
        return None
    fill = _Fill(segments, wanted, rules, price)
    times = fill.times() if fill.is_level_in_one_place else None
    return times if times and fill.is_certain(times) else None


def _dearest_used(segments: Sequence[Segment], wanted: int) -> int | None:
    """The highest price among the cheapest segments that hold the time; None where all segments are too short."""
    for price, length in sorted((segment.price, segment.length) for segment in segments if segment.price is not None):
        wanted -= length
        if wanted <= 0:
            return price
    return None


class _Fill:
    """All segments cheaper than a price, and some time in those that cost it, the level."""

    def __init__(self, segments: Sequence[Segment], wanted: int, rules: Rules, price: int) -> None:
        self._rules = rules
        self._begin = segments[0].start
        self._lengths = [segment.length for segment in segments if segment.price is not None]
        self._level = [segment for segment in segments if segment.price == price]
        self._cheaper = [segment for segment in segments if segment.price is not None and segment.price < price]
        self._used = wanted - sum(segment.length for segment in self._cheaper)
        self._spare = sum(segment.length for segment in self._level) - self._used
        self._steps = [
            abs(segment.price - price)
            for segment in segments
            if segment.price is not None and (segment.price > price or (segment.price < price and self._spare))
        ]

    @property
    def is_level_in_one_place(self) -> bool:
        """Whether the level is used whole, or is one time without a break that is to be used from one end."""
        is_unbroken = all(one.end == other.start for one, other in pairwise(self._level))
        return not self._spare or (is_unbroken and len({segment.is_late for segment in self._level}) == 1)

    def times(self) -> list[tuple[int, int]]:
        """In order, one for every segment used."""
        first, last = self._level[0].start, self._level[-1].end
        if self._spare:
            first, last = (last - self._used, last) if self._is_used_from_its_end() else (first, first + self._used)
        in_level = [(max(segment.start, first), min(segment.end, last)) for segment in self._level]
        cheaper = [(segment.start, segment.end) for segment in self._cheaper]
        return sorted([*cheaper, *((start, end) for start, end in in_level if start < end)])

    def _is_used_from_its_end(self) -> bool:
        """Whether it is used from its end: where that saves a start, else if late is preferred."""
        begin, end = self._level[0].start, self._level[-1].end
        goes_on_before = begin in {segment.end for segment in self._cheaper} or (
            self._rules.is_running and begin == self._begin
        )
        goes_on_after = end in {segment.start for segment in self._cheaper}
        return goes_on_after if goes_on_before != goes_on_after else self._level[0].is_late

    def is_certain(self, times: Sequence[tuple[int, int]]) -> bool:
        """Whether no plan with fewer starts can be better."""
        running = {self._begin} if self._rules.is_running else set()
        starts = {start for start, _ in times} - {end for _, end in times} - running
        fewest = 1 - len(running)
        return len(starts) <= fewest or self._least_flip_cost() > 2 * self._rules.start_or_tie

    def _least_flip_cost(self) -> float:
        flipped = [*self._lengths, self._used, self._spare] if self._spare else self._lengths
        return min(self._steps, default=inf) * min(flipped)
