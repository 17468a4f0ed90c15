"""The coming reads of the chargers, and the quota they will need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LEFT_BY_READS = 2
"""Requests per window left for all but charge points: charges, wallet, tokens, single charges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Regular reads of all charge points."""

    requests: int
    """Per read; one for each page."""
    every: timedelta
    last: datetime

    def find_room(self, ends: Sequence[datetime], *, share: int, window: timedelta, now: datetime) -> bool:
        """Whether quota for each read until `now + window` is left if one more request is sent now.

        Args:
            ends: When each request counted now stops counting.
            share: Requests per window that are not reserved for commands.
        """
        needed = min(self.requests, reads_share(share))
        return all(
            sum(end > at for end in ends) + 1 + number * needed <= share
            for number, at in enumerate(self._times(now, now + window), start=1)
        )

    def _times(self, start: datetime, end: datetime) -> Iterator[datetime]:
        at = max(start, self.last + self.every)
        while at < end:
            yield at
            at += self.every


def reads_share(share: int) -> int:
    """How many of these requests reads of the chargers may use."""
    return max(1, share - _LEFT_BY_READS)


def least_rest(requests: int, *, share: int, window: timedelta) -> timedelta:
    """The shortest interval at which no read ever waits for quota and other requests still get some."""
    most = reads_share(share)
    return window / (most // requests) if requests <= most else window * -(-requests // most)
