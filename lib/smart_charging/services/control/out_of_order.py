"""Why a charger cannot charge now, or must not be commanded; and whether it charges by its own account."""

from __future__ import annotations

from smart_charging.charger import Charger, ChargerState
from smart_charging.clouds.words import CloudWords
from smart_charging.errors import CommandError

_HELD = (ChargerState.SUSPENDED_EV, ChargerState.SUSPENDED_EVSE)
_CANNOT_CHARGE = {
    ChargerState.FAULTED: "reports a fault; look at the charger",
    ChargerState.OFFLINE: "has lost its connection to {cloud}; look at its network",
    ChargerState.INOPERATIVE: "is out of service in {cloud}",
}


def says_it_may_flow(charger: Charger) -> bool:
    """Whether current flows, or may at any moment, by the charger's state: one that is held has a charge to go on with.

    Some are held after every charge, until their cable is pulled.
    """
    last = charger.last_charge
    return charger.state is ChargerState.CHARGING or (charger.state in _HELD and (last is None or last.state.is_active))


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
