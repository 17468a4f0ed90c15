"""What a car still needs, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Energy to be in the car by a moment."""

    energy_kwh: float
    """As the charger meters it, losses of the car included."""
    power_kw: float
    """What really flows, best as measured; a rating that is never reached makes plans late."""
    ready_by: datetime
    """Departure; aware, kept in UTC."""
    margin: timedelta = timedelta(minutes=10)
    """Planned charging ends this long before departure, as long as that leaves time enough."""
    minimum_kwh: float = 0.0
    """Of the energy, what is charged first and at once, at any price; not more than the energy counts."""
    goes_on: bool = True
    """Whether a car that was short of time charges on after departure, should it still be there."""

    def __post_init__(self) -> None:
        if not (self.energy_kwh >= 0 and self.power_kw > 0):
            raise ValueError(f"a need of {self.energy_kwh} kWh at {self.power_kw} kW makes no sense")
        if self.ready_by.tzinfo is None:
            raise ValueError("ready_by has no time zone")
        object.__setattr__(self, "ready_by", self.ready_by.astimezone(UTC))

    @property
    def charging_time(self) -> timedelta:
        """How long the energy takes at full power."""
        return self.time_for(self.energy_kwh)

    @property
    def minimum_time(self) -> timedelta:
        """How long to charge at once."""
        return self.time_for(min(self.minimum_kwh, self.energy_kwh))

    @property
    def finish_by(self) -> datetime:
        """When planned charging is over, unless the time is too short for the margin."""
        return self.ready_by - self.margin

    def time_for(self, energy_kwh: float) -> timedelta:
        """How long some energy takes."""
        return timedelta(hours=energy_kwh / self.power_kw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """How far a session has come."""

    energy_kwh: float
    """Put into the car since the cable went in."""
    soc_percent: float | None = None
    """What the car last said; None when it has said nothing since the cable went in."""
    since_soc_kwh: float = 0.0
    """Of the energy, what came after that."""


def energy_between(from_percent: float, to_percent: float, *, battery_kwh: float, efficiency: float = 0.9) -> float:
    """Energy at the charger that takes a battery from one state of charge to another; 0 if it is there already.

    Args:
        battery_kwh: Usable capacity.
        efficiency: Share of the metered energy that reaches the battery; about 0.9 at 11 kW,
            less at low currents.
    """
    return max(0.0, to_percent - from_percent) / 100 * battery_kwh / efficiency
