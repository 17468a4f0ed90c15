"""A start or stop on its way through the apps, and its result."""

from __future__ import annotations

from dataclasses import dataclass

from smart_charging.charger import Charger
from smart_charging.errors import CommandError
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


def refuse_reading_only(charger: Charger) -> None:
    """Refuse to command a charger that the login may only read.

    Raises:
        CommandError: It may.
    """
    if not charger.may_be_commanded:
        raise CommandError(f"{charger.name} may only be read with this login; its owner can allow more")
