"""One car at one charger, from cable in to cable out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from smart_charging.charger import Charge, Charger

BEGINS_BY_ITSELF_WITHIN = timedelta(minutes=5)
"""Many chargers start as soon as the cable is in; later than this it was somebody's wish."""

CLOCKS_DIFFER_BY = timedelta(minutes=2)
"""The cloud's stamps against ours."""
LONG_GONE = timedelta(hours=6)
"""After a departure; a cable that is in by then is in for the next one."""


@dataclass(slots=True, kw_only=True)
class Session:
    """What the scheduler has to know to go on after a restart as if there had been none."""

    plugged_in_at: datetime
    """When the scheduler first saw the cable in."""
    ready_by: datetime
    manual: str | None = None
    """Why the scheduler keeps its hands off; None while it does not."""
    has_taken_over: bool = False
    """Whether a charge that began by itself was taken for ours; once is enough."""

    def facts(self) -> dict[str, Any]:
        """For a Memory; times as ISO text."""
        return asdict(self) | {"plugged_in_at": self.plugged_in_at.isoformat(), "ready_by": self.ready_by.isoformat()}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Session:
        """The opposite of `facts`."""
        moments = {key: datetime.fromisoformat(facts[key]) for key in ("plugged_in_at", "ready_by")}
        return cls(manual=facts["manual"], has_taken_over=facts["has_taken_over"], **moments)

    def is_about(self, charger: Charger, now: datetime) -> bool:
        """False when the cable has been out and in again while nobody looked, or may well have been."""
        seen = charger.last_charge.cable_plugged_in_at if charger.last_charge else None
        is_another = seen is not None and seen - self.plugged_in_at > CLOCKS_DIFFER_BY
        return not is_another and now - self.ready_by < LONG_GONE

    def holds(self, charge: Charge) -> bool:
        """Whether the charge belongs to this session; one may begin just before the cable is seen."""
        return charge.created_at >= self.plugged_in_at or charge.state.is_active

    def delivered_kwh(self, charges: Iterable[Charge]) -> float:
        """Energy put into the car since the cable went in, whoever started the charge."""
        return sum(charge.consumed_kwh or 0.0 for charge in charges if self.holds(charge))

    def takes_over(self, charge: Charge) -> bool:
        """Whether a charge somebody else began is taken for ours: the first one that began with the cable.

        Any other is a person's wish.
        """
        plugged_in_at = min(self.plugged_in_at, charge.cable_plugged_in_at or self.plugged_in_at)
        if self.has_taken_over or charge.created_at - plugged_in_at >= BEGINS_BY_ITSELF_WITHIN:
            return False
        self.has_taken_over = True
        self.plugged_in_at = min(self.plugged_in_at, charge.created_at)
        return True
