"""A charge point and its outlets, as either API tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from smart_charging.charger import ChargerState, Phase

OFF, ON, SCHEDULE = "Off", "On", "Schedule"
MODES = (OFF, ON, SCHEDULE)
LEAST_A, MOST_A = 6.0, 32.0
"""0 A pauses; IEC 61851 knows nothing between. The upper limit is that of chargers that do not tell theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletSettings:
    """What can be set at an outlet; None is not told."""

    mode: str | None = None
    max_current_a: float | None = None
    installation_a: float | None = None
    """What the fuse before it carries."""
    rfid_lock: bool | None = None
    cable_lock: bool | None = None

    @property
    def most_a(self) -> float:
        """The highest current it can be set to."""
        return MOST_A if self.installation_a is None else max(LEAST_A, self.installation_a)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One connector; None is not told."""

    number: int
    is_for_cars: bool = True
    """False for a Schuko socket."""
    told: str | None
    """The status as it was sent."""
    state: ChargerState
    session_id: str | None = None
    session_began_at: datetime | None = None
    session_ended_at: datetime | None = None
    session_kwh: float | None = None
    """Counted since the session began."""
    counter_kwh: float | None = None
    """Counted for life, or so it is said."""
    phases: Sequence[Phase] = field(default=())
    reported_kw: float | None = None
    settings: OutletSettings | None = None

    @property
    def is_held(self) -> bool:
        """Whether its settings keep it from charging, whoever has set them."""
        return self.settings is not None and (self.settings.mode == OFF or self.settings.max_current_a == 0)

    @property
    def power_kw(self) -> float | None:
        """Volts times amps over all phases; what the cloud reports only where it tells no phase fully."""
        if self.state is not ChargerState.CHARGING:
            return 0.0
        each = [one.voltage_v * one.current_a for one in self.phases if one.voltage_v and one.current_a is not None]
        return sum(each) / 1000 if each else self.reported_kw


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A charge point; None is not told."""

    id: str
    name: str
    model: str | None = None
    status: str
    """`Online`, `Offline`, `Error` or `Unknown`."""
    firmware: str | None = None
    speaks_ocpp: bool | None = None
    is_read_only: bool = False
    dimmer: str | None = None
    down_light: bool | None = None
    outlets: Sequence[Outlet] = field(default=())


def charger_id_of(station_id: str, number: int) -> str:
    """`<charge point>:<connector>`."""
    return f"{station_id}:{number}"


def parts_of(charger_id: str) -> tuple[str, int] | None:
    """Charge point and connector; None for an id that is not of this cloud."""
    station_id, _, number = charger_id.rpartition(":")
    return (station_id, int(number)) if station_id and number.isascii() and number.isdigit() else None
