"""How things stand at one charger at one moment."""

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
    """What is known before there is a plan."""

    key: str
    """The charger among those of all accounts."""
    charger: Charger
    cable: CableSession | None = None
    """The session that runs there, else the last one; as new as the charger."""
    car: CarSettings
    guess_kw: float | None
    """What apps.yaml or the charger's rating says flows; None where neither does."""
    power_kw: float
    """What flows while a charge runs here, to plan with."""
    load_kw: float
    """What the fuse feels while a charge runs here."""
    state: PlanState | None = None
    """None when a plan has to tell."""
    reason: str | None = None
    request: ChargeRequest | None = None
    """None when there is nothing to plan."""
    delivered_kwh: float | None = None
    wanted_kwh: float | None = None
    rests_short: bool = False
    """The car takes no more before it has all it was to get; until its departure a charge that rests may go on."""
    cost: float | None = None
    """Of what was delivered, at the tariff."""

    @property
    def charges(self) -> Sequence[Charge]:
        """The session's, newest first."""
        return self.cable.charges(self.charger) if self.cable else ()
