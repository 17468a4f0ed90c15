"""The state of one charger at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smart_charging.charger import Charge, Charger, ChargeState
from smart_charging.entities.plan_view import PlanState
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.days_ahead import Outlook
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.watching.cable_session import CableSession

_MINUTES_H = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerCurrent:
    """The current of a charger that can be set."""

    kw_per_a: float
    """What an ampere takes from the fuse."""
    least_a: float
    ceiling_a: float
    """What a person set, or else the charger's own limit."""
    highest_a: float
    """What it is set to, or may be before the cloud shows it."""
    is_lowered: bool
    applies_at_once: bool
    """Whether a running charge can be lowered, not only the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is known of a charger before it is planned."""

    key: str
    """Unique among the chargers of all accounts."""
    charger: Charger
    cable: CableSession | None = None
    """The running session, else the last one; from the same read as the charger."""
    read_at: datetime | None = None
    """When that was."""
    car: CarSettings
    guess_kw: float | None
    """The power by apps.yaml or by the charger's rating; None where neither gives one."""
    power_kw: float
    """The power of a charge, to plan with."""
    load_kw: float
    """The power that a charge takes from the fuse."""
    current: ChargerCurrent | None = None
    """None where the charger is only turned on and off."""
    state: PlanState | None = None
    """None when it depends on the plan."""
    reason: str | None = None
    request: ChargeRequest | None = None
    """None when there is nothing to plan."""
    delivered_kwh: float | None = None
    outlook: Outlook | None = None
    """What is left to later nights; None where nothing may be."""
    wanted_kwh: float | None = None
    is_skipped: bool = False
    """Whether a person asked for no more than the minimum this time."""
    is_forbidden: bool = False
    """Whether an event allows no charging now."""
    still_takes_kwh: float | None = None
    """What a charge that is not planned here will still take, by estimate; None where nothing is known of it."""
    rests_short: bool = False
    """Reported full but short of energy: until departure the paused charge is not stopped, so that it may resume."""
    cost: float | None = None
    """Of the energy delivered, at the tariff."""
    co2_g: float | None = None
    """What it has emitted; None while nothing is known of that."""

    @property
    def wants(self) -> bool:
        """Whether energy is planned for it."""
        return self.request is not None and self.request.need.energy_kwh > 0

    @property
    def wants_more(self) -> bool:
        """Whether a few minutes of charging are still wanted."""
        need = self.request.need if self.request else None
        return need is not None and need.energy_kwh > need.power_kw * _MINUTES_H

    @property
    def flows_kw(self) -> float:
        """What the charger may take from the fuse as it is set now."""
        return self.load_kw if self.current is None else self.kw_at(self.current.highest_a)

    @property
    def taken_kw(self) -> float:
        """What its car takes now, as measured, else as learned."""
        charge, measured_kw = self.charger.active_charge, self.charger.measured_kw
        if charge is None or charge.state is not ChargeState.CHARGING:
            return 0.0
        return self.power_kw if measured_kw is None else measured_kw

    @property
    def least_kw(self) -> float:
        """What it takes from the fuse at the lowest current."""
        return self.load_kw if self.current is None else self.kw_at(self.current.least_a)

    def kw_at(self, current_a: float) -> float:
        """What it takes from the fuse at a current; no more than its car takes."""
        return self.load_kw if self.current is None else min(self.load_kw, current_a * self.current.kw_per_a)

    @property
    def charges(self) -> Sequence[Charge]:
        """The session's charges, newest first."""
        return self.cable.charges(self.charger) if self.cable else ()

    def with_reason(self, trouble: str | None) -> str | None:
        """The trouble with the cloud's own reason, where the session's last charge failed with one."""
        last = next(iter(self.charges), None)
        if trouble is None or last is None or last.state.is_active or not last.failure_reason:
            return trouble
        return f"{trouble}; the last start failed: {last.failure_reason[:200]}"
