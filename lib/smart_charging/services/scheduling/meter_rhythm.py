"""How often a charger tells what has flowed: some do every few seconds, some every quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isfinite

from smart_charging.charger import Charge
from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.services.store import Store

PATIENCE = timedelta(minutes=10)
"""How long a charge may tell of no energy; most meters report every few minutes at most."""
LONGEST_PATIENCE = timedelta(minutes=45)
WORTH_LEARNING = timedelta(minutes=5)
FLOWED_SHARE = 0.25
"""Of the power that is known: what came after a silence flowed during it, and not just at its end."""


class MeterRhythm:
    """Learned from energy that is told all at once after a silence; remembered over a restart."""

    def __init__(self, charger_id: str, store: Store) -> None:
        self._store = store
        self._store_key = f"rhythm_{charger_id}"
        self._longest_silence = timedelta(0)
        self._is_recalled = False
        self._charge_id: str | None = None
        self._seen_kwh: float | None = None
        self._silent_since: datetime | None = None

    @property
    def patience(self) -> timedelta:
        """How long to wait for energy before a charge counts as one that brings none."""
        return min(max(PATIENCE, 2 * self._longest_silence), LONGEST_PATIENCE)

    async def note(self, charge: Charge | None, energy_kwh: float, power_kw: float, now: datetime) -> None:
        """Take in what the meter tells.

        Args:
            energy_kwh: Of the session; the last of a charge is often told with its end.
            power_kw: What flows, as far as that is known.
        """
        await self._recall()
        if self._seen_kwh is None or energy_kwh > self._seen_kwh + ALMOST_NOTHING_KWH:
            await self._learn(energy_kwh - (self._seen_kwh or 0.0), power_kw, now)
            self._seen_kwh, self._silent_since = energy_kwh, now
        if charge and charge.id != self._charge_id:
            self._charge_id, self._silent_since = charge.id, now

    def look_away(self) -> None:
        """The cloud or the charger is not reached: that silence is not the meter's."""
        self._silent_since = None

    def forget_session(self) -> None:
        """Another session begins at nothing."""
        self._charge_id = self._seen_kwh = self._silent_since = None

    async def _learn(self, gained_kwh: float, power_kw: float, now: datetime) -> None:
        silence = now - self._silent_since if self._silent_since else timedelta(0)
        has_flowed = gained_kwh >= FLOWED_SHARE * power_kw * (silence / timedelta(hours=1))
        if has_flowed and WORTH_LEARNING < silence <= LONGEST_PATIENCE and silence > self._longest_silence:
            self._longest_silence = silence
            await self._store.remember(self._store_key, {"longest_silence_s": silence.total_seconds()})

    async def _recall(self) -> None:
        if self._is_recalled:
            return
        self._is_recalled = True
        seconds = (await self._store.recall(self._store_key)).get("longest_silence_s", 0.0)
        if isinstance(seconds, int | float) and isfinite(seconds):
            self._longest_silence = min(timedelta(seconds=max(0.0, min(seconds, 1e6))), LONGEST_PATIENCE)
