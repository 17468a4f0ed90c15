"""Which word a charger's entity ids are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smart_charging.charger import Charger
from smart_charging.entities.publish import slug

PREFIX = "monta"


class Slugs:
    """Keeps the first word a charger got, whatever its name becomes; no two chargers share one."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._aliases = aliases
        self._given: dict[str, str] = {}

    def recall(self, given: Mapping[str, str]) -> None:
        """Words given before a restart; an alias written down since then wins."""
        self._given = {charger_id: word for charger_id, word in given.items() if charger_id not in self._aliases}

    def meet(self, chargers: Iterable[Charger]) -> bool:
        """Give every charger its word; whether one was new."""
        before = len(self._given)
        for charger in chargers:
            self.of(charger)
        return len(self._given) > before

    @property
    def given(self) -> Mapping[str, str]:
        """Charge point id to word, to be recalled after a restart."""
        return dict(self._given)

    def of(self, charger: Charger) -> str:
        """The alias, else the name as a slug, else the id; a word already taken gets the id behind it."""
        if charger.id not in self._given:
            word = f"{PREFIX}_{self._aliases.get(charger.id) or slug(charger.name) or charger.id}"
            taken = set(self._given.values()) | self._reserved(charger.id)
            self._given[charger.id] = word if word not in taken else f"{word}_{charger.id}"
        return self._given[charger.id]

    def _reserved(self, charger_id: str) -> set[str]:
        """What others may not take: aliases, which are written down, and the account's own entities."""
        aliases = {f"{PREFIX}_{alias}" for other, alias in self._aliases.items() if other != charger_id}
        return aliases | {f"{PREFIX}_wallet", f"{PREFIX}_cloud"}
