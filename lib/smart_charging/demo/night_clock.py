"""The night's own time, which goes by faster than ours; the demo and its AppDaemon share it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from smart_charging.host_clock import HostClock

_LEAST_PATIENCE_S = 10.0


@dataclass(frozen=True, kw_only=True)
class NightClock(HostClock):
    """A straight line from this machine's stopwatch to the night's time."""

    shows: datetime
    """The time, in UTC, at which the stopwatch stood at `stopwatch_s`."""
    stopwatch_s: float
    """By `time.monotonic`, which all processes of a machine share."""
    speed: float = 1.0

    @classmethod
    def reaching(cls, moment: datetime, *, in_s: float, speed: float) -> Self:
        """A clock that will show this moment in so many of our seconds."""
        return cls(shows=moment, stopwatch_s=time.monotonic() + in_s, speed=speed)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The opposite of `text`."""
        shows, stopwatch_s, speed = text.split()
        return cls(shows=datetime.fromisoformat(shows), stopwatch_s=float(stopwatch_s), speed=float(speed))

    @property
    def text(self) -> str:
        """What another process needs to show the same time."""
        return f"{self.shows.isoformat()} {self.stopwatch_s!r} {self.speed!r}"

    def now(self) -> datetime:
        """The time in the night."""
        return self.shows + timedelta(seconds=(time.monotonic() - self.stopwatch_s) * self.speed)

    def patience_s(self, span: timedelta) -> float:
        """How many of our seconds to wait for what takes so much of the night; a slow machine needs some anyway."""
        return max(_LEAST_PATIENCE_S, span.total_seconds() / self.speed)
