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
    ready_by: datetime
    """Departure; aware, kept in UTC."""
    margin: timedelta = timedelta(minutes=10)
    """Planned charging ends this long before departure, as long as that leaves time enough."""

    def __post_init__(self) -> None:
        if not (self.energy_kwh >= 0 and self.power_kw > 0):
            raise ValueError(f"a need of {self.energy_kwh} kWh at {self.power_kw} kW makes no sense")
        if self.ready_by.tzinfo is None:
            raise ValueError("ready_by has no time zone")
        object.__setattr__(self, "ready_by", self.ready_by.astimezone(UTC))

    @property
    def charging_time(self) -> timedelta:
        """How long the energy takes at full power."""
        return timedelta(hours=self.energy_kwh / self.power_kw)

    @property
    def finish_by(self) -> datetime:
        """When planned charging is over, unless the time is too short for the margin."""
        return self.ready_by - self.margin
