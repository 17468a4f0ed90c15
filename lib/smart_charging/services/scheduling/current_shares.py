"""How chargers whose current can be set share a fuse: pure arithmetic, without commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_ROUNDING_KW = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """A charger that wants a part of the fuse, in kW as it counts on the fuse."""

    key: str
    least_kw: float
    """It takes at least this while it is on: 6 A, or all where its current cannot be lowered."""
    most_kw: float
    is_on: bool = False
    """It keeps its least whatever happens; stopping it is the plan's business."""
    needs_all: bool = False
    """Its car is ready in time only at full power."""


def shared_out(takers: Sequence[Taker], free_kw: float) -> Mapping[str, float]:
    """What each may take of the fuse; those for whom there is no room are missing.

    First what is on keeps its least, then cars that need all get it, then as many others as there is room for get
    their least, and what is left is spread evenly.

    Args:
        takers: In the order in which they get their least.
    """
    shares = {taker.key: taker.least_kw for taker in takers if taker.is_on}
    for taker in (one for one in takers if one.needs_all):
        left_kw = free_kw - sum(kw for key, kw in shares.items() if key != taker.key)
        if left_kw >= taker.least_kw - _ROUNDING_KW:
            shares[taker.key] = min(taker.most_kw, max(left_kw, taker.least_kw))
    for taker in takers:
        if taker.key not in shares and sum(shares.values()) + taker.least_kw <= free_kw + _ROUNDING_KW:
            shares[taker.key] = taker.least_kw
    return _raised(shares, takers, free_kw - sum(shares.values()))


def _raised(shares: Mapping[str, float], takers: Iterable[Taker], left_kw: float) -> Mapping[str, float]:
    """Spread what is left: those who are lowest get it first, until all are level, and nobody more than the most."""
    raised = dict(shares)
    most_kw = {taker.key: taker.most_kw for taker in takers}
    while left_kw > _ROUNDING_KW:
        open_to = sorted((key for key in raised if raised[key] < most_kw[key] - _ROUNDING_KW), key=raised.__getitem__)
        if not open_to:
            break
        lowest_kw = raised[open_to[0]]
        level = [key for key in open_to if raised[key] <= lowest_kw + _ROUNDING_KW]
        next_kw = min([raised[key] for key in open_to[len(level) :]][:1] + [most_kw[key] for key in level])
        step_kw = min(next_kw - lowest_kw, left_kw / len(level))
        for key in level:
            raised[key] += step_kw
        left_kw -= step_kw * len(level)
    return raised
