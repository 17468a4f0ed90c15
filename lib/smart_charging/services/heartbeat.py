"""Loops that survive bugs, and isolation between the parts of one iteration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from smart_charging.host_clock import wait_s

Clock = Callable[[], datetime]
"""Returns the current time, aware and in UTC."""
AFTER_A_BUG = timedelta(minutes=1)


class Heartbeat:
    """Runs `beat` for ever; each beat returns how long to wait for the next, `wake` cuts that short.

    Beats never overlap. After a wake during a beat the next beat follows at once.
    """

    def __init__(self, beat: Callable[[], Awaitable[timedelta]], log: logging.Logger) -> None:
        self._beat = beat
        self._log = log
        self._woken = asyncio.Event()
        self._next_wake = asyncio.Event()
        self.beats = self.bugs = 0
        """How often it has beaten, and how often that failed by a bug."""

    def wake(self) -> None:
        """Beat now, or right after the current beat."""
        self._woken.set()
        self._next_wake.set()
        self._next_wake = asyncio.Event()

    def until_woken(self) -> Awaitable[object]:
        """The next wake from this call on, to be waited for."""
        return self._next_wake.wait()

    @property
    def is_woken(self) -> bool:
        """Whether another beat is to follow at once."""
        return self._woken.is_set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._woken.clear()
            rest = await self._survive()
            try:
                async with asyncio.timeout(wait_s(max(0.0, rest.total_seconds()))):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _survive(self) -> timedelta:
        self.beats += 1
        try:
            return await self._beat()
        except Exception:  # noqa: BLE001  # a loop that ends at a bug would leave cars uncharged
            self.bugs += 1
            self._log.exception("This should not happen; please report it. Next try in %s.", AFTER_A_BUG)
            return AFTER_A_BUG


T = TypeVar("T")


class Bulkhead:
    """Keeps a bug in one part of a beat from stopping the others."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log

    async def survived(self, what: str, work: Awaitable[T]) -> T | None:
        """Await one part and return its result; a bug is logged and returns None, so that the others continue."""
        try:
            return await work
        except Exception:  # noqa: BLE001  # a bug at one charger must not affect the others
            self._log_bug(what)
            return None

    def tried(self, what: str, work: Callable[[], T]) -> T | None:
        """The same for a part that does not wait."""
        try:
            return work()
        except Exception:  # noqa: BLE001  # a bug at one charger must not affect the others
            self._log_bug(what)
            return None

    def _log_bug(self, what: str) -> None:
        self._log.exception("%s: this should not happen; please report it", what)
