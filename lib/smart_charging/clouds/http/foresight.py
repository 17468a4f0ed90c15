"""The coming reads of the chargers, and the quota they will need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_LEFT_BY_READS = 2
"""Requests per window left for all but charge points: charges, wallet, tokens, single charges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How much of the quota will be free, as far as it is known now."""

    quota: int
    window: timedelta
    reserve: int
    """Requests per window kept for commands; those sent within a window have used theirs."""
    ends: Sequence[datetime]
    """When each request counted now stops counting; without commands."""
    command_ends: Sequence[datetime]

    def unused_at(self, at: datetime) -> int:
        """Requests that are free then."""
        return self.quota - sum(end > at for end in self.ends) - sum(end > at for end in self.command_ends)

    def free_at(self, at: datetime, *, commands: int = 0) -> int:
        """Requests that are free then for all but commands, of which so many wait."""
        sent = sum(end > at for end in self.command_ends)
        return self.unused_at(at) - max(self.reserve - sent, commands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Regular reads of all charge points."""

    requests: int
    """Per read; one for each page."""
    every: timedelta
    last: datetime

    def leave_room(self, outlook: Outlook, now: datetime) -> bool:
        """Whether quota for each read until a window from now is left if one more request is sent now."""
        at, end, taken = max(now, self.last + self.every), now + outlook.window, 1
        while at < end:
            taken += min(self.requests, reads_share(outlook.quota - outlook.reserve))
            if outlook.free_at(at) < taken:
                return False
            at += self.every
        return True

    def first_after(self, earliest: datetime, outlook: Outlook) -> datetime:
        """When the next read can be sent so that those after it can, too, each `every` later than the one before."""
        moments = sorted(end for end in (*outlook.ends, *outlook.command_ends) if end > earliest)
        return next((at for at in (earliest, *moments) if self._fit(at, outlook)), earliest)

    def _fit(self, first: datetime, outlook: Outlook) -> bool:
        times = enumerate(self._times(first, outlook.window), start=1)
        return all(outlook.free_at(at) >= number * self.requests for number, at in times)

    def _times(self, first: datetime, window: timedelta) -> Iterator[datetime]:
        at = first
        while at < first + window:
            yield at
            at += self.every


def reads_share(share: int) -> int:
    """How many of these requests reads of the chargers may use."""
    return max(1, share - _LEFT_BY_READS)


def least_rest(requests: int, *, share: int, window: timedelta) -> timedelta:
    """The shortest interval at which no read ever waits for quota and other requests still get some."""
    most = reads_share(share)
    return window / (most // requests) if requests <= most else window * -(-requests // most)
