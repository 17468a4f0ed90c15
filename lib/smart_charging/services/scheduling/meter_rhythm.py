"""How often a charger reports its meter: some do every few seconds, some every quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from smart_charging.charger import Charge, ChargeState
from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import number

PATIENCE, FIRST_PATIENCE = timedelta(minutes=10), timedelta(minutes=17)
"""How long a charge may report no energy: most meters report at least every few minutes, of a new one nobody knows."""
LONGEST_PATIENCE = timedelta(minutes=45)
WORTH_LEARNING = timedelta(minutes=5)
HARDLY_AWAY = timedelta(minutes=1)
"""A shorter outage hides no silence of the meter: after a command the quota often refuses a read for some seconds."""
_OFTEN = 2
"""So many reports of one charge, the first of which may have come with its begin."""
FLOWED_SHARE = 0.25
"""Of the known power: energy above this share flowed all through the silence before it, not just at its end."""


class MeterRhythm:
    """Learns the meter's longest reporting interval from energy that arrives all at once; kept over a restart."""

    def __init__(self, charger_id: str, store: Store) -> None:
        self._store = store
        self._store_key = f"rhythm_{charger_id}"
        self._longest_silence: timedelta | None = None
        """None until the meter was seen to report while a charge runs; nothing where it does so within minutes."""
        self._reports = 0
        """Of the running charge."""
        self._is_recalled = False
        self._charge_id: str | None = None
        self._seen_kwh: float | None = None
        self._silent_since: datetime | None = None
        self._reported_at: datetime | None = None
        """The same, but also while the meter was out of reach; None after the first look since a start."""

    @property
    def patience(self) -> timedelta:
        """How long to wait for energy before a charge counts as bringing none."""
        if self._longest_silence is None:
            return FIRST_PATIENCE
        return min(max(PATIENCE, 2 * self._longest_silence), LONGEST_PATIENCE)

    def unmetered_kwh(self, charge: Charge | None, power_kw: float, now: datetime) -> float:
        """What is likely to have flowed since the last report, also unseen; after a restart as much as can have."""
        if charge is None or charge.state is not ChargeState.CHARGING:
            return 0.0
        since = self._reported_at or charge.started_at or charge.created_at
        return max(0.0, power_kw * ((now - since) / timedelta(hours=1)))

    async def note(self, charge: Charge | None, energy_kwh: float, power_kw: float, now: datetime) -> None:
        """Process a meter reading.

        Args:
            energy_kwh: Of the session; the last energy of a charge is often reported with its end.
            power_kw: The expected charging power.
        """
        await self._recall()
        news_at = None if self._seen_kwh is None else now
        if self._seen_kwh is None or energy_kwh > self._seen_kwh + ALMOST_NOTHING_KWH:
            await self._learn(energy_kwh - (self._seen_kwh or 0.0), power_kw, now)
            self._seen_kwh, self._silent_since, self._reported_at = energy_kwh, now, news_at
        if charge and charge.id != self._charge_id:
            self._charge_id, self._silent_since, self._reported_at, self._reports = charge.id, now, news_at, 0

    def look_away(self) -> None:
        """Ignore the current silence: the cloud or the charger is out of reach, so it is not the meter's."""
        self._silent_since = None

    def forget_session(self) -> None:
        """Start over at 0 kWh for the next session."""
        self._charge_id = self._seen_kwh = self._silent_since = self._reported_at = None

    async def _learn(self, gained_kwh: float, power_kw: float, now: datetime) -> None:
        silence = now - self._silent_since if self._silent_since else timedelta(0)
        has_flowed = gained_kwh >= FLOWED_SHARE * power_kw * (silence / timedelta(hours=1))
        self._reports += gained_kwh > 0
        if has_flowed and WORTH_LEARNING < silence <= LONGEST_PATIENCE:
            await self._know(silence)
        elif self._reports >= _OFTEN:
            await self._know(timedelta(0))

    async def _know(self, silence: timedelta) -> None:
        if self._longest_silence is None or silence > self._longest_silence:
            self._longest_silence = silence
            await self._store.remember(self._store_key, {"longest_silence_s": silence.total_seconds()})

    async def _recall(self) -> None:
        if self._is_recalled:
            return
        self._is_recalled = True
        seconds = await recalled(self._store, self._store_key, lambda facts: number(facts["longest_silence_s"]))
        self._longest_silence = None if seconds is None else min(timedelta(seconds=seconds), LONGEST_PATIENCE)
