"""Removes energy from charges that their charger cannot have delivered."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Self

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState

HIGHEST_AC_KW, HIGHEST_DC_KW = 50.0, 500.0
"""The highest power assumed for chargers without a rating or with a wrong one."""
ABOVE_RATING = 2.0
"""Factor on the rating, as ratings may be wrong and meters are read late."""
SLACK = timedelta(minutes=5)
"""Added to the time between readings, as clocks differ and meters are read late."""
CHARGES_REMEMBERED = 2000
"""The most charges to remember; those not read for longest are dropped."""
_TELLS_NOTHING = frozenset({ChargerState.OFFLINE, ChargerState.INOPERATIVE, ChargerState.UNKNOWN})
"""OCPP calls a charger unavailable both when it is out of service and when its connection is lost."""
_TOO_MUCH = "Charge %s tells of %.6g kWh at once, more than its charger can deliver; they are left out"


@dataclass(slots=True, kw_only=True)
class _Seen:
    """The last reading of a charge."""

    told_kwh: float
    believed_kwh: float | None
    """None where nothing told was plausible."""
    fallen_kwh: float | None = None
    """What was told first of less than that, if the last answers tell less."""
    at: datetime
    """When it was read; for a charger that is silent since then, when it was last heard of."""
    updated_at: datetime | None = None
    """When the charge had changed by then, by the cloud's clock."""

    def is_ahead_of(self, told_kwh: float) -> bool:
        """Whether more had been told, and believed."""
        return told_kwh < min(self.told_kwh, self.believed_kwh or 0.0)

    def fallen_to(self, told_kwh: float) -> Self:
        """The same, while less is told."""
        return self if self.fallen_kwh is not None else replace(self, fallen_kwh=told_kwh)

    def gained_kwh(self, told_kwh: float) -> float:
        """What has been added since; a fall that lasts is a meter that has begun anew."""
        if self.fallen_kwh is not None and self.is_ahead_of(told_kwh):
            return told_kwh - self.fallen_kwh
        return told_kwh - self.told_kwh

    def believed_with(self, told_kwh: float, possible_kwh: float) -> float | None:
        """What is believed once this is told, of which no more than so much can be new."""
        before_kwh, gained_kwh = self.believed_kwh or 0.0, self.gained_kwh(told_kwh)
        if before_kwh <= told_kwh <= before_kwh + possible_kwh:
            return told_kwh
        return before_kwh + gained_kwh if 0 < gained_kwh <= possible_kwh else self.believed_kwh


class PlausibleEnergy:
    """Leaves out jumps of a charge's energy that no charger can deliver, and falls, as energy does not flow back.

    Energy reported after a jump or a fall counts again, so that the charge can reach its end; a meter
    that returns to a plausible reading is believed again.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._seen: dict[str, _Seen] = {}
        self._highest_kw: dict[str, float] = {}
        self._out_of_reach: set[str] = set()
        """Chargers of which the cloud repeats what it last heard; all that flows meanwhile is told at once."""

    def of_all(self, charger: Charger, now: datetime) -> Charger:
        """The charger just read, with plausible energy in its charges."""
        self._highest_kw[charger.id] = _highest_kw(charger)
        if charger.state in _TELLS_NOTHING:
            self._out_of_reach.add(charger.id)
        else:
            self._out_of_reach.discard(charger.id)
        charges = tuple(self.of(charge, now) for charge in charger.charges)
        return charger if charges == charger.charges else replace(charger, charges=charges)

    def of(self, charge: Charge, now: datetime) -> Charge:
        """The charge just read, with plausible energy."""
        told_kwh = charge.consumed_kwh
        if told_kwh is None or not isfinite(told_kwh) or told_kwh < 0:
            last_kwh = self._last_kwh(charge)
            return charge if told_kwh is last_kwh else replace(charge, consumed_kwh=last_kwh)
        believed_kwh = self._believed(charge, told_kwh, now)
        return charge if believed_kwh == told_kwh else replace(charge, consumed_kwh=believed_kwh)

    def _believed(self, charge: Charge, told_kwh: float, now: datetime) -> float | None:
        before = self._seen.get(charge.id) or _Seen(told_kwh=0.0, believed_kwh=None, at=min(charge.created_at, now))
        if before.is_ahead_of(told_kwh) and now - before.at <= SLACK:  # most likely a list that is late
            self._note(charge.id, before.fallen_to(told_kwh))
            return before.believed_kwh
        possible_kwh, gained_kwh = self._possible(charge, before.at, now), before.gained_kwh(told_kwh)
        believed_kwh = before.believed_with(told_kwh, possible_kwh)
        if gained_kwh > possible_kwh and believed_kwh != told_kwh:
            self._log.warning(_TOO_MUCH, charge.id, gained_kwh)
        heard_at = before.at if told_kwh == before.told_kwh and self._is_silent(charge, before) else now
        seen = _Seen(told_kwh=told_kwh, believed_kwh=believed_kwh, at=heard_at, updated_at=charge.updated_at)
        self._note(charge.id, seen)
        return believed_kwh

    def _is_silent(self, charge: Charge, before: _Seen) -> bool:
        """Whether its charger may be out of reach, which not every word for its state says.

        A charge that is stopping for long says so, too, and one that charges although nothing changes in it.
        """
        is_stale = charge.updated_at is not None and charge.updated_at == before.updated_at
        charges_on = charge.state is ChargeState.CHARGING and is_stale
        return charge.charger_id in self._out_of_reach or charge.state is ChargeState.STOPPING or charges_on

    def _note(self, charge_id: str, seen: _Seen) -> None:
        self._seen.pop(charge_id, None)
        self._seen[charge_id] = seen
        if len(self._seen) > CHARGES_REMEMBERED:
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
