"""A meter that never goes back, for Home Assistant's Energy Dashboard.

Some chargers count a lifetime, others begin at 0 with every charge; so this one
counts what the charges consumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from smart_charging.charger import Charge, Charger

CHARGES_KEPT = 20
"""More than can begin between two looks."""


@dataclass(slots=True, kw_only=True)
class EnergyTotal:
    """Energy since the suite first saw the charger."""

    since: datetime
    """Of charges older than this only what is added counts."""
    kwh: float = 0.0
    counted: dict[str, float] = field(default_factory=dict)
    """Energy already counted, by charge id."""

    def update(self, charger: Charger) -> bool:
        """Count what is new; whether it has to be kept.

        What a running charge adds need not be: after a restart it is counted again from where it was kept.
        """
        before, newest = dict(self.counted), charger.charges[:CHARGES_KEPT]
        for charge in newest:
            already, consumed = self._counted(charge), charge.consumed_kwh or 0.0
            self.kwh += max(0.0, consumed - already)
            self.counted[charge.id] = max(consumed, already)
        if newest:
            self.counted = {charge.id: self.counted[charge.id] for charge in newest}
        running = charger.active_charge.id if charger.active_charge and charger.active_charge.id in before else None
        return any(self.counted[key] != before.get(key) for key in self.counted if key != running)

    def _counted(self, charge: Charge) -> float:
        fresh = 0.0 if charge.created_at >= self.since else charge.consumed_kwh or 0.0
        return self.counted.get(charge.id, fresh)

    def facts(self) -> Mapping[str, Any]:
        """For a Memory."""
        return {"since": self.since.isoformat(), "kwh": self.kwh, "counted": dict(self.counted)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `facts`."""
        return cls(since=datetime.fromisoformat(facts["since"]), kwh=facts["kwh"], counted=dict(facts["counted"]))
