"""Chargers that report no cable although energy flows: their state and their charges tell of it instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from smart_charging.charger import Charger, ChargerState, ChargeState

BELIEVED_AFTER = timedelta(minutes=3)
"""A cable may be reported out for a moment, and a list may tell of energy after the cable is out."""
_WITH_CAR = frozenset(
    {
        ChargerState.PREPARING,
        ChargerState.CHARGING,
        ChargerState.SUSPENDED_EV,
        ChargerState.SUSPENDED_EVSE,
        ChargerState.FINISHING,
    }
)


class UnseenCables:
    """Learns which chargers do not see their cable; one that reports it once does."""

    def __init__(self) -> None:
        self._energy: dict[str, tuple[str, float]] = {}
        """By charger, the id and the energy of its running charge."""
        self._unseen_since: dict[str, datetime] = {}
        self._blind: set[str] = set()

    def of(self, charger: Charger, now: datetime) -> Charger:
        """The charger as it was read; with its cable in where it cannot tell that itself."""
        flows = self._flows(charger)
        if charger.is_plugged_in:
            self._unseen_since.pop(charger.id, None)
            self._blind.discard(charger.id)
        elif flows and now - self._unseen_since.setdefault(charger.id, now) >= BELIEVED_AFTER:
            self._blind.add(charger.id)
        is_in = charger.id in self._blind and (flows or _has_car(charger))
        return replace(charger, is_plugged_in=True) if is_in else charger

    def _flows(self, charger: Charger) -> bool:
        """Whether the running charge has had energy since the last read."""
        running = charger.active_charge
        if running is None or not charger.is_reached:
            self._energy.pop(charger.id, None)
            return False
        energy_kwh = running.consumed_kwh or 0.0
        before_id, before_kwh = self._energy.get(charger.id, (running.id, energy_kwh))
        self._energy[charger.id] = running.id, energy_kwh
        return running.id == before_id and energy_kwh > before_kwh


def _has_car(charger: Charger) -> bool:
    running = charger.active_charge
    return charger.state in _WITH_CAR or (
        running is not None and running.state in {ChargeState.CHARGING, ChargeState.PAUSED}
    )
