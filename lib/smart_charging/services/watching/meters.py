"""Power and total energy of a charger, computed from its charges."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from smart_charging.charger import Charge, Charger, ChargeState
from smart_charging.entities.charger_view import ChargerView
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import moment, number, table

SAMPLES = 4
"""Meters report about once a minute; averaging a few reports smooths out their rounding."""
SILENCE = timedelta(minutes=10)
"""If the meter reports nothing new for this long while charging, no energy flows."""


FLOWING_KW = 0.5
"""A lower average power does not count as charging."""


@dataclass(frozen=True, slots=True)
class _Sample:
    at: datetime
    kwh: float


class PowerEstimate:
    """Estimates power from the meter's reports within one charge."""

    def __init__(self) -> None:
        self._charge_id: str | None = None
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES)

    def update(self, charger: Charger, now: datetime) -> float | None:
        """Power in kW now; 0 when nothing charges, None before the second report of a charge."""
        charge = charger.active_charge
        if charge is None or charge.state is not ChargeState.CHARGING:
            self._samples.clear()
            return 0.0
        if charge.id != self._charge_id:
            self._charge_id = charge.id
            self._samples.clear()
        if not self._samples and charge.started_at:
            self._samples.append(_Sample(charge.started_at, 0.0))
        if charge.consumed_kwh is not None and self._is_news(charge.consumed_kwh):
            self._samples.append(_Sample(now, charge.consumed_kwh))
        return self._power_kw(now)

    def _is_news(self, kwh: float) -> bool:
        return not self._samples or kwh > self._samples[-1].kwh

    def _power_kw(self, now: datetime) -> float | None:
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0], self._samples[-1]
        if now - last.at > _patience(self._samples[-2], last):
            return 0.0
        hours = (last.at - first.at) / timedelta(hours=1)
        return (last.kwh - first.kwh) / hours if hours > 0 else None


def _patience(before: _Sample, last: _Sample) -> timedelta:
    """How long a meter may report nothing new: some report all energy only every quarter of an hour."""
    gap = last.at - before.at
    has_flowed = last.kwh - before.kwh >= FLOWING_KW * (gap / timedelta(hours=1))
    return max(SILENCE, 2 * gap) if has_flowed else SILENCE


CHARGES_KEPT = 20
"""More charges than can begin between two polls."""
MOST_KWH = 1e8
"""No charger's total grows larger."""


@dataclass(slots=True, kw_only=True)
class EnergyTotal:
    """Energy since the charger was first read."""

    since: datetime
    """Of older charges only energy added after this counts."""
    kwh: float = 0.0
    counted: dict[str, float] = field(default_factory=dict)
    """Energy already counted, by charge id."""

    def update(self, charger: Charger) -> bool:
        """Count new energy; returns whether the total has to be stored.

        Energy of a running charge alone need not be stored: it is counted again after a restart.
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

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store."""
        return {"since": self.since.isoformat(), "kwh": self.kwh, "counted": dict(self.counted)}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        counted = {charge_id: number(kwh) for charge_id, kwh in table(facts["counted"]).items()}
        return cls(since=moment(facts["since"]), kwh=number(facts["kwh"], most=MOST_KWH), counted=counted)


class Readings:
    """Power and energy of every charger; the energy is kept across restarts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._powers: defaultdict[str, PowerEstimate] = defaultdict(PowerEstimate)
        self._totals: dict[str, EnergyTotal] = {}
        self._measured: set[str] = set()
        """Chargers whose cloud measures power: while it tells none, as when they are offline, nobody knows it."""

    async def view(self, charger: Charger, session: Sequence[Charge], now: datetime) -> ChargerView:
        """What the charger's entities show."""
        total = await self._total(charger, now)
        if total.update(charger):
            await self._store.remember(_key(charger), total.to_dict())
        estimate_kw, told_kw = self._powers[charger.id].update(charger, now), charger.power_kw
        if told_kw is not None and not charger.is_power_estimated:
            self._measured.add(charger.id)
        is_measured = charger.id in self._measured
        return ChargerView(
            charger=charger,
            session=session,
            power_kw=estimate_kw if told_kw is None and not is_measured else told_kw,
            is_power_estimated=not is_measured,
            total_kwh=total.kwh,
            at=now,
        )

    async def _total(self, charger: Charger, now: datetime) -> EnergyTotal:
        if charger.id not in self._totals:
            kept = await recalled(self._store, _key(charger), EnergyTotal.from_dict)
            self._totals[charger.id] = kept or EnergyTotal(since=now)
        return self._totals[charger.id]


def _key(charger: Charger) -> str:
    return f"energy_{charger.id}"
