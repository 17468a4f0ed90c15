"""Loops that outlive a bug, and rounds in which one part's bug stops no other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

Clock = Callable[[], datetime]
"""The present, aware and in UTC."""
AFTER_A_BUG = timedelta(minutes=1)


class Heartbeat:
    """Runs `beat` for ever; each beat says how long to rest, `wake` cuts the rest short.

    Beats never overlap. A wake during a beat is not lost: the next one follows at once.
    """

    def __init__(self, beat: Callable[[], Awaitable[timedelta]], log: logging.Logger) -> None:
        self._beat = beat
        self._log = log
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Beat now, or right after the present beat."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()
            rest = await self._survive()
            try:
                async with asyncio.timeout(max(0.0, rest.total_seconds())):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _survive(self) -> timedelta:
        try:
            return await self._beat()
        except Exception:  # noqa: BLE001  # a loop that dies of a bug leaves an empty battery behind
            self._log.exception("This should not happen; please report it. Next try in %s.", AFTER_A_BUG)
            return AFTER_A_BUG


T = TypeVar("T")


class Bulkhead:
    """Between the parts of a round that have nothing to do with each other."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log

    async def survived(self, what: str, work: Awaitable[T]) -> T | None:
        """What came of a part; None when it met a bug, so that the other parts go on."""
        try:
            return await work
        except Exception:  # noqa: BLE001  # one charger's bug must not leave the other cars empty
            self._log.exception("%s: this should not happen; please report it", what)
            return None
