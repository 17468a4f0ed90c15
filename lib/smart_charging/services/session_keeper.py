"""One charger's session, in mind and on disk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from smart_charging.services.memory import Memory, understood
from smart_charging.services.session import Session


class SessionKeeper:
    """Holds the session that runs, also one of before a restart."""

    def __init__(self, charger_id: str, memory: Memory) -> None:
        self._memory = memory
        self._key = f"session_{charger_id}"
        self._is_recalled = False
        self.is_watched = False
        """False until the charger was looked at: the cable may have been out and in again meanwhile."""
        self.session: Session | None = None
        self.last_unplugged_at: datetime | None = None

    async def recall(self) -> Session | None:
        """The session that runs, as far as anybody knows; read from the disk once."""
        if not self._is_recalled:
            facts = await self._memory.recall(self._key)
            if not self._is_recalled:  # two may have asked at once
                self._is_recalled = True
                self.session = understood(facts, Session.from_facts)
                self.last_unplugged_at = understood(facts, _last_unplugged_at)
        return self.session

    async def begin(self, session: Session) -> None:
        """The cable is in."""
        self.session = session
        await self.keep()

    async def keep(self) -> None:
        """Write down what has changed."""
        if self.session:
            await self._memory.remember(self._key, self.session.facts())

    async def end(self, unplugged_at: datetime) -> None:
        """The cable is out."""
        self.session, self.last_unplugged_at = None, unplugged_at
        await self._memory.remember(self._key, {"last_unplugged_at": unplugged_at.isoformat()})


def _last_unplugged_at(facts: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(facts["last_unplugged_at"])
