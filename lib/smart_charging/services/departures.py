"""Chargers that have left the account, told apart from those a bad answer forgot for a moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from smart_charging.services.memory import Memory

DEPARTED = "departed"


class Departures:
    """Remembers over a restart since when a charger has been missing."""

    def __init__(self, memory: Memory, patience: timedelta) -> None:
        self._memory = memory
        self._patience = patience
        self._handled: set[str] = set()

    async def due(self, known: Collection[str], found: Collection[str], now: datetime) -> list[str]:
        """Those missing for long enough, each once per start: a broker may have been away the last time."""
        before = await self._memory.recall(DEPARTED)
        missing = {
            charger_id: before.get(charger_id, now.isoformat()) for charger_id in known if charger_id not in found
        }
        if missing != before:
            await self._memory.remember(DEPARTED, missing)
        self._handled &= missing.keys()
        due = [key for key, since in missing.items() if now - datetime.fromisoformat(since) >= self._patience]
        new = [charger_id for charger_id in due if charger_id not in self._handled]
        self._handled.update(new)
        return new
