"""Which word a charger's entity ids are made of."""

from __future__ import annotations

from collections.abc import Mapping

from smart_charging.charger import Charger
from smart_charging.entities.publish import slug


class Slugs:
    """Keeps the first word a charger got, whatever its name becomes; no two chargers share one."""

    def __init__(self, aliases: Mapping[str, str], prefix: str = "monta") -> None:
        self._aliases = aliases
        self._prefix = prefix
        self._given: dict[str, str] = {}

    def of(self, charger: Charger) -> str:
        """The alias, else the name as a slug, else the id; a word already taken gets the id behind it."""
        if charger.id not in self._given:
            word = f"{self._prefix}_{self._aliases.get(charger.id) or slug(charger.name) or charger.id}"
            taken = set(self._given.values()) | self._reserved(charger.id)
            self._given[charger.id] = word if word not in taken else f"{word}_{charger.id}"
        return self._given[charger.id]

    def _reserved(self, charger_id: str) -> set[str]:
        """Aliases of the others: what a user wrote down is never taken by a name."""
        return {f"{self._prefix}_{alias}" for other, alias in self._aliases.items() if other != charger_id}
