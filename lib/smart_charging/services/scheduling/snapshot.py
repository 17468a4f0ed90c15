"""The state of one charger at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smart_charging.charger import Charge, Charger
from smart_charging.entities.plan_view import PlanState
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.watching.cable_session import CableSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is known of a charger before it is planned."""

    key: str
    """Unique among the chargers of all accounts."""
    charger: Charger
    cable: CableSession | None = None
    """The running session, else the last one; from the same read as the charger."""
    car: CarSettings
    guess_kw: float | None
    """The power by apps.yaml or by the charger's rating; None where neither gives one."""
    power_kw: float
    """The power of a charge, to plan with."""
    load_kw: float
    """The power that a charge takes from the fuse."""
    state: PlanState | None = None
    """None when it depends on the plan."""
    reason: str | None = None
    request: ChargeRequest | None = None
    """None when there is nothing to plan."""
    delivered_kwh: float | None = None
    wanted_kwh: float | None = None
    still_takes_kwh: float | None = None
    """What a charge that is not planned here will still take, by estimate; None where nothing is known of it."""
    rests_short: bool = False
    """Reported full but short of energy: until departure the paused charge is not stopped, so that it may resume."""
    cost: float | None = None
    """Of the energy delivered, at the tariff."""

    @property
    def charges(self) -> Sequence[Charge]:
        """The session's charges, newest first."""
        return self.cable.charges(self.charger) if self.cable else ()
