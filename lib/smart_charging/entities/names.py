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
        written: dict[str, str | None] = {f"{PREFIX}_{alias}": charger_id for charger_id, alias in aliases.items()}
        self._owner = written | {f"{PREFIX}_wallet": None, f"{PREFIX}_cloud": None}
        """Whose a word is; None for the account's own entities."""

    def recall(self, given: Mapping[str, str]) -> None:
        """Words given before a restart; an alias written down since then wins."""
        self._given = {charger_id: word for charger_id, word in given.items() if charger_id not in self._aliases}
        self._owner |= {word: charger_id for charger_id, word in self._given.items()}

    def assign(self, chargers: Iterable[Charger]) -> bool:
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
            owner = self._owner.setdefault(word, charger.id)
            self._given[charger.id] = word if owner == charger.id else f"{word}_{charger.id}"
        return self._given[charger.id]
