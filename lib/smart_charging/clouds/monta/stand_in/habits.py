"""How one Monta differs from another: what its documents leave open, and what chargers and cars make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto

Json = dict[str, object]


class ListOrder(Enum):
    """Of charges; no document names one."""

    NEWEST_FIRST = auto()
    OLDEST_FIRST = auto()
    SHUFFLED = auto()
    """The same shuffle each time, so that pages fit together."""


class CableStamp(Enum):
    """What a charge's `cablePluggedInAt` is."""

    PLUG_IN = auto()
    OWN_START = auto()
    """Each charge has another one, equal to its start, whatever the cable did."""
    NONE = auto()


class KwhTold(Enum):
    """From when on a charge tells its energy."""

    ALWAYS = auto()
    AT_END = auto()
    SETTLED = auto()


class Words(Enum):
    """Whose words tell why a charge ended, and how a charge point is."""

    MONTA = auto()
    """`api` and `StoppedByUser`; the hardware's reasons as the hardware says them."""
    PREFIXED = auto()
    """`ChargePointPowerLoss` and the like, seen in the field."""
    OCPP_16 = auto()
    OCPP_201 = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """As they were before anybody asked; each can be drawn for a world of its own."""

    list_order: ListOrder = ListOrder.NEWEST_FIRST
    list_lag: timedelta = timedelta(0)
    """A list of charges shows them as they were so long ago; a look at one charge does not."""
    look_lag: timedelta = timedelta(0)
    """So long after its start a charge is not found by its id."""
    counts_pages: bool = True
    """Whether lists tell how many pages they have, and how many rows."""
    state_lag: timedelta = timedelta(0)
    """The same for a charge point's state, wherever it is told."""
    cable_lag: timedelta = timedelta(0)
    reasons: Words = Words.MONTA
    """Why a charge ended."""
    states: Words = Words.MONTA
    """Of charge points."""
    charge_states: Mapping[str, str] = field(default_factory=dict)
    """Monta's own words that stand in for another, such as `reserved` for `starting`."""
    names_end: bool = True
    """Whether a charge that is over says so before it is settled; else it is called stopping, without a stamp."""
    cable_stamp: CableStamp = CableStamp.PLUG_IN
    meter_rhythm: timedelta = timedelta(0)
    """How often a charger tells its meter; at the end of a charge it does anyway."""
    kwh_told: KwhTold = KwhTold.ALWAYS
    tells_meter: bool = True
    """Whether chargers do; theirs moves, whatever a charge tells."""
    are_linked_by_ocpp: bool = True
    """Whether chargers are; of others Monta does not tell a charge's energy over time."""
    keeps_commands: bool = True
    """Whether a command to a charger that is offline waits for it, or is accepted and lost."""
    odd_charges: Sequence[Json] = ()
    """Rows in the list of charges that are not as they should be."""
    odd_charge_points: Sequence[Json] = ()
    past_charges: int = 0
    """Settled ones of long ago that the list holds, too, spread over the charge points."""
    clock_ahead: timedelta = timedelta(0)
    """Of the cloud's clock, which stamps everything it tells."""


USUAL = Habits()
_REASONS_16 = {"api": "Remote", "StoppedByUser": "Remote"}
_REASONS_201 = {
    **_REASONS_16,
    "HardReset": "ImmediateReset",
    "SoftReset": "ImmediateReset",
    "UnlockCommand": "Remote",
    "EVDisconnected": "EVDisconnected",
}
_STATES_16 = {
    "available": "Available",
    "busy": "Preparing",
    "busy-scheduled": "SuspendedEVSE",
    "busy-charging": "Charging",
    "busy-non-charging": "Preparing",
    "busy-non-released": "Finishing",
    "disconnected": "Unavailable",
    "error": "Faulted",
}
_FREE_OR_BROKEN = {"available": "Available", "disconnected": "Unavailable", "error": "Faulted"}


def told_reason(reason: str | None, words: Words) -> str | None:
    """A stop reason, in these words."""
    if reason is None or words is Words.NONE:
        return None
    match words:
        case Words.OCPP_16:
            return _REASONS_16.get(reason, reason)
        case Words.OCPP_201:
            return _REASONS_201.get(reason, reason)
        case Words.PREFIXED if reason not in {"api", "StoppedByUser"}:
            return f"ChargePoint{reason}"
        case _:
            return reason


def told_state(state: str | None, words: Words) -> str | None:
    """A charge point's state, in these words; OCPP 2.0.1 tells a connector in use from a free one, and no more."""
    if state is None or words is Words.NONE:
        return None
    match words:
        case Words.OCPP_16:
            return _STATES_16.get(state, state)
        case Words.OCPP_201:
            return _FREE_OR_BROKEN.get(state, "Occupied")
        case Words.PREFIXED:
            return f"ChargePoint{_STATES_16.get(state, state)}"
        case _:
            return state
