"""Energy of charges as far as a charger can have delivered it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite

from smart_charging.charger import Charge, Charger

HIGHEST_AC_KW, HIGHEST_DC_KW = 50.0, 500.0
"""What chargers of no or a wrong rating may take."""
ABOVE_RATING = 2.0
"""Times the rating: people write it down, and meters are read late."""
SLACK = timedelta(minutes=5)
"""Clocks differ, and what is read in one moment was metered in another."""
KEPT = 2000
"""Charges; those not told of for longest are forgotten."""
_TOO_MUCH = "Charge %s tells of %.6g kWh at once, more than its charger can deliver; they are left out"


@dataclass(slots=True)
class _Seen:
    """A charge at its last reading."""

    told_kwh: float
    believed_kwh: float
    at: datetime


class PlausibleEnergy:
    """Leaves out of a charge's energy what its meter has jumped by and no charger can deliver.

    What is told on top of a jump counts on, so that a charge is not endless; a meter that
    comes back to its senses is believed again.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._seen: dict[str, _Seen] = {}
        self._highest_kw: dict[str, float] = {}

    def of_all(self, charger: Charger, now: datetime) -> Charger:
        """A charger whose charges have told their energy just now."""
        self._highest_kw[charger.id] = _highest_kw(charger)
        charges = tuple(self.of(charge, now) for charge in charger.charges)
        return charger if charges == charger.charges else replace(charger, charges=charges)

    def of(self, charge: Charge, now: datetime) -> Charge:
        """A charge that has told its energy just now."""
        told_kwh = charge.consumed_kwh
        if told_kwh is None:
            return charge
        if not isfinite(told_kwh) or told_kwh < 0:
            return replace(charge, consumed_kwh=self._last_kwh(charge))
        believed_kwh = self._believed(charge, told_kwh, now)
        return charge if believed_kwh == told_kwh else replace(charge, consumed_kwh=believed_kwh)

    def _believed(self, charge: Charge, told_kwh: float, now: datetime) -> float:
        before = self._seen.get(charge.id) or _Seen(0.0, 0.0, min(charge.created_at, now))
        possible_kwh, gained_kwh = self._possible(charge, before.at, now), told_kwh - before.told_kwh
        if told_kwh <= before.believed_kwh + possible_kwh:
            believed_kwh = told_kwh
        elif 0 <= gained_kwh <= possible_kwh:
            believed_kwh = before.believed_kwh + gained_kwh
        else:
            believed_kwh = before.believed_kwh
            self._log.warning(_TOO_MUCH, charge.id, gained_kwh)
        self._note(charge.id, _Seen(told_kwh, believed_kwh, now))
        return believed_kwh

    def _note(self, charge_id: str, seen: _Seen) -> None:
        self._seen.pop(charge_id, None)
        self._seen[charge_id] = seen
        if len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]

    def _possible(self, charge: Charge, since: datetime, now: datetime) -> float:
        hours = (max(timedelta(0), now - since) + SLACK) / timedelta(hours=1)
        return self._highest_kw.get(charge.charger_id, HIGHEST_DC_KW) * hours

    def _last_kwh(self, charge: Charge) -> float | None:
        seen = self._seen.get(charge.id)
        return seen.believed_kwh if seen else None


def _highest_kw(charger: Charger) -> float:
    least = HIGHEST_DC_KW if charger.type == "dc" else HIGHEST_AC_KW
    rating_kw = charger.max_power_kw or 0.0
    return max(least, ABOVE_RATING * rating_kw if isfinite(rating_kw) else 0.0)
