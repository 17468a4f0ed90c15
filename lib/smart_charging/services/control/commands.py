"""A start or stop on its way through the apps, and its result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from smart_charging.charger import Charge, Charger
from smart_charging.errors import ChargingError, CommandError, TransportError
from smart_charging.services.control.origins import Origin

REPLACED = "replaced by a newer command"
"""The error of a command that a newer one superseded before its turn."""


@dataclass(slots=True, eq=False)
class Command:
    """A request to start a charge (`on`) or to stop it."""

    on: bool
    origin: Origin
    is_outdated: bool = False
    """Whether the person has resumed the scheduler since: it is carried out, but is no manual override."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """The result of a command, in values that events and services can carry."""

    ok: bool
    charge_point_id: str
    charge_id: str | None = None
    state: str | None = None
    error: str | None = None
    is_unreachable: bool = False
    """The cloud did not answer, or its quota is used up: not the charger's fault, retried once a read works."""

    @classmethod
    def of(cls, charger_id: str, charge: Charge | None) -> Self:
        """A command that was carried out, with this charge."""
        charge_id, state = (charge.id, charge.state) if charge else (None, None)
        return cls(ok=True, charge_point_id=charger_id, charge_id=charge_id, state=state)

    @classmethod
    def failed(cls, charger_id: str, error: ChargingError) -> Self:
        """A command that came to nothing."""
        is_unreachable = isinstance(error, TransportError)
        return cls(ok=False, charge_point_id=charger_id, error=str(error), is_unreachable=is_unreachable)


class WaitingCommands(defaultdict[str, list[Command]]):
    """By charger, in order of arrival, including the one being carried out."""

    def __init__(self) -> None:
        super().__init__(list)

    def newest(self, charger_id: str) -> Command | None:
        """The command that counts: the newest of a person's, else the newest of the scheduler's."""
        waiting = self[charger_id]
        counting = [command for command in waiting if command.origin is Origin.PERSON] or waiting
        return counting[-1] if counting else None

    def is_persons(self, charger_id: str) -> bool:
        """Whether the command that counts is a person's."""
        newest = self.newest(charger_id)
        return newest is not None and newest.origin is Origin.PERSON

    def is_replaced(self, charger_id: str, command: Command) -> bool:
        """Whether a command that counts more contradicts this one."""
        newest = self.newest(charger_id)
        return newest is not None and newest.on is not command.on


def unknown(charger_id: str, chargers: Iterable[Charger]) -> CommandError:
    """The error for a charger that is not in the account, which names those that are."""
    known = ", ".join(f"{charger.id} ({charger.name})" for charger in chargers) or "none at all"
    return CommandError(f"there is no charge point {charger_id} in this account; there is {known}")
