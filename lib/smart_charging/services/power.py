"""Power, which Monta does not tell, from energy, which it does."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charger, ChargeState

SAMPLES = 4
"""Meters report every minute or so; a few reports smooth their rounding."""
SILENCE = timedelta(minutes=10)
"""A meter that reports nothing new for so long while charging means that nothing flows."""


@dataclass(frozen=True, slots=True)
class _Sample:
    at: datetime
    kwh: float


class PowerEstimate:
    """Energy over time between the meter's reports within one charge."""

    def __init__(self) -> None:
        self._charge_id: str | None = None
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES)

    def update(self, charger: Charger, now: datetime) -> float | None:
        """Power in kW as of now; 0 when no charge flows, None before there are two reports of it."""
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
        if now - last.at > SILENCE:
            return 0.0
        hours = (last.at - first.at) / timedelta(hours=1)
        return (last.kwh - first.kwh) / hours if hours > 0 else None
