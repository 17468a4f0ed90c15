"""Moves what is left of a joint plan a little later where a car on the fuse has lost time.

Slow starts and late meters cost minutes, and a plan made anew may give the rest of the night to other cars: those that
follow had better begin a little later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from smart_charging.planning.charge_request import ChargeRequest, Load, highest_kw
from smart_charging.planning.plan import Block

_ROUNDING_KW = 1e-6


def pushed(
    before: Sequence[Sequence[Block]],
    requests: Sequence[ChargeRequest],
    loads: Sequence[Load],
    now: datetime,
    *,
    limit_kw: float,
) -> Sequence[Sequence[Block]]:
    """What is left of each car's blocks, each as soon after its time as the fuse has room; the last as long as needed.

    A car that charges although its blocks are over goes on until it has enough.

    Args:
        before: Blocks in the order of the requests.
        now: In UTC.
    """
    taken, moved = list(loads), [list[Block]() for _ in requests]
    left = [request.need.charging_time for request in requests]
    for start, _, car, block in _coming(before, requests, now):
        length = left[car]
        if block is not None and block is not before[car][-1]:
            length = min(length, block.end - start)
        if length > timedelta(0):
            earliest = max([start, *(one.end for one in moved[car])])
            begins_at = _first_room(earliest, length, requests[car].takes_kw, taken, limit_kw)
            moved[car].append(Block(start=begins_at, end=begins_at + length))
            taken.append(Load(start=begins_at, end=begins_at + length, power_kw=requests[car].takes_kw))
            left[car] -= length
    return moved


def _coming(
    before: Sequence[Sequence[Block]], requests: Sequence[ChargeRequest], now: datetime
) -> list[tuple[datetime, bool, int, Block | None]]:
    """The blocks that are not over, in order; of those that begin now, first of cars that charge already."""
    coming: list[tuple[datetime, bool, int, Block | None]] = []
    for car, (blocks, request) in enumerate(zip(before, requests, strict=True)):
        earliest = max(now, request.arrives_at or now)
        some = [block for block in blocks if now < block.end]
        coming += [(max(block.start, earliest), not request.is_running, car, block) for block in some]
        if not some and request.is_running:
            coming.append((now, False, car, None))
    return sorted(coming, key=lambda one: one[:2])


def _first_room(
    start: datetime, length: timedelta, power_kw: float, taken: Sequence[Load], limit_kw: float
) -> datetime:
    """The first moment from which on there is room for so long: the start, or the end of something else."""
    moments = [start, *sorted(load.end for load in taken if load.end > start)]
    free = (at for at in moments if highest_kw(taken, at, at + length) + power_kw <= limit_kw + _ROUNDING_KW)
    return next(free, moments[-1])
