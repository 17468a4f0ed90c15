"""The stand-in's physical world: charge points, cars, and the energy between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True, kw_only=True)
class Car:
    """What matters of a car here."""

    wants_kwh: float
    """Energy until it is full; goes down as it charges."""
    max_power_kw: float = 11.0
    """0 for one that refuses to charge."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy at constant power for a while."""

    start: datetime
    end: datetime
    power_kw: float

    def kwh_between(self, start: datetime, end: datetime) -> float:
        """How much of it fell into an interval."""
        overlap = min(self.end, end) - max(self.start, start)
        return self.power_kw * max(0.0, overlap.total_seconds()) / 3600


@dataclass(slots=True, kw_only=True, eq=False)
class Charge:
    """One charging transaction; stamps as Monta has them."""

    id: int
    point: ChargePoint
    created_at: datetime
    updated_at: datetime
    by: str
    """`api`, or who else started it."""
    state: str = "starting"
    begins_at: datetime | None = None
    flowed_until: datetime | None = None
    ends_at: datetime | None = None
    settles_at: datetime | None = None
    cable_plugged_in_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    fully_charged_at: datetime | None = None
    failed_at: datetime | None = None
    timeout_at: datetime | None = None
    start_meter_kwh: float | None = None
    end_meter_kwh: float | None = None
    cost: float | None = None
    stop_reason: str | None = None
    failure_reason: str | None = None
    flows: list[Flow] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether a start on its charge point would be refused."""
        return self.state in {"scheduled", "starting", "charging", "paused", "stopping"}

    @property
    def consumed_kwh(self) -> float | None:
        """None before it began."""
        return None if self.started_at is None else sum(flow.kwh_between(flow.start, flow.end) for flow in self.flows)


@dataclass(slots=True, kw_only=True, eq=False)
class ChargePoint:
    """One outlet."""

    id: int
    name: str | None
    serial_number: str | None
    max_kw: float | None
    visibility: str = "private"
    type: str | None = "ac"
    created_at: datetime
    updated_at: datetime
    meter_kwh: float | None = 0.0
    state_override: str | None = None
    """What it reports whatever it does: `error`, `disconnected`, or a word of the future."""
    reports_state: bool = True
    reports_cable: bool = True
    starts_by_itself: bool = False
    """Many charge points begin as soon as the cable is in."""
    fails_with: str | None = None
    """Why starts come to nothing here, in the words of `failureReason`."""
    car: Car | None = None
    plugged_in_at: datetime | None = None
    charge: Charge | None = None
    """The latest."""

    @property
    def state(self) -> str | None:
        """In Monta's words; a paused charge leaves it at `busy-charging`."""
        if not self.reports_state or self.state_override:
            return self.state_override
        charge = self.charge.state if self.charge else "completed"
        if charge in {"charging", "paused", "stopping"}:
            return "busy-charging"
        if charge in {"scheduled", "starting"}:
            return "busy-scheduled" if charge == "scheduled" else "busy"
        if self.car is None:
            return "available"
        return "busy-non-released" if charge == "stopped" else "busy-non-charging"

    @property
    def power_kw(self) -> float:
        """What flows once it flows."""
        return 0.0 if self.car is None else min(self.max_kw or 11.0, self.car.max_power_kw)
