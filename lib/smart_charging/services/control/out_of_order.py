"""Why a charger cannot charge now."""

from __future__ import annotations

from smart_charging.charger import Charger, ChargerState
from smart_charging.clouds.words import CloudWords

_CANNOT_CHARGE = {
    ChargerState.FAULTED: "reports a fault; look at the charger",
    ChargerState.OFFLINE: "has lost its connection to {cloud}; look at its network",
    ChargerState.INOPERATIVE: "is out of service in {cloud}",
}


def why_it_cannot_charge(charger: Charger, words: CloudWords) -> str | None:
    """Why a start is of no use at this charger now, and what to do about it; None where nothing is in the way."""
    trouble = _CANNOT_CHARGE.get(charger.state)
    return f"{charger.name} {trouble.format(cloud=words.name)}" if trouble else None
