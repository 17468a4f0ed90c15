"""What the entities of an account and of its chargers are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smart_charging.charger import Charger
from smart_charging.clouds.words import CloudWords
from smart_charging.entities.publish import Device, slug


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNames:
    """Tells the names of one account from those of every other, of this cloud or another."""

    words: CloudWords
    account: str | None = None
    """The user's word for it; None for the only account of its cloud."""

    prefix: str = field(init=False)
    """What entity ids begin with, after the domain."""
    suffix: str = field(init=False)
    """What is put behind ids and keys that have to differ between accounts; often nothing."""
    device: Device = field(init=False)
    """The account itself."""

    def __post_init__(self) -> None:
        words, account = self.words, self.account
        parts = [None if words.has_plain_names else words.prefix, account]
        object.__setattr__(self, "prefix", f"{words.prefix}_{account}" if account else words.prefix)
        object.__setattr__(self, "suffix", "".join(f"_{part}" for part in parts if part))
        device = Device(
            id=f"account{self.suffix}",
            slug=self.prefix,
            name=f"{words.name} {account}" if account else words.name,
            model="Account",
            manufacturer=words.manufacturer,
        )
        object.__setattr__(self, "device", device)

    def device_id(self, charger_id: str) -> str:
        """The charger among the chargers of all accounts, in letters that topics and file names may hold."""
        return re.sub(r"[^\w-]", "_", charger_id, flags=re.ASCII) + self.suffix


class Slugs:
    """Keeps the first word a charger got, whatever its name becomes; no two chargers share one.

    Args:
        aliases: Charge point id to the word a person chose.
        prefix: What every word begins with.
    """

    def __init__(self, aliases: Mapping[str, str], prefix: str) -> None:
        self._aliases = aliases
        self._prefix = prefix
        self._given: dict[str, str] = {}
        written: dict[str, str | None] = {f"{prefix}_{alias}": charger_id for charger_id, alias in aliases.items()}
        self._owner = written | {f"{prefix}_wallet": None, f"{prefix}_cloud": None}
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
            own_id = slug(charger.id) or charger.id
            word = f"{self._prefix}_{self._aliases.get(charger.id) or slug(charger.name) or own_id}"
            owner = self._owner.setdefault(word, charger.id)
            self._given[charger.id] = word if owner == charger.id else f"{word}_{own_id}"
        return self._given[charger.id]
