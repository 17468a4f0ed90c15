"""Names and slugs for the devices and entities of an account and its chargers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from smart_charging.charger import Charger
from smart_charging.clouds.words import CloudWords
from smart_charging.entities.publish import Device, slug

_MOST_LISTED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNames:
    """Keeps the ids of one account apart from those of any other account."""

    words: CloudWords
    account: str | None = None
    """The monitor's argument `account`; None for the only account of its cloud."""

    prefix: str = field(init=False)
    """Entity ids begin with it, after the domain."""
    suffix: str = field(init=False)
    """Appended to device ids and store keys that have to differ between accounts; often empty."""
    device: Device = field(init=False)
    """The account's own device."""

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
            portal=words.portal,
        )
        object.__setattr__(self, "device", device)

    def device_id(self, charger_id: str) -> str:
        """A device id that is unique over all accounts and safe in topics and file names."""
        return re.sub(r"[^\w-]", "_", charger_id, flags=re.ASCII) + self.suffix


class Slugs:
    """Gives each charger a unique slug and keeps it, even when the charger is renamed.

    Args:
        aliases: Charge point id to the slug a person chose.
        prefix: Every slug begins with it.
    """

    def __init__(self, aliases: Mapping[str, str], prefix: str) -> None:
        self._aliases = aliases
        self._prefix = prefix
        self._given: dict[str, str] = {}
        written: dict[str, str | None] = {f"{prefix}_{alias}": charger_id for charger_id, alias in aliases.items()}
        self._owner = written | {f"{prefix}_wallet": None, f"{prefix}_cloud": None}
        """Slug to charge point id; None for the account's own entities."""

    def recall(self, given: Mapping[str, str]) -> None:
        """Restore the slugs given before a restart; an alias configured since then wins."""
        self._given = {charger_id: name for charger_id, name in given.items() if charger_id not in self._aliases}
        self._owner |= {name: charger_id for charger_id, name in self._given.items()}

    def assign(self, chargers: Iterable[Charger]) -> bool:
        """Give every charger its slug; returns whether one was new."""
        before = len(self._given)
        for charger in chargers:
            self.of(charger)
        return len(self._given) > before

    @property
    def given(self) -> Mapping[str, str]:
        """Charge point id to slug, to be recalled after a restart."""
        return dict(self._given)

    @property
    def odd_aliases(self) -> Sequence[str]:
        """A sentence for each alias that is of no charger that was ever read, or of no use because it is taken."""
        known = ", ".join(list(self._given)[:_MOST_LISTED])
        return [
            f"aliases: there is no charge point {charger_id} to be called {alias}; the account has {known}"
            if charger_id not in self._given
            else f"aliases: {alias} is taken, so the entities of charge point {charger_id} are called "
            f"{self._given[charger_id]}; write another word for it"
            for charger_id, alias in self._aliases.items()
            if self._given.get(charger_id) != f"{self._prefix}_{alias}"
        ]

    def of(self, charger: Charger) -> str:
        """The alias, else a slug of the name, else the id; the id is appended to a slug that is taken."""
        if charger.id not in self._given:
            own_id = slug(charger.id) or charger.id
            wanted = f"{self._prefix}_{self._aliases.get(charger.id) or slug(charger.name) or own_id}"
            owner = self._owner.setdefault(wanted, charger.id)
            self._given[charger.id] = wanted if owner == charger.id else f"{wanted}_{own_id}"
        return self._given[charger.id]


def title_of(name: str, wanted: str, prefix: str) -> str:
    """A title of which Home Assistant makes the wanted slug.

    With the name itself where Home Assistant makes the same slug of it as we do, else made from the slug.
    """
    title = f"{prefix.replace('_', ' ').capitalize()} {name}"
    is_plain = all(slug(letter) if letter.isalnum() else letter in " -" for letter in name)
    return title if is_plain and slug(title) == wanted else wanted.replace("_", " ").capitalize()
