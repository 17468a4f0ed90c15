"""The stand-in's charge points, cars and the energy that flows between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

NAP_KW = 0.1
"""What a car takes that is asleep."""


@dataclass(slots=True, kw_only=True)
class Car:
    """A car at a charge point."""

    wants_kwh: float
    """Energy until it is full; decreases while it charges."""
    max_power_kw: float = 11.0
    """0 for a car that refuses to charge."""
    naps: int = 0
    """In so many charges to come it takes next to nothing, as if asleep; the one after wakes it."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy that flowed at constant power for some time."""

    start: datetime
    end: datetime
    power_kw: float

    def kwh_between(self, start: datetime, end: datetime) -> float:
        """How much of it flowed within an interval."""
        overlap = min(self.end, end) - max(self.start, start)
        return self.power_kw * max(0.0, overlap.total_seconds()) / 3600


@dataclass(slots=True, kw_only=True, eq=False)
class Charge:
    """One charging transaction, with Monta's timestamps."""

    id: int
    point: ChargePoint
    created_at: datetime
    updated_at: datetime
    by: str
    """Who started it: `api`, `app`, `plug-in` or `monta`."""
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
    """The owner's; None without cost tracking."""
    price: float | None = None
    """The driver's."""
    stop_reason: str | None = None
    failure_reason: str | None = None
    is_nap: bool = False
    """The car takes next to nothing until the next charge."""
    flows: list[Flow] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether a start on its charge point would be refused."""
        return self.state in {"reserved", "scheduled", "starting", "charging", "paused", "stopping"}

    @property
    def consumed_kwh(self) -> float | None:
        """None before the charge has begun."""
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
    """Reported in place of the real state: `error`, `disconnected`, or a value we do not know."""
    reports_state: bool = True
    reports_cable: bool = True
    starts_by_itself: bool = False
    """Many charge points start charging as soon as the cable is plugged in."""
    is_offline: bool = False
    """Charges on as it did; the cloud hears nothing, and what it says does not arrive."""
    is_held: bool = False
    """By load management, which lets no energy flow: every charge pauses."""
    ignores_stops: bool = False
    """They are accepted, and nothing comes of it."""
    starts_to_ignore: int = 0
    """So many to come are accepted, and nothing comes of them."""
    limit_kw: float | None = None
    """Set from outside, beside what the charger is rated for."""
    meter_glitch_kwh: float = 0.0
    """What is told beside the truth."""
    fails_with: str | None = None
    """If set, starts fail with it as their `failureReason`."""
    car: Car | None = None
    plugged_in_at: datetime | None = None
    charge: Charge | None = None
    """The latest charge."""

    @property
    def state(self) -> str | None:
        """As Monta reports it; `busy-charging` even while the charge is paused."""
        if not self.reports_state or self.state_override:
            return self.state_override
        if self.is_offline:
            return "disconnected"
        charge = self.charge.state if self.charge else "completed"
        if charge in {"charging", "paused", "stopping"}:
            return "busy-charging"
        if charge in {"reserved", "scheduled", "starting"}:
            return "busy" if charge == "starting" else f"busy-{charge}"
        if self.car is None:
            return "available"
        return "busy-non-released" if charge == "stopped" else "busy-non-charging"

    @property
    def shows_cable(self) -> bool:
        """Whether the charger says that a cable is in."""
        return self.car is not None and self.reports_cable

    @property
    def power_kw(self) -> float:
        """The power while charging."""
        if self.charge and self.charge.is_nap:
            return NAP_KW
        limits = [limit for limit in (self.max_kw or 11.0, self.limit_kw) if limit is not None]
        return 0.0 if self.car is None else min(*limits, self.car.max_power_kw)
