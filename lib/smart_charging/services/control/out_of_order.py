"""Why a charger cannot charge now, or must not be commanded."""

from __future__ import annotations

from smart_charging.charger import Charger, ChargerState
from smart_charging.clouds.words import CloudWords
from smart_charging.errors import CommandError

MAY_FLOW = (ChargerState.CHARGING, ChargerState.SUSPENDED_EV, ChargerState.SUSPENDED_EVSE)
"""In these states current flows, or may at any moment."""
_CANNOT_CHARGE = {
    ChargerState.FAULTED: "reports a fault; look at the charger",
    ChargerState.OFFLINE: "has lost its connection to {cloud}; look at its network",
    ChargerState.INOPERATIVE: "is out of service in {cloud}",
}


def why_it_cannot_charge(charger: Charger, words: CloudWords) -> str | None:
    """Why a start is of no use at this charger now, and what to do about it; None where nothing is in the way."""
    trouble = _CANNOT_CHARGE.get(charger.state) if charger.may_be_commanded else "may only be read with this login"
    return f"{charger.name} {trouble.format(cloud=words.name)}" if trouble else None


def commandable(charger: Charger) -> Charger:
    """The charger itself.

    Raises:
        CommandError: The login may only read it.
    """
    if not charger.may_be_commanded:
        raise CommandError(f"{charger.name} may only be read with this login; its owner can allow more")
    return charger
