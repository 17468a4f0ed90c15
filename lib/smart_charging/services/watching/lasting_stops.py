"""Charges that a cloud calls stopping long after they have stopped."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargeState

OVER_AFTER = timedelta(minutes=20)
"""Longer than any meter takes to tell what has flowed."""
OVER_SOONEST = timedelta(minutes=3)
_GAPS_LOOKED_AT, _FEWEST_GAPS = 4, 2
_A_RISE_KWH = 0.05


@dataclass(slots=True, kw_only=True)
class _Seen:
    """A charge that is not over."""

    kwh: float
    at: datetime
    """Since when it has told of nothing new."""
    is_stopping: bool
    gaps: deque[timedelta] = field(default_factory=lambda: deque(maxlen=_GAPS_LOOKED_AT))
    """Between the last rises that it told of while it ran."""

    def look(self, kwh: float, now: datetime, *, is_stopping: bool) -> None:
        """Process a look at it."""
        has_risen, begins_to_stop = kwh > self.kwh + _A_RISE_KWH, is_stopping and not self.is_stopping
        if has_risen and not is_stopping:
            self.gaps.append(now - self.at)
        if begins_to_stop and now - self.at > self.over_after:
            self.gaps.clear()  # it was silent before, perhaps out of reach: its silence now tells nothing
        if has_risen or begins_to_stop:
            self.kwh, self.at = kwh, now
        self.is_stopping = is_stopping

    @property
    def over_after(self) -> timedelta:
        """How long without news means that nothing flows: by how often it told of some before, where that is known."""
        if len(self.gaps) < _FEWEST_GAPS:
            return OVER_AFTER
        return min(OVER_AFTER, max(OVER_SOONEST, 1.5 * max(self.gaps)))


class LastingStops:
    """Counts such a charge as over once it has taken nothing for long, so that the next one can begin."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def of_all(self, charger: Charger, now: datetime) -> Charger:
        """The charger just read; of one that cannot be reached, nobody knows what it does."""
        for charge in charger.charges:
            if not charger.is_reached or not charge.state.is_active:
                self._seen.pop(charge.id, None)
            else:
                self._look(charge, now)
        if not any(self._is_over(charge, now) for charge in charger.charges):
            return charger
        return charger.with_charges(tuple(self._settled(charge, now) for charge in charger.charges))

    def _look(self, charge: Charge, now: datetime) -> None:
        kwh, is_stopping = charge.consumed_kwh or 0.0, charge.state is ChargeState.STOPPING
        seen = self._seen.setdefault(charge.id, _Seen(kwh=kwh, at=now, is_stopping=is_stopping))
        seen.look(kwh, now, is_stopping=is_stopping)

    def _is_over(self, charge: Charge, now: datetime) -> bool:
        seen = self._seen.get(charge.id)
        return seen is not None and seen.is_stopping and now - seen.at >= seen.over_after

    def _settled(self, charge: Charge, now: datetime) -> Charge:
        if not self._is_over(charge, now):
            return charge
        return replace(charge, state=ChargeState.STOPPED, stopped_at=self._seen[charge.id].at)
