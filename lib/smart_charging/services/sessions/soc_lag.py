"""How late a state of charge is: some clouds of cars tell it an hour after the energy has flowed."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import NamedTuple

LATEST = timedelta(hours=2)
NEXT_WITHIN = timedelta(hours=1)
"""A car that has told nothing new for longer may not be late after all."""
STEP = timedelta(minutes=1)
"""Energy is remembered no finer than this."""
WORST_EFFICIENCY = 0.8
"""Less of the energy than this never gets into a battery: a state of charge that tells of less is late."""


class _Begin(NamedTuple):
    """The first state of charge, and the energy by then: as the meter had told, and the most that it can have been."""

    percent: float
    told_kwh: float
    most_kwh: float


class SocLag:
    """Compares a state of charge with the energy of its session; knows nothing after a restart."""

    def __init__(self) -> None:
        self._energy: deque[tuple[datetime, float]] = deque()
        self._began: _Begin | None = None
        self._told: tuple[float, datetime] | None = None
        """The newest state of charge, and when it was first told."""
        self._lag = timedelta(0)

    def forget_session(self) -> None:
        """Start over for the next car."""
        self._energy.clear()
        self._began, self._told, self._lag = None, None, timedelta(0)

    def note_energy(self, energy_kwh: float, now: datetime) -> None:
        """What the session has had by now."""
        if self._energy and now - self._energy[-1][0] < STEP:
            return
        self._energy.append((now, energy_kwh))
        while len(self._energy) > 1 and now - self._energy[1][0] > LATEST:
            self._energy.popleft()

    def told_of_kwh(
        self, soc_percent: float | None, battery_kwh: float | None, now: datetime, *, unmetered_kwh: float = 0.0
    ) -> float | None:
        """The energy that the car's newest state of charge tells of, where that is late; else None.

        Args:
            unmetered_kwh: What can have flowed since the meter's last report, as the meter may be late, too.
        """
        if soc_percent is None or battery_kwh is None or not self._energy:
            return None
        energy_kwh = self._energy[-1][1]
        self._began = self._began or _Begin(soc_percent, energy_kwh, energy_kwh + unmetered_kwh)
        if self._told is None or self._told[0] != soc_percent:
            self._told = soc_percent, now
            self._lag = max(self._lag, now - self._explained_at(soc_percent, battery_kwh, now))
        if not self._lag:
            return None
        told_at, point_kwh = self._told[1], battery_kwh / 100 / WORST_EFFICIENCY  # the next one may be about to come
        as_of = min(told_at, max(told_at, now - NEXT_WITHIN) - self._lag)
        return max(self._began.told_kwh, self._energy_at(as_of) - point_kwh)

    def _explained_at(self, soc_percent: float, battery_kwh: float, now: datetime) -> datetime:
        """When there was energy enough for a state of charge, even in a bad car; now for one that is not late."""
        if self._began is None or soc_percent <= self._began.percent:
            return now
        rise_percent = soc_percent + 1 - self._began.percent
        most_kwh = self._began.most_kwh + rise_percent / 100 * battery_kwh / WORST_EFFICIENCY
        return next((at for at, kwh in self._energy if kwh > most_kwh), now)

    def _energy_at(self, moment: datetime) -> float:
        before = [kwh for at, kwh in self._energy if at <= moment]
        return before[-1] if before else self._energy[0][1]
