"""The power of a charger, worked out from its energy: Enphase measures none that it tells."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

SAMPLES = 3
SILENCE = timedelta(minutes=15)
"""Energy is told about every five minutes; if it is not for this long, none flows."""
_BETWEEN_PHASES_V = 300.0


@dataclass(frozen=True, slots=True)
class _Sample:
    at: datetime
    kwh: float


def most_kw(current_a: float | None, voltage_v: float, phases: int) -> float | None:
    """The most that can flow at this current per phase; None where the current is not known.

    Args:
        voltage_v: Between a phase and neutral, or between two phases.
    """
    if not current_a:
        return None
    wires = 1.0 if phases == 1 else 3.0 if voltage_v < _BETWEEN_PHASES_V else 3.0**0.5
    return voltage_v * current_a * wires / 1000


class PowerEstimate:
    """The power within one charge; the first figure is a guess by its current."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES)

    def update(
        self, kwh: float | None, now: datetime, *, is_flowing: bool, guess_kw: float | None, cap_kw: float | None
    ) -> float | None:
        """Power in kW now; 0 while nothing flows.

        Args:
            kwh: The energy of the charge.
            guess_kw: What the set current allows.
            cap_kw: What the charger can deliver.
        """
        if not is_flowing:
            self._samples.clear()
            return 0.0
        if kwh is not None and (not self._samples or kwh > self._samples[-1].kwh):
            self._samples.append(_Sample(now, kwh))
        power_kw = self._derived(now)
        power_kw = guess_kw if power_kw is None else power_kw
        return power_kw if power_kw is None or cap_kw is None else min(power_kw, cap_kw)

    def _derived(self, now: datetime) -> float | None:
        """None before the energy has grown once since current began to flow."""
        if self._samples and now - self._samples[-1].at > SILENCE:
            return 0.0
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0], self._samples[-1]
        return (last.kwh - first.kwh) / ((last.at - first.at) / timedelta(hours=1))
