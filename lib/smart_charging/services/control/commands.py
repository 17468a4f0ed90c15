"""A start or stop on its way through the apps, and its result."""

from __future__ import annotations

from dataclasses import dataclass

from smart_charging.charger import Charger, ChargerState
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


_CANNOT_CHARGE = {
    ChargerState.FAULTED: "reports a fault; look at the charger",
    ChargerState.OFFLINE: "has lost its connection to {cloud}; look at its network",
    ChargerState.INOPERATIVE: "is out of service in {cloud}",
}


def why_it_cannot_charge(charger: Charger, cloud: str) -> str | None:
    """Why a start is of no use at this charger now, and what to do about it; else None."""
    trouble = _CANNOT_CHARGE.get(charger.state)
    return f"{charger.name} {trouble.format(cloud=cloud)}" if trouble else None
