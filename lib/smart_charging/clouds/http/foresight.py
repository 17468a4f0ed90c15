"""The reads of the chargers to come, and the places in the window they will need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LEFT_BY_READS = 2
"""Places in each window for everything but charge points: charges, wallet, tokens, single look-ups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """A read of all charge points, again and again."""

    requests: int
    """For one read: its pages."""
    every: timedelta
    last: datetime

    def find_room(self, ends: Sequence[datetime], *, share: int, window: timedelta, now: datetime) -> bool:
        """Whether each read until `now + window` finds its places beside what is taken and one request more.

        Args:
            ends: When each of the places taken now comes free.
            share: Places that requests other than commands may use.
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
    """How many of the places reads may fill."""
    return max(1, share - _LEFT_BY_READS)


def least_rest(requests: int, *, share: int, window: timedelta) -> timedelta:
    """How far apart reads have to be so that none ever waits for a place and something is left for the rest."""
    most = reads_share(share)
    return window / (most // requests) if requests <= most else window * -(-requests // most)
