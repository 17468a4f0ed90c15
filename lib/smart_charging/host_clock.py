"""The host's clock, and waiting by it: one place to ask, so that the demo's night can pass in fast motion.

What waits for a network or a disk uses asyncio's own timeouts: those take as long whatever the clock does.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class HostClock:
    """This machine's clock, as it is."""

    speed = 1.0
    """How many seconds pass in one."""

    def now(self) -> datetime:
        """The current time."""
        return datetime.now(UTC)


_clock = HostClock()


def replace_host_clock(clock: HostClock) -> None:
    """Have this process go by another clock; to be called before anything has waited."""
    global _clock  # noqa: PLW0603  # a process has one clock, as it has one host
    _clock = clock


def utc_now() -> datetime:
    """The current time by the host's clock, which may be wrong: see `Timekeeper`."""
    return _clock.now()


def passed_s(stopwatch_s: float) -> float:
    """How much time has passed by the host's clock while a stopwatch of this machine went so far."""
    return stopwatch_s * _clock.speed


def wait_s(span_s: float) -> float:
    """How long this machine has to wait until so much time has passed by the host's clock."""
    return span_s / _clock.speed


async def wait(span_s: float) -> None:
    """Wait until so much time has passed by the host's clock."""
    await asyncio.sleep(wait_s(span_s))
