"""The input of a joint plan: chargers that need energy, and other loads on the same fuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smart_charging.planning.need import Need
from smart_charging.planning.preferences import Preferences


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequest:
    """What one charger needs of a joint plan."""

    charger_id: str
    need: Need
    """Its power is what the charger takes when it is on; plans only turn chargers on and off."""
    preferences: Preferences = Preferences()  # noqa: RUF009 - frozen, so safe to share
    is_running: bool = False
    arrives_at: datetime | None = None
    """Aware; None for a car that is plugged in. One that is not takes nothing from those that are."""
    likelihood: float = 1.0
    """How likely it comes; what it costs counts by this."""
    priority: int = 0
    """When not all cars can be ready, those with a lower number get less."""
    load_kw: float | None = None
    """What the charger takes from the fuse, if not its power: a charger on one of three phases
    takes that phase from all others, so 16 A on one phase count as the 11 kW of 16 A on three."""

    @property
    def takes_kw(self) -> float:
        """What the charger takes from the fuse while it is on."""
        return self.need.power_kw if self.load_kw is None else self.load_kw


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What others take from the fuse in `[start, end)`: the house, or a charge that is not planned here."""

    start: datetime
    end: datetime
    power_kw: float

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a load's times have no time zone")


def highest_kw(loads: Sequence[Load], start: datetime, end: datetime) -> float:
    """The most that loads add up to at any moment in `[start, end)`."""
    moments = [start, *(load.start for load in loads if start < load.start < end)]
    return max(sum(load.power_kw for load in loads if load.start <= moment < load.end) for moment in moments)
