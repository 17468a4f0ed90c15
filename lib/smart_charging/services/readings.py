"""What a charger does not tell, but its charges do."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from smart_charging.charger import Charger
from smart_charging.entities.charger_view import ChargerView
from smart_charging.services.energy_total import EnergyTotal
from smart_charging.services.memory import Memory
from smart_charging.services.power import PowerEstimate


class Readings:
    """Keeps power and energy of every charger; the energy also over a restart."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._powers: defaultdict[str, PowerEstimate] = defaultdict(PowerEstimate)
        self._totals: dict[str, EnergyTotal] = {}

    async def view(self, charger: Charger, now: datetime) -> ChargerView:
        """The charger as its entities show it."""
        total = await self._total(charger, now)
        if total.update(charger):
            await self._memory.remember(_key(charger), total.facts())
        return ChargerView(
            charger=charger, power_kw=self._powers[charger.id].update(charger, now), total_kwh=total.kwh, at=now
        )

    async def _total(self, charger: Charger, now: datetime) -> EnergyTotal:
        if charger.id not in self._totals:
            facts = await self._memory.recall(_key(charger))
            self._totals[charger.id] = EnergyTotal.from_facts(facts) if facts else EnergyTotal(since=now)
        return self._totals[charger.id]


def _key(charger: Charger) -> str:
    return f"energy_{charger.id}"
