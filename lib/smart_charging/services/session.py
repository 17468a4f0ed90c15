"""One car at one charger, from cable in to cable out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smart_charging.charger import Charge, Charger

BEGINS_BY_ITSELF_WITHIN = timedelta(minutes=5)
"""Many chargers start as soon as the cable is in; later than this it was somebody's wish."""


@dataclass(slots=True, kw_only=True)
class Session:
    """What the scheduler has to know to go on after a restart as if there had been none."""

    plugged_in_at: datetime
    """When the scheduler first saw the cable in."""
    ready_by: datetime
    manual: str | None = None
    """Why the scheduler keeps its hands off; None while it does not."""
    charge_ids: list[str] = field(default_factory=list)
    """The charges that the scheduler started or took over."""
    has_taken_over: bool = False

    def facts(self) -> dict[str, Any]:
        """For a Memory; times as ISO text."""
        return asdict(self) | {"plugged_in_at": self.plugged_in_at.isoformat(), "ready_by": self.ready_by.isoformat()}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Session:
        """The opposite of `facts`."""
        moments = {key: datetime.fromisoformat(facts[key]) for key in ("plugged_in_at", "ready_by")}
        return cls(**{**facts, **moments})

    def is_about(self, charger: Charger) -> bool:
        """False when the cable has been out and in again while nobody looked."""
        seen = charger.last_charge.cable_plugged_in_at if charger.last_charge else None
        return seen is None or seen <= self.plugged_in_at

    def holds(self, charge: Charge) -> bool:
        """Whether the charge belongs to this session; one may begin just before the cable is seen."""
        return charge.id in self.charge_ids or charge.created_at >= self.plugged_in_at or charge.state.is_active

    def delivered_kwh(self, charges: Iterable[Charge]) -> float:
        """Energy put into the car since the cable went in, whoever started the charge."""
        return sum(charge.consumed_kwh or 0.0 for charge in charges if self.holds(charge))

    def meet(self, charge: Charge) -> None:
        """Take a charge over that began by itself with the cable, once; any other is a person's wish."""
        if charge.id in self.charge_ids or self.manual:
            return
        plugged_in_at = min(self.plugged_in_at, charge.cable_plugged_in_at or self.plugged_in_at)
        if not self.has_taken_over and charge.created_at - plugged_in_at < BEGINS_BY_ITSELF_WITHIN:
            self.has_taken_over = True
            self.charge_ids.append(charge.id)
        else:
            self.manual = "a charge was started elsewhere"
