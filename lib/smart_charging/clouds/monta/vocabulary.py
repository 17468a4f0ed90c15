"""The words of OCPP 1.6 and 2.0.1 and of chargers, with or without a prefix, in Monta's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PREFIXES = (
    *("ocpp", "chargepointstatus", "chargepointstate", "chargepoint", "chargingstation", "chargebox"),
    *("connectorstatus", "connector", "evsestatus", "statusnotification", "chargestate", "transaction"),
)
"""What names the source of a word rather than a state, in front of it."""

POINT_WORDS: Mapping[str, str] = {
    "preparing": "busy-non-charging",
    "evconnected": "busy-non-charging",
    "occupied": "busy",
    "charging": "busy-charging",
    "suspendedev": "busy-charging",
    "suspendedevse": "busy-blocked",
    "finishing": "busy-non-released",
    "reserved": "busy-reserved",
    "idle": "available",
    "free": "available",
    "faulted": "error",
    "fault": "error",
    "offline": "disconnected",
    "unreachable": "disconnected",
    "unavailable": "maintenance",
    "inoperative": "maintenance",
    "outofservice": "maintenance",
}
"""Of a charge point."""

CHARGE_WORDS: Mapping[str, str] = {
    "created": "starting",
    "pending": "starting",
    "preparing": "starting",
    "authorized": "starting",
    "begin": "starting",
    "started": "charging",
    "active": "charging",
    "running": "charging",
    "inprogress": "charging",
    "ongoing": "charging",
    "suspended": "paused",
    "suspendedev": "paused",
    "suspendedevse": "paused",
    "idle": "paused",
    "finishing": "releasing",  # OCPP 1.6: over, and the connector is not free yet
    "ending": "stopping",
    "ended": "stopped",
    "finished": "stopped",
    "failed": "stopped",
    "cancelled": "stopped",
    "canceled": "stopped",
    "expired": "stopped",
    "timeout": "stopped",
    "rejected": "stopped",
    "settled": "completed",
    "closed": "completed",
}
"""Of a charge."""


def in_montas_words(word: object, own: Iterable[str], others: Mapping[str, str]) -> str | None:
    """Monta's own spelling of a state; None for one that nobody knows."""
    bare = _bare(word)
    if bare is None:
        return None
    return {letters: one for one in own if (letters := _bare(one))}.get(bare) or others.get(bare)


def _bare(word: object) -> str | None:
    """Letters in lower case, without prefixes: `ChargePointSuspendedEV` and `SUSPENDED_EV` are equal."""
    letters = "".join(filter(str.isalpha, word)).lower() if isinstance(word, str) else ""
    while prefix := next((one for one in _PREFIXES if letters.startswith(one) and letters != one), None):
        letters = letters.removeprefix(prefix)
    return letters or None
