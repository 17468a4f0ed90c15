"""Charges that a cloud calls stopping long after they have stopped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargeState

OVER_AFTER = timedelta(minutes=20)
"""Longer than meters take to tell what has flowed."""
_A_RISE_KWH = 0.05


@dataclass(slots=True, kw_only=True)
class _Seen:
    """A charge that is stopping."""

    kwh: float
    at: datetime
    """Since when it has taken nothing."""


class LastingStops:
    """Counts such a charge as over once it has taken nothing for long, so that the next one can begin."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def of_all(self, charger: Charger, now: datetime) -> Charger:
        """The charger just read; of one that cannot be reached, nobody knows what it does."""
        stopping = {charge.id for charge in charger.charges if charge.state is ChargeState.STOPPING}
        for charge in charger.charges:
            if charge.id not in stopping or not charger.is_reached:
                self._seen.pop(charge.id, None)
        charges = tuple(self._of(charge, now) if charge.id in stopping else charge for charge in charger.charges)
        return replace(charger, charges=charges) if stopping and charger.is_reached else charger

    def _of(self, charge: Charge, now: datetime) -> Charge:
        kwh = charge.consumed_kwh or 0.0
        seen = self._seen.get(charge.id)
        if seen is None or kwh > seen.kwh + _A_RISE_KWH:
            seen = self._seen[charge.id] = _Seen(kwh=kwh, at=now)
        if now - seen.at < OVER_AFTER:
            return charge
        return replace(charge, state=ChargeState.STOPPED, stopped_at=seen.at)
