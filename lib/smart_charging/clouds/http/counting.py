"""What counts against the quota: our own requests, what the cloud says of others', and the pause after a 429."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(slots=True, eq=False)
class CountedRequest:
    """One counted request. Has a beginning too, so that setting the clock back frees it."""

    since: datetime
    until: datetime
    is_command: bool = False
    under_way: bool = True

    def is_taken(self, now: datetime) -> bool:
        """Whether it still counts."""
        return self.under_way or self.since <= now < self.until

    def move(self, by: timedelta) -> None:
        """Go on counting by a clock that was set."""
        self.since += by
        self.until += by


@dataclass(slots=True, kw_only=True)
class Told:
    """What the cloud last said is left."""

    left: int
    """Less what was sent since."""
    others: int
    """Requests of other programs with the same credentials."""
    at: datetime
    resets_at: datetime
    others_until: datetime

    def moved(self, by: timedelta) -> Told:
        """The same by a clock that was set."""
        return replace(self, at=self.at + by, resets_at=self.resets_at + by, others_until=self.others_until + by)

    def not_ours(self, ours: int, quota: int, now: datetime) -> list[datetime]:
        """When each place that is taken beside our own will be free."""
        if now < self.at:  # the clock was set back
            return []
        missing = quota - self.left - ours if now < self.resets_at else 0
        others = self.others if now < self.others_until else 0
        taken, until = max((missing, self.resets_at), (others, self.others_until))
        return [until] * min(max(0, taken), quota)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The time after a 429."""

    since: datetime
    window_turns: datetime
    until: datetime
    careful_until: datetime
    """Until then requests are spread out: where windows slide, places come free one by one."""

    def is_on(self, now: datetime) -> bool:
        """Whether polls have to wait."""
        return self.since <= now < self.until

    def asks_for_care(self, now: datetime) -> bool:
        """Whether it is on or ended less than a window ago."""
        return self.since <= now < self.careful_until

    def moved(self, by: timedelta) -> Pause:
        """The same by a clock that was set."""
        return Pause(
            since=self.since + by,
            window_turns=self.window_turns + by,
            until=self.until + by,
            careful_until=self.careful_until + by,
        )
