"""A start or stop on its way through the apps, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from smart_charging.services.control.origins import Origin

REPLACED = "replaced by a newer command"
"""The error of a command whose turn came too late."""


@dataclass(slots=True, eq=False)
class Command:
    """A charge is to run, or not to run."""

    on: bool
    origin: Origin
    is_outdated: bool = False
    """Whether the person has wished the scheduler back since: it is carried out, but overrides nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What became of a command, in values that events and services can carry."""

    ok: bool
    charge_point_id: str
    charge_id: str | None = None
    state: str | None = None
    error: str | None = None
    is_unreachable: bool = False
    """The cloud gave no answer, or its quota is used up: no disobedience, and tried again once a read works."""
