"""Charges that a cloud calls stopping long after they have stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
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
        self._seen: dict[str, Mapping[str, _Seen]] = {}
        """Of the charges that are not over, by charger and id."""

    def of_all(self, charger: Charger, now: datetime) -> Charger:
        """The charger just read; of one that cannot be reached, nobody knows what it does."""
        running = [one for one in charger.charges if one.state.is_active] if charger.is_reached else []
        before = self._seen.get(charger.id, {})
        seen = self._seen[charger.id] = {one.id: _looked_at(one, before.get(one.id), now) for one in running}
        return charger.with_charges(tuple(_settled(one, seen.get(one.id), now) for one in charger.charges))


def _looked_at(charge: Charge, before: _Seen | None, now: datetime) -> _Seen:
    kwh, is_stopping = charge.consumed_kwh or 0.0, charge.state is ChargeState.STOPPING
    seen = before or _Seen(kwh=kwh, at=now, is_stopping=is_stopping)
    seen.look(kwh, now, is_stopping=is_stopping)
    return seen


def _settled(charge: Charge, seen: _Seen | None, now: datetime) -> Charge:
    if seen is None or not seen.is_stopping or now - seen.at < seen.over_after:
        return charge
    return replace(charge, state=ChargeState.STOPPED, stopped_at=seen.at)
