"""The accounts whose chargers can be commanded, and which charger somebody means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from smart_charging.charger import Charger
from smart_charging.entities.command import EVERY
from smart_charging.entities.tables import entity_ids
from smart_charging.errors import CloudError, CommandError
from smart_charging.services.control.charge_limits import ChargeLimits
from smart_charging.services.control.control import Control
from smart_charging.services.watching.hub import Hub

MISSING = (
    f"charge_point_id is missing; write a charger's id, its name, one of its entity ids, a list of these, or {EVERY}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandedAccount:
    """One account: who reads its chargers, who commands them, who keeps their limits."""

    monitor: str
    """The name in apps.yaml of the app that reads it."""
    hub: Hub
    control: Control
    limits: ChargeLimits
    schedulers: dict[str, str] = field(default_factory=dict, compare=False)
    """By charger, the name of the one app that plans for it."""


class Target(NamedTuple):
    """A charger, and the account it belongs to."""

    account: CommandedAccount
    charger: Charger

    @property
    def key(self) -> str:
        """The charger among those of all accounts."""
        return self.account.hub.names.device_id(self.charger.id)


class Accounts:
    """Finds the one charger that is meant, or says why there is none."""

    def __init__(self, accounts: Sequence[CommandedAccount]) -> None:
        self._accounts = accounts
        self._unread: CloudError | None = None

    def __iter__(self) -> Iterator[CommandedAccount]:
        return iter(self._accounts)

    @property
    def targets(self) -> Sequence[Target]:
        """All chargers there are."""
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

    def find(self, text: str, monitor: object = None) -> Target:
        """The one charger meant by an id, a name or an entity id of ours.

        Args:
            monitor: The name of the monitor whose charger is meant, where several know one of that id.

        Raises:
            CommandError: None is, or several are; the message names those there are.
        """
        there = [target for target in self.targets if monitor in {None, target.account.monitor}]
        found = [target for target in there if target.charger.id == text]
        found = found or [target for target in there if _is_called(target, text)]
        if len(found) == 1:
            return found[0]
        if found:
            raise CommandError(self._ambiguous(text, found))
        known = ", ".join(f"{target.charger.id} ({target.charger.name})" for target in there) or "none at all"
        silent = f"; another account could not be read: {self._unread}" if self._unread else ""
        raise CommandError(f"there is no charge point {text} in this account; there is {known}{silent}")

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
    """What was written as `charge_point_id`, one text for each charger it may mean.

    Raises:
        CommandError: Nothing was written, or nothing that can mean a charger.
    """
    items = written if isinstance(written, list | tuple) else [written]
    if not items or not all(_may_mean_a_charger(item) for item in items):
        raise CommandError(MISSING)
    return [_text(item) for item in items]


def _is_called(target: Target, text: str) -> bool:
    is_named = text.casefold() == target.charger.name.strip().casefold()
    return is_named or text in entity_ids(target.account.hub.polling.slug(target.charger))


def _may_mean_a_charger(item: object) -> bool:
    return isinstance(item, str | int | float) and not isinstance(item, bool) and bool(_text(item))


def _text(value: object) -> str:
    """Home Assistant's number selector sends 410002.0 for 410002."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
