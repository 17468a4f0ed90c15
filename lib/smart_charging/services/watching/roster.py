"""Chargers that are missing from the account, and warnings about unexpected answers."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from smart_charging.charger import Charger, ChargerState
from smart_charging.entities.names import Slugs
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import moment

DEPARTED = "departed"


class MissingChargers:
    """Remembers across restarts since when each charger has been missing."""

    def __init__(self, store: Store, patience: timedelta) -> None:
        self._store = store
        self._patience = patience
        self._handled: set[str] = set()

    async def due(self, known: Collection[str], found: Collection[str], now: datetime) -> list[str]:
        """The chargers missing for long enough; each once per start, as a broker may have been away the last time."""
        before = await self._store.recall(DEPARTED)
        missing = {key: self._since(before, key) or now for key in known if key not in found}
        facts = {charger_id: since.isoformat() for charger_id, since in missing.items()}
        if facts != before:
            await self._store.remember(DEPARTED, facts)
        self._handled &= missing.keys()
        due = [key for key, since in missing.items() if now - since >= self._patience]
        new = [charger_id for charger_id in due if charger_id not in self._handled]
        self._handled.update(new)
        return new

    def _since(self, before: Mapping[str, Any], charger_id: str) -> datetime | None:
        return (
            recalled_part(self._store, DEPARTED, before[charger_id], moment, charger_id)
            if charger_id in before
            else None
        )


NO_CHARGERS = (
    "The account has no charge points for these credentials; a member of somebody else's team may not be given any"
)


class Oddities:
    """Logs each unexpected answer once, and again only if it comes back; and aliases that do not fit the answers."""

    def __init__(self, slugs: Slugs, log: logging.Logger) -> None:
        self._slugs = slugs
        self._log = log
        self._logged: frozenset[str] = frozenset()

    def report(self, chargers: Collection[Charger]) -> None:
        """Log what is unexpected now and was not the last time."""
        odd = [_unknown_state(c) for c in chargers if c.state is ChargerState.UNKNOWN] or (
            [] if chargers else [NO_CHARGERS]
        )
        odd += self._slugs.odd_aliases if chargers else []
        for sentence in odd:
            if sentence not in self._logged:
                self._log.warning("%s", sentence)
        self._logged = frozenset(odd)


def _unknown_state(charger: Charger) -> str:
    reported = "reports no state" if charger.cloud_state is None else f"reports the state {charger.cloud_state!r}"
    return f"Charge point {charger.id} {reported}, which is shown as unknown"
