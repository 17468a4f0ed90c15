"""What a status means, which Charge Amps sends as a name or as a number.

Three tables of numbers contradict each other, so a number counts only with the API and the protocol it came by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smart_charging.charger import ChargerState

_STATES: Mapping[str, ChargerState] = {
    "available": ChargerState.AVAILABLE,
    "preparing": ChargerState.PREPARING,
    "charging": ChargerState.CHARGING,
    "suspendedev": ChargerState.SUSPENDED_EV,
    "suspendedevse": ChargerState.SUSPENDED_EVSE,
    "finishing": ChargerState.FINISHING,
    "reserved": ChargerState.RESERVED,
    "unavailable": ChargerState.INOPERATIVE,
    "faulted": ChargerState.FAULTED,
    "connected": ChargerState.PREPARING,
    "error": ChargerState.FAULTED,
}
"""By OCPP's names; `connected` and `error` are those of Charge Amps' own protocol, CAPI."""

OCPP_CODES: Sequence[ChargerState] = (
    ChargerState.AVAILABLE,
    ChargerState.PREPARING,
    ChargerState.CHARGING,
    ChargerState.SUSPENDED_EVSE,
    ChargerState.SUSPENDED_EV,
    ChargerState.FINISHING,
    ChargerState.RESERVED,
    ChargerState.INOPERATIVE,
    ChargerState.FAULTED,
    ChargerState.UNKNOWN,
)
"""Of the External API, for a charger that speaks OCPP."""
CAPI_CODES: Sequence[ChargerState] = (
    ChargerState.AVAILABLE,
    ChargerState.CHARGING,
    ChargerState.PREPARING,
    ChargerState.FAULTED,
    ChargerState.UNKNOWN,
)
"""Of the External API, for a charger that speaks CAPI."""
WEB_CODES: Sequence[ChargerState] = (
    ChargerState.UNKNOWN,
    ChargerState.AVAILABLE,
    ChargerState.PREPARING,
    ChargerState.CHARGING,
    ChargerState.SUSPENDED_EV,
    ChargerState.SUSPENDED_EVSE,
    ChargerState.FINISHING,
    ChargerState.RESERVED,
    ChargerState.INOPERATIVE,
    ChargerState.FAULTED,
)
"""Of the web app's API; nobody has seen one of late, so they count only where the user says so."""
NO_CODES: Sequence[ChargerState] = ()

_OCPP_NAMES: Mapping[ChargerState, str] = {
    ChargerState.SUSPENDED_EV: "SuspendedEV",
    ChargerState.SUSPENDED_EVSE: "SuspendedEVSE",
    ChargerState.INOPERATIVE: "Unavailable",
    ChargerState.OFFLINE: "Unknown",
}
OCPP_STATUSES = (
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEV",
    "SuspendedEVSE",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
    "Unknown",
)
PLUGGED_IN = frozenset(
    {
        ChargerState.PREPARING,
        ChargerState.CHARGING,
        ChargerState.SUSPENDED_EV,
        ChargerState.SUSPENDED_EVSE,
        ChargerState.FINISHING,
    }
)

_POINT_STATUSES = ("Unknown", "Online", "Offline", "Error")
"""By number, too; both APIs agree on these names."""


def state_of(told: str | None, codes: Sequence[ChargerState]) -> ChargerState:
    """A connector's state by its name or else by its number; `UNKNOWN` for anything else."""
    word = (told or "").strip()
    if word.isascii() and word.isdigit():
        return codes[int(word)] if int(word) < len(codes) else ChargerState.UNKNOWN
    return _STATES.get("".join(filter(str.isalnum, word)).lower(), ChargerState.UNKNOWN)


def ocpp_name(state: ChargerState) -> str:
    """The state as OCPP spells it."""
    return _OCPP_NAMES.get(state, state.capitalize())


def point_status(told: str | None) -> str:
    """A charge point's status: `Online`, `Offline`, `Error` or `Unknown`."""
    word = (told or "").strip()
    if word.isascii() and word.isdigit():
        return _POINT_STATUSES[int(word)] if int(word) < len(_POINT_STATUSES) else _POINT_STATUSES[0]
    return word.capitalize() if word.capitalize() in _POINT_STATUSES else _POINT_STATUSES[0]
