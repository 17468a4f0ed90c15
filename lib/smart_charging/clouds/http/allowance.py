"""How many requests per window are ours: what the cloud says, and what its refusals teach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

RISES_EVERY = timedelta(minutes=5)
"""After a lower quota was learned, one request more is tried so often."""
RISES_AT_LEAST_EVERY = timedelta(minutes=40)
"""The same once trying has been refused again and again."""


@dataclass(frozen=True, slots=True)
class _Ceiling:
    """A limit that was learned; it rises until it is learned again, as its reason may have gone."""

    quota: int
    since: datetime
    rises_every: timedelta

    def at(self, now: datetime) -> int:
        return self.quota + (now - self.since) // self.rises_every


class Allowance:
    """The quota of one login.

    Args:
        usual: The quota as documented; more is believed when the cloud says so, less until it no longer does.
    """

    def __init__(self, usual: int) -> None:
        self._usual = self._most = usual
        self._told: _Ceiling | None = None
        self._refused: _Ceiling | None = None

    def at(self, now: datetime) -> int:
        """Requests per window now."""
        ceilings = [one.at(now) for one in (self._told, self._refused) if one and one.since <= now]
        return min([self._most, *ceilings])

    def tell(self, quota: int, now: datetime) -> None:
        """The cloud has said how many it allows."""
        self._most = max(quota, self._usual)
        self._told = _Ceiling(quota, now, RISES_EVERY) if quota < self._usual else None

    def refused(self, sent: int, now: datetime) -> None:
        """The cloud has refused although we sent only so many within a window: others use the same quota.

        At least half of the quota stays ours: what others use may have been used once only.
        """
        allowed = self.at(now)
        if sent > allowed:
            return
        before = self._refused if self._refused and self._refused.at(now) < self._most else None
        rises_every = min(2 * before.rises_every, RISES_AT_LEAST_EVERY) if before else RISES_EVERY
        self._refused = _Ceiling(max(sent - 1, (self._most + 1) // 2), now, rises_every)
