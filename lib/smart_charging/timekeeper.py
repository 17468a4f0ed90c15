"""The time that all apps go by.

One rule for all of them: what is compared with a cloud's stamps, and what is counted as a length of time,
goes by this clock and never by the host's, which may be wrong, drift or be set while we run.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY
from smart_charging.host_clock import passed_s

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

AGREES = timedelta(seconds=2)
"""Clocks that differ by less agree: a cloud tells whole seconds, in an answer that took a moment."""
CLOSE = timedelta(seconds=5)
"""How far a cloud's stamp may be from our time for the same moment, once the clocks have been compared."""
_MIDDLE = timedelta(seconds=0.5)
"""Of the second that a cloud tells."""
_NOTICED_SLEEP_S = 1.0
"""The machine slept if its two stopwatches differ by this much more than before."""


class Uptime:
    """Seconds since some moment, by a stopwatch that nobody can set: the loop's, and what the machine slept besides."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._slept_s = _slept_s()
        """Kept while it moves by little: its two stopwatches are read one after the other."""

    def __call__(self) -> float:
        """Read it."""
        slept_s = _slept_s()
        if abs(slept_s - self._slept_s) > _NOTICED_SLEEP_S:
            self._slept_s = slept_s
        return passed_s(self._loop.time() + self._slept_s)


def _slept_s() -> float:
    """Since boot; 0 where the system does not tell."""
    since_boot = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if since_boot is None else time.clock_gettime(since_boot) - time.monotonic()


class Timekeeper:
    """A clock that cannot be set: once a cloud has told its time, it goes by that and a stopwatch.

    Where the host's clock agrees with the cloud's, it is used, as it is more exact. A single answer with another
    time changes nothing, except for the first: a machine that has just booted may not know the time at all.

    Args:
        host: The host's clock, used until the first answer.
        uptime_s: The stopwatch.
        cloud: The cloud's name, for the log.
    """

    def __init__(
        self, host: Callable[[], datetime], uptime_s: Callable[[], float], *, cloud: str, log: logging.Logger
    ) -> None:
        self._host = host
        self._uptime_s = uptime_s
        self._cloud = cloud
        self._log = log
        self._zero: datetime | None = None
        """The time at which the stopwatch showed zero; None before the first answer."""
        self._doubted: datetime | None = None
        """The same by the last answer, where that contradicts us."""
        self._is_host_wrong = False

    def __call__(self) -> datetime:
        """The current time, aware and in UTC."""
        return self._host() if self._zero is None else self._zero + self._uptime

    @property
    def may_differ_by(self) -> timedelta:
        """How far a cloud's stamp may be from our time for the same moment."""
        return CLOCKS_MAY_DIFFER_BY if self._zero is None else CLOSE

    def compare(self, theirs: datetime) -> None:
        """Take note of the cloud's time, from an answer that has just come."""
        told, host = theirs + _MIDDLE - self._uptime, self._host() - self._uptime
        if self._zero is None or not _agree(self._zero, told):
            if self._zero and not _agree(host, told) and not _agree(self._doubted, told):
                self._doubted = told
                return
            self._zero = host if _agree(host, told) else told
        self._doubted = None
        self._judge_host(host - told)

    @property
    def _uptime(self) -> timedelta:
        return timedelta(seconds=self._uptime_s())

    def _judge_host(self, ahead: timedelta) -> None:
        """Warn once while the host's clock is wrong."""
        is_wrong = abs(ahead) > CLOCKS_MAY_DIFFER_BY
        if is_wrong and not self._is_host_wrong:
            self._log.warning(
                "The clock of this machine is %s %s %s's, which is used until it is set right (NTP)",
                timedelta(seconds=round(abs(ahead).total_seconds())),
                "ahead of" if ahead > timedelta(0) else "behind",
                self._cloud,
            )
        self._is_host_wrong = is_wrong


def _agree(one: datetime | None, other: datetime) -> bool:
    return one is not None and abs(one - other) <= AGREES


def may_differ_by(clock: Callable[[], datetime]) -> timedelta:
    """How far a cloud's stamp may be from this clock's time for the same moment; far, if they were never compared."""
    return clock.may_differ_by if isinstance(clock, Timekeeper) else CLOCKS_MAY_DIFFER_BY
