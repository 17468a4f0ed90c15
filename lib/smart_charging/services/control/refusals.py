"""Why a charger cannot be commanded, or would not charge."""

from __future__ import annotations

from smart_charging.charger import Charger, ChargerState
from smart_charging.errors import CommandError

_CANNOT_CHARGE = {
    ChargerState.FAULTED: "reports a fault; look at the charger",
    ChargerState.OFFLINE: "has lost its connection to {cloud}; look at its network",
    ChargerState.INOPERATIVE: "is out of service in {cloud}",
}


def refuse_reading_only(charger: Charger) -> None:
    """Refuse to command a charger that the login may only read.

    Raises:
        CommandError: It may.
    """
    if not charger.may_be_commanded:
        raise CommandError(f"{charger.name} may only be read with this login; its owner can allow more")


def cannot_charge(charger: Charger) -> str | None:
    """Why a start is of no use now, to be read after the charger's name; `{cloud}` stands for its cloud."""
    return _CANNOT_CHARGE.get(charger.state) if charger.may_be_commanded else "may only be read with this login"
