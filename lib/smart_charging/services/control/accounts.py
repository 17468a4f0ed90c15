"""The accounts whose chargers can be commanded, and the lookup of a charger by id, name or entity id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from smart_charging.charger import Charger
from smart_charging.entities.command import EVERY
from smart_charging.entities.tables import entity_ids
from smart_charging.errors import CloudError, CommandError
from smart_charging.printable import printable
from smart_charging.services.control.abilities import Abilities
from smart_charging.services.control.charge_limits import ChargeLimits
from smart_charging.services.control.control import Control
from smart_charging.services.control.currents import Currents
from smart_charging.services.watching.hub import Hub

_LONGEST_NAME = 60
MISSING = (
    f"charge_point_id is missing; write a charger's id, its name, one of its entity ids, a list of these, or {EVERY}"
)


MOST_WRITTEN, LONGEST_WRITTEN = 200, 200
"""Chargers named in one command, and characters of each; more is refused before anything is looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandedAccount:
    """One account with its polling, its control and its charge limits."""

    monitor: str
    """The monitor app's name in apps.yaml."""
    hub: Hub
    control: Control
    limits: ChargeLimits
    currents: Currents
    abilities: Abilities
    schedulers: dict[str, str] = field(default_factory=dict, compare=False)
    """By charger id, the name of the one scheduler app that plans for it."""


class Target(NamedTuple):
    """A charger, and the account it belongs to."""

    account: CommandedAccount
    charger: Charger

    @property
    def key(self) -> str:
        """Unique among the chargers of all accounts."""
        return self.account.hub.names.device_id(self.charger.id)


class Accounts:
    """Looks up one charger, or says why there is none."""

    def __init__(self, accounts: Sequence[CommandedAccount]) -> None:
        self._accounts = accounts
        self._unread: CloudError | None = None

    def __iter__(self) -> Iterator[CommandedAccount]:
        return iter(self._accounts)

    @property
    def targets(self) -> Sequence[Target]:
        """The chargers of all accounts."""
        return [
            Target(account, charger) for account in self._accounts for charger in account.hub.polling.chargers.values()
        ]

    async def know_the_chargers(self) -> None:
        """Read the accounts that have not been read yet.

        Raises:
            CloudError: None of them answers.
            CommandError: There is no charger at all.
        """
        self._unread = None
        for account in self._accounts:
            if not account.hub.polling.chargers:
                self._unread = await account.hub.polling.refresh() or self._unread
        if self.targets:
            return
        raise self._unread or CommandError("this account has no chargers")

    def find(self, text: str, monitor: object = None, *, connector: object = None) -> Target:
        """The one charger with this id, name or entity id.

        Args:
            monitor: The name of the charger's monitor, needed where several monitors know a charger with that id.
            connector: Its number, where `text` may be a charge point's id and every connector is a charger.

        Raises:
            CommandError: There is none, or more than one; the message lists the candidates.
        """
        there = [target for target in self.targets if monitor in (None, target.account.monitor)]
        numbered = text if connector is None else f"{text}:{_text(connector)}"
        found = [target for target in there if target.charger.id == numbered]
        found = found or [target for target in there if target.charger.id == text and connector in (None, 1, "1")]
        found = found or [target for target in there if _is_called(target, text)]
        if len(found) == 1:
            return found[0]
        if found:
            raise CommandError(self._ambiguous(text, found))
        known = ", ".join(f"{target.charger.id} ({target.charger.name})" for target in there) or "none at all"
        silent = f"; another account could not be read: {self._unread}" if self._unread else ""
        named = printable(text, most=_LONGEST_NAME)
        raise CommandError(f"there is no charge point {named} in this account; there is {known}{silent}")

    def behind_switch(self, entity_id: str) -> Target | None:
        """The charger whose switch has this entity id."""
        named = (t for t in self.targets if f"switch.{t.account.hub.polling.slug(t.charger)}_charging" == entity_id)
        return next(named, None)

    def behind_device(self, account: CommandedAccount, device_id: str) -> Target | None:
        """The charger of an account whose entities belong to a device."""
        return next((one for one in self.targets if one.account is account and one.key == device_id), None)

    def _ambiguous(self, text: str, found: Sequence[Target]) -> str:
        ids = {target.charger.id for target in found}
        if len(ids) == len(found):
            return f"{len(found)} chargers are called {text}; write one's id: {', '.join(t.charger.id for t in found)}"
        names = ", ".join(target.account.monitor for target in found)
        return f"{len(found)} monitors know a charge point {text}; write monitor: with one of {names} beside it"


def written_ones(written: object) -> Sequence[str]:
    """The value of `charge_point_id` as texts, one per charger.

    Raises:
        CommandError: It is empty or has more items than anybody has chargers, or an item is neither text nor number.
    """
    items = written if isinstance(written, list | tuple) else [written]
    if len(items) > MOST_WRITTEN:
        raise CommandError(f"charge_point_id has {len(items)} items; name at most {MOST_WRITTEN}, or all")
    if not items or not all(_may_mean_a_charger(item) for item in items):
        raise CommandError(MISSING)
    return [_text(item) for item in items]


def _is_called(target: Target, text: str) -> bool:
    hub = target.account.hub
    is_named = text.casefold() == target.charger.name.strip().casefold()
    return is_named or text in entity_ids(hub.polling.slug(target.charger), hub.tables.charger_keys)


def _may_mean_a_charger(item: object) -> bool:
    if not isinstance(item, str | int | float) or isinstance(item, bool):
        return False
    is_short = len(item) <= LONGEST_WRITTEN if isinstance(item, str) else abs(item) < 10**LONGEST_WRITTEN
    return is_short and bool(_text(item))


def _text(value: object) -> str:
    """Home Assistant's number selector sends 410002.0 for 410002."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
