"""Finds the chargers that apps.yaml names by id or by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.errors import ConfigError
from smart_charging.services.control.accounts import Accounts, CommandedAccount


def named_in(arguments: Mapping[str, Any]) -> Sequence[str]:
    """The ids and names under `chargers` in the arguments of another app, which may be wrong."""
    chargers = arguments.get("chargers")
    items = [one for one in chargers if isinstance(one, Mapping)] if isinstance(chargers, list) else []
    return [str(one["charge_point_id"]) for one in items if "charge_point_id" in one]


class Place(NamedTuple):
    """A charger's account and its id there."""

    account: CommandedAccount
    charger_id: str


def place_of(schedule: ChargerSchedule, accounts: Sequence[CommandedAccount]) -> Place | None:
    """The charger that is meant; None until the accounts have told what they have.

    An id counts before a name. Ids known from before a restart are good before the first answer; an account that
    does not answer holds up no charger of another.

    Raises:
        ConfigError: There is none, or more than one; the message names those there are.
    """
    written = schedule.charge_point_id
    candidates = [account for account in accounts if schedule.monitor in {None, account.monitor}]
    are_asked = all(account.hub.polling.was_asked for account in candidates)
    owners = [account for account in candidates if written in account.hub.polling.known_ids]
    if len(owners) == 1 and (are_asked or len(candidates) == 1):
        return Place(owners[0], written)
    if not are_asked:
        return None
    if owners:
        names = ", ".join(account.monitor for account in owners)
        raise ConfigError(
            f"Charge point {written} is not scheduled: two monitors know one; write monitor: with one of {names}"
        )
    return _called(written, candidates)


def _called(written: str, accounts: Sequence[CommandedAccount]) -> Place | None:
    there = Accounts(accounts).targets
    found = [target for target in there if target.charger.name.strip().casefold() == written.casefold()]
    if len(found) == 1:
        return Place(found[0].account, found[0].charger.id)
    if found:
        ids = ", ".join(target.charger.id for target in found)
        raise ConfigError(
            f"{written} is not scheduled: {len(found)} chargers are called that; write one's id as charge_point_id, "
            f"of {ids}"
        )
    if not there or not all(account.hub.polling.has_worked for account in accounts):
        return None  # of an empty account the monitor tells
    known = ", ".join(f"{target.charger.id} ({target.charger.name})" for target in there)
    raise ConfigError(f"There is no charge point {written} to schedule; the account has {known}")
