"""The stand-in's charge points, their outlets, and the cars at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

VOLTS = (231.0, 230.2, 230.9)
LEAST_A = 6.0


@dataclass(slots=True, kw_only=True)
class Car:
    """A car at an outlet."""

    wants_kwh: float
    """Energy until it is full; decreases while it charges."""
    max_a: float = 16.0
    """Per phase; 0 for a car that refuses to charge."""
    phases: int = 3
    power_kw: float | None = None
    """In place of what current and phases make, for times in fast motion."""


@dataclass(slots=True, kw_only=True)
class Session:
    """From the moment a car may charge until the cable is out or it is stopped."""

    id: int
    outlet: int
    began_at: datetime
    by: str
    """Who let it charge: `cable`, `tag` or `api`."""
    ended_at: datetime | None = None
    kwh: float = 0.0
    flows: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When energy flowed."""


@dataclass(slots=True, kw_only=True, eq=False)
class Outlet:
    """One connector."""

    number: int
    kind: str = "Charger"
    mode: str = "On"
    max_current: float = 16.0
    rfid_lock: bool = False
    cable_lock: bool = False
    installation_a: float = 16.0
    status_override: str | None = None
    """Told in place of the real status."""
    car: Car | None = None
    session: Session | None = None
    """The latest one, running or not."""
    is_flowing: bool = False
    is_full: bool = False
    was_stopped: bool = False
    """Whether its last session was stopped with the cable in: only a tag begins the next."""
    turns_at: datetime | None = None
    """When current begins or ends to flow, as the hardware takes a moment."""
    override: bool = False
    """Whether the schedule is overridden for this session."""
    lifetime_kwh: float = 1000.0
    starts_to_ignore: int = 0
    """How many remote starts it accepts and forgets."""

    @property
    def is_open(self) -> bool:
        """Whether a session runs."""
        return self.session is not None and self.session.ended_at is None

    @property
    def current_a(self) -> float:
        """What would flow on each phase."""
        if self.car is None:
            return 0.0
        amps = min(self.max_current, self.installation_a, self.car.max_a)
        return amps if amps >= LEAST_A else 0.0

    @property
    def power_kw(self) -> float:
        """What would flow."""
        if self.car and self.car.power_kw is not None:
            return self.car.power_kw if self.current_a else 0.0
        phases = self.car.phases if self.car else 0
        return sum(VOLTS[:phases]) * self.current_a / 1000


@dataclass(slots=True, kw_only=True, eq=False)
class ChargePoint:
    """A charger on the wall."""

    id: str
    name: str
    model: str = "Halo"
    speaks_ocpp: bool = True
    is_online: bool = True
    is_read_only: bool = False
    takes_settings: bool = True
    """False for one whose firmware answers settings with 400."""
    dimmer: str = "Medium"
    down_light: bool | None = True
    firmware: str | None = "1.4.2"
    schedule: tuple[int, int] = (0, 4)
    """From hour to hour in UTC, for outlets in the mode `Schedule`."""
    outlets: dict[int, Outlet] = field(default_factory=dict)
    extra: dict[str, object] = field(default_factory=lambda: {"phaseRotation": "RST"})
    """A field of the settings that nobody documents, and that must not get lost."""
    lost_fields: list[str] = field(default_factory=list)
    """Fields that came back without it, or that do not belong into a PUT."""
