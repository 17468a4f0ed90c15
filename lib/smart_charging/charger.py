"""Chargers and charges, independent of any cloud; every cloud's answers are translated into these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

CLOCKS_MAY_DIFFER_BY = timedelta(minutes=2)
"""How far the cloud's clock may be from ours before we warn that the machine's clock is wrong."""


class ChargerState(StrEnum):
    """What a charge point is doing: the connector statuses of OCPP 1.6.

    Two differ, because Home Assistant keeps "unavailable" for itself: OCPP's
    Unavailable is `INOPERATIVE`, and a charger the cloud cannot reach is `OFFLINE`.
    """

    AVAILABLE = "available"
    PREPARING = "preparing"
    """The cable is in, no charge runs."""
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    """A charge runs, but the car takes no energy."""
    SUSPENDED_EVSE = "suspended_evse"
    """A charge waits for the charger or for the cloud's own schedule."""
    FINISHING = "finishing"
    """The charge is over, the cable is still in."""
    RESERVED = "reserved"
    FAULTED = "faulted"
    INOPERATIVE = "inoperative"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class ChargeState(StrEnum):
    """The state of one charge."""

    SCHEDULED = "scheduled"
    """Planned or reserved in the cloud, not by us."""
    STARTING = "starting"
    CHARGING = "charging"
    PAUSED = "paused"
    """Still running, but no current flows, because of the car or the charger."""
    STOPPING = "stopping"
    STOPPED = "stopped"
    """Over; the energy is final, the money is not yet."""
    COMPLETED = "completed"
    """Over and settled."""
    UNKNOWN = "unknown"

    @property
    def is_active(self) -> bool:
        """Whether the charge is not over yet, so that its charger must not be started again."""
        return self in _ACTIVE


_ACTIVE = frozenset(
    {ChargeState.SCHEDULED, ChargeState.STARTING, ChargeState.CHARGING, ChargeState.PAUSED, ChargeState.STOPPING}
)


_PROGRESS = (
    {ChargeState.SCHEDULED},
    {ChargeState.STARTING},
    {ChargeState.CHARGING, ChargeState.PAUSED},
    {ChargeState.STOPPING},
    {ChargeState.STOPPED},
    {ChargeState.COMPLETED},
)
"""The states of a charge in their order; it never returns to an earlier set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One charging transaction; None always means the cloud does not say."""

    id: str
    """Text, because clouds use integers beyond what JSON tools keep exactly."""
    charger_id: str
    state: ChargeState
    created_at: datetime
    updated_at: datetime | None = None
    """When it last changed, by the cloud's clock: of two answers the later one is the newer."""
    cable_plugged_in_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    fully_charged_at: datetime | None = None
    failed_at: datetime | None = None
    consumed_kwh: float | None = None
    start_meter_kwh: float | None = None
    end_meter_kwh: float | None = None
    cost: float | None = None
    """What the electricity cost the owner, in `currency`; told only to owners who have that tracked."""
    price: float | None = None
    """What the driver pays for the charge, in `currency`; 0 at a charger of one's own."""
    average_price_per_kwh: float | None = None
    """Of `price`, not of `cost`."""
    currency: str | None = None
    """ISO 4217, upper case."""
    soc_percent: float | None = None
    kwh_limit: float | None = None
    price_limit: float | None = None
    soc_limit_percent: float | None = None
    average_co2_per_kwh: float | None = None
    """Most likely in grams."""
    average_renewable_percent: float | None = None
    failure_reason: str | None = None
    stop_reason: str | None = None
    is_released: bool = False
    """Whether the cloud says that the cable was pulled after it, or that another charge has followed."""

    def is_older_than(self, other: Charge) -> bool:
        """Whether this answer about the charge shows it as it was before the other answer, as far as they tell."""
        if self.updated_at and other.updated_at and self.updated_at != other.updated_at:
            return self.updated_at < other.updated_at
        here, there = self._progress, other._progress
        if here is not None and there is not None and here != there:
            return here < there
        return (self.consumed_kwh or 0.0) < (other.consumed_kwh or 0.0)

    @property
    def _progress(self) -> int | None:
        return next((number for number, states in enumerate(_PROGRESS) if self.state in states), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What a charger measures on one phase."""

    name: str
    """`L1`, `L2` or `L3`."""
    voltage_v: float | None
    current_a: float | None


STATES_BY_CHARGE: Mapping[ChargeState, ChargerState] = {
    ChargeState.SCHEDULED: ChargerState.SUSPENDED_EVSE,
    ChargeState.STARTING: ChargerState.PREPARING,
    ChargeState.CHARGING: ChargerState.CHARGING,
    ChargeState.PAUSED: ChargerState.SUSPENDED_EV,
    ChargeState.STOPPING: ChargerState.CHARGING,
}
"""What a charger is doing while a charge runs."""
_OUT_OF_ORDER = frozenset({ChargerState.FAULTED, ChargerState.OFFLINE, ChargerState.INOPERATIVE})
_WITH_CHARGE = frozenset({ChargerState.CHARGING, ChargerState.SUSPENDED_EV, ChargerState.SUSPENDED_EVSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """A charge point, or one of its connectors, as its cloud sees it at one moment.

    A cloud that tells more than this has a subclass in its own folder, and tables of entities for it.
    """

    id: str
    name: str
    state: ChargerState
    cloud_state: str | None
    """The state as the cloud spells it."""
    is_plugged_in: bool
    visibility: str
    """`public`, `private` or `unknown`."""
    type: str
    """`ac`, `dc` or `unknown`."""
    meter_kwh: float | None = None
    max_power_kw: float | None = None
    """The rated power, not what flows now."""
    charges: Sequence[Charge] = field(default=())
    """Newest first; as many as the cloud's answer held."""
    may_see_charges: bool = True
    """False when the login lacks the permission to read charges."""
    are_charges_new: bool = True
    """False when they could not be read with the charger, and are those of an earlier answer."""
    power_kw: float | None = None
    """The power that flows now, where the cloud measures it."""
    is_power_estimated: bool = False
    """Whether `power_kw` is the cloud's adapter's own estimate."""
    phases: Sequence[Phase] = field(default=())
    """Empty where the cloud measures none, or while nothing flows."""
    lifetime_kwh: float | None = None
    """All energy ever charged, where the cloud counts it by itself."""
    current_limit_a: float | None = None
    """The current per phase it is set to."""
    min_current_a: float | None = None
    max_current_a: float | None = None
    """The limits within which the current can be set."""
    firmware: str | None = None
    station_id: str | None = None
    """The charge point it belongs to, where a charge point has several connectors."""
    station_name: str | None = None
    is_for_cars: bool = True
    """False for a household socket, which is scheduled only where a person names it."""
    may_be_commanded: bool = True
    """False where the account may only read it."""
    starts_by_itself: bool = False
    """Whether its mode lets a charge begin without a command, which then says nothing of a person's wish."""
    held_by: str | None = None
    """A mode of the cloud's own in which it does not follow plans, such as `Green mode`; None while it obeys."""
    last_charge: Charge | None = field(init=False, compare=False, repr=False)
    """The newest charge, running or not."""
    active_charge: Charge | None = field(init=False, compare=False, repr=False)
    """The newest charge that is not over; the one to stop."""

    def __post_init__(self) -> None:
        active = next((charge for charge in self.charges if charge.state in _ACTIVE), None)
        object.__setattr__(self, "last_charge", self.charges[0] if self.charges else None)
        object.__setattr__(self, "active_charge", active)

    @property
    def is_reached(self) -> bool:
        """Whether the cloud reaches it; what is told of one that it does not is of before."""
        return self.state is not ChargerState.OFFLINE

    @property
    def measured_kw(self) -> float | None:
        """The power that flows now, where it is measured; None for an estimate."""
        return None if self.is_power_estimated else self.power_kw

    def with_charges(self, charges: Sequence[Charge], *, is_over: bool = False) -> Charger:
        """The charger with newer charges; its state is that of the running one, unless it is out of order.

        Args:
            is_over: Whether a charge is known to be over that the charger's own state may still tell of.
        """
        newer = self if charges == self.charges else replace(self, charges=charges)
        if self.state in _OUT_OF_ORDER:
            return newer
        if (active := newer.active_charge) is None:
            idle = ChargerState.FINISHING if self.is_plugged_in else ChargerState.AVAILABLE
            is_over = is_over or self.active_charge is not None
            return replace(newer, state=idle) if is_over and self.state in _WITH_CHARGE else newer
        if self.active_charge and self.active_charge.state is active.state:
            return newer
        return replace(newer, state=STATES_BY_CHARGE[active.state])

    @classmethod
    def named(cls, charger_id: str, name: str) -> Charger:
        """A charger of which only id and name are known."""
        return cls(
            id=charger_id,
            name=name,
            state=ChargerState.UNKNOWN,
            cloud_state=None,
            is_plugged_in=False,
            visibility="unknown",
            type="unknown",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A car as a cloud tells of it; None means unknown."""

    soc_percent: float | None = None
    battery_kwh: float | None = None
    """Usable capacity, presumably."""
    seen_at: datetime | None = None
    """When the car itself last told its state of charge."""
