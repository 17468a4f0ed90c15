"""Where in an hour to put the minutes that fit into it, so that charging has to start less often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the time, at most five minutes, in which charging is on or off."""

    start: datetime
    end: datetime
    price: float
    within: tuple[datetime, ...]
    """When the billed intervals begin that it lies in, by fee."""
    hours: float = field(init=False, compare=False, repr=False)
    """How long it is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hours", (self.end - self.start) / _HOUR)


def placed(
    fitting: Sequence[Piece],
    pieces: Sequence[Piece],
    used: Sequence[Piece],
    fee: int,
    start_price: float,
    *,
    on_until: datetime | None = None,
) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """As many pieces of every interval as fit, beside those of the next where that saves more starts than it costs.

    Returns those of the intervals that are needed, and of the others the cheapest.

    Args:
        fitting: The cheapest that fit, of every interval.
        pieces: All, in order.
        used: Those that will be needed.
        start_price: What a start costs, per kW of charging power.
        on_until: When a charge that runs would end; going on from there is no start.
    """
    needed = {piece.within[fee] for piece in used}
    best: list[tuple[float, list[Piece]]] = [(0.0, [])]
    others: list[Piece] = []
    for at in sorted({piece.within[fee] for piece in fitting}):
        cheapest = sorted((one for one in fitting if one.within[fee] == at), key=lambda one: one.start)
        if at not in needed:
            others += cheapest
            continue
        choices = _choices([one for one in pieces if one.within[fee] == at], cheapest)
        best = [
            min((_joined(before, choice, start_price, on_until) for before in best), key=_cost) for choice in choices
        ]
    return min(best, key=_cost)[1], others


def _choices(pieces: Sequence[Piece], cheapest: Sequence[Piece]) -> list[Sequence[Piece]]:
    """The cheapest pieces, and all of the same length that follow each other without a break."""
    count = len(cheapest)
    runs = [pieces[first : first + count] for first in range(len(pieces) - count + 1)]
    same_length = [run for run in runs if _is_run(run) and abs(_hours(run) - _hours(cheapest)) < 1e-9]
    return [cheapest, *(run for run in same_length if list(run) != list(cheapest))]


def _joined(
    before: tuple[float, list[Piece]], choice: Sequence[Piece], start_price: float, on_until: datetime | None
) -> tuple[float, list[Piece]]:
    cost, placed_before = before
    last_end = placed_before[-1].end if placed_before else on_until
    ends = [last_end, *(piece.end for piece in choice)]
    starts = sum(piece.start != end for piece, end in zip(choice, ends, strict=False))
    return cost + sum(one.price * one.hours for one in choice) + start_price * starts, [*placed_before, *choice]


def _cost(way: tuple[float, list[Piece]]) -> float:
    return way[0]


def _is_run(pieces: Sequence[Piece]) -> bool:
    return all(one.end == following.start for one, following in pairwise(pieces))


def _hours(pieces: Iterable[Piece]) -> float:
    return sum(piece.hours for piece in pieces)
