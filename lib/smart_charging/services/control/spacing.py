"""Keeps two commands to one charger so far apart that the first one has arrived."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from smart_charging.services.heartbeat import Clock


class Spacing:
    """When each charger was last sent a command."""

    def __init__(self, pause: timedelta, *, clock: Clock, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._pause = pause
        self._clock = clock
        self._sleep = sleep
        self._sent_at: dict[str, datetime] = {}

    def sent(self, charger_id: str) -> None:
        """A command is about to be sent."""
        self._sent_at[charger_id] = self._clock()

    async def wait(self, charger_id: str) -> None:
        """Wait until the last command has arrived."""
        if sent_at := self._sent_at.get(charger_id):
            rest = self._pause - (self._clock() - sent_at)
            if rest > timedelta(0):
                await self._sleep(rest.total_seconds())
