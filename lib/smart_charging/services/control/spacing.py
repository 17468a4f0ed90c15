"""Keeps two commands to one charger so far apart that the first one has arrived."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from smart_charging.services.heartbeat import Clock

STOPPED_LOOKS_S = (2, 3, 5, 5, 10, 15, 20, 30, 30, 30)
"""How long a start waits between looks at a charge that is stopping; together less than a stop has to be obeyed."""


class Spacing:
    """When each charger was last sent a command."""

    def __init__(self, pause: timedelta, *, clock: Clock, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._pause = pause
        self._clock = clock
        self.sleep = sleep
        self._sent_at: dict[str, datetime] = {}

    def sent(self, charger_id: str) -> None:
        """A command is about to be sent."""
        self._sent_at[charger_id] = self._clock()

    async def wait(self, charger_id: str) -> None:
        """Wait until the last command has arrived."""
        if sent_at := self._sent_at.get(charger_id):
            rest = min(self._pause, self._pause - (self._clock() - sent_at))  # the clock may have been set back
            if rest > timedelta(0):
                await self.sleep(rest.total_seconds())
