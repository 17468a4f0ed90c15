"""How much energy a car still needs, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Energy that should be in the car by departure."""

    energy_kwh: float
    """As the charger's meter counts it, including losses in the car."""
    power_kw: float
    """The real charging power, measured if possible; with a rating that is never reached plans end too late."""
    ready_by: datetime
    """Departure; aware, kept in UTC."""
    margin: timedelta = timedelta(minutes=10)
    """Planned charging ends this long before departure if there is time enough."""
    minimum_kwh: float = 0.0
    """The part of the energy that is charged at once, at any price; at most all of it."""
    may_owe_kwh: float = 0.0
    """So much of the energy may be left to later departures, if that is cheaper."""
    goes_on: bool = True
    """Whether a car that is not ready at departure and still there charges on."""

    def __post_init__(self) -> None:
        if not (self.energy_kwh >= 0 and self.power_kw > 0):
            raise ValueError(f"a need of {self.energy_kwh} kWh at {self.power_kw} kW makes no sense")
        if self.ready_by.tzinfo is None:
            raise ValueError("ready_by has no time zone")
        object.__setattr__(self, "ready_by", self.ready_by.astimezone(UTC))

    @property
    def charging_time(self) -> timedelta:
        """How long charging takes at full power."""
        return self.time_for(self.energy_kwh)

    @property
    def minimum_time(self) -> timedelta:
        """How long the minimum takes at full power."""
        return self.time_for(min(self.minimum_kwh, self.energy_kwh))

    @property
    def finish_by(self) -> datetime:
        """When planned charging should end: the margin before departure."""
        return self.ready_by - self.margin

    def time_for(self, energy_kwh: float) -> timedelta:
        """How long this much energy takes at full power."""
        return timedelta(hours=energy_kwh / self.power_kw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """How much a session has charged so far."""

    energy_kwh: float
    """Energy charged since the cable was plugged in."""
    soc_percent: float | None = None
    """The state of charge the car last reported; None if it has not reported any since plugging in."""
    since_soc_kwh: float = 0.0
    """The part of the energy that was charged after that report."""
    owed_kwh: float = 0.0
    """What nights before have left to this session."""


def energy_between(from_percent: float, to_percent: float, *, battery_kwh: float, efficiency: float = 0.9) -> float:
    """Energy to charge a battery from one state of charge to another, at the charger's meter; 0 if it is there already.

    Args:
        battery_kwh: Usable capacity.
        efficiency: Share of the metered energy that reaches the battery; about 0.9 at 11 kW,
            less at low currents.
    """
    return max(0.0, to_percent - from_percent) / 100 * battery_kwh / efficiency
