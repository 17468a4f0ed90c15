"""The real charging power of a car, learned from the meter; apps.yaml and ratings only guess it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from smart_charging.charger import Charge, ChargeState
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import number, optional

FALLBACK_KW = 11.0
"""Of a charger without a known rating."""
LONG_ENOUGH = timedelta(minutes=6)
"""Time between two meter readings to learn from."""
READ_LATE = timedelta(minutes=2)
"""How long a new meter reading may have been there before it is read."""
FRESH = timedelta(minutes=1)
"""How soon after a charge's begin its first reading has to be seen to be new."""
MEMORY = timedelta(minutes=30)
LEAST_KW = 0.1
"""What was stored below this was never a car's power."""
ANOTHER = 0.05
"""The share by which power has to differ to count as changed; less is the meter's rounding."""
SETTLED = timedelta(seconds=90)
"""How long measured power has to be seen; a car takes a minute to reach its full power."""
TRICKLE_SHARE, TRICKLE_KW = 0.1, 1.2
"""Less than this share of the known power and less than so many kW is no charging: 6 A, the least that a charger may
offer, are 1.4 kW on one phase."""


def trickle_kw(known_kw: float) -> float:
    """Below this a car sleeps or waits, and does not charge."""
    return min(TRICKLE_SHARE * known_kw, TRICKLE_KW)


class LearnedPower:
    """The power to plan with: a guess until a charge has been measured, then that, for later sessions too."""

    def __init__(self, charger_id: str, store: Store) -> None:
        self._store = store
        self._store_key = f"power_{charger_id}"
        self._learned_kw: float | None = None
        self._usual_kw: float | None = None
        """Of the first half hour of a charge, before a nearly full car takes less; stored for the next session."""
        self._instead_of: float | None = None
        self._is_recalled = False
        self._charge_id: str | None = None
        self._began_at: datetime | None = None
        self._is_early = True
        self._seen_kwh: float | None = None
        self._reports: deque[tuple[datetime, float]] = deque()
        self._measured: deque[tuple[datetime, float]] = deque()

    def power_kw(self, guess_kw: float | None) -> float:
        """The power to plan with: as measured with this car, else the lower of the usual power and the guess.

        A guess that has changed in apps.yaml since overrules what was learned.
        """
        guess = guess_kw or FALLBACK_KW
        if self._instead_of != guess_kw:
            return guess
        if self._learned_kw is not None:
            return self._learned_kw
        return guess if self._usual_kw is None else min(self._usual_kw, guess)

    def forget_car(self) -> None:
        """Forget the power of this session's car, as the next may be another one."""
        self._learned_kw = None

    async def recall(self, guess_kw: float | None) -> float:
        """The power to plan with, including what was learned before a restart, which is read once."""
        if not self._is_recalled:
            self._is_recalled = True
            if kept := await recalled(self._store, self._store_key, _learned):
                self._usual_kw, self._instead_of = kept
        return self.power_kw(guess_kw)

    async def learn(
        self, charge: Charge | None, guess_kw: float | None, now: datetime, *, measured_kw: float | None = None
    ) -> float:
        """Learn from a running charge; returns the power to plan with from now on.

        Args:
            measured_kw: What flows now, where the cloud measures it; it replaces the estimate from the meter.
        """
        if charge is None or charge.state is not ChargeState.CHARGING:
            self._begin_anew()
            return self.power_kw(guess_kw)
        if charge.id != self._charge_id:
            self._charge_id, self._began_at, self._is_early = charge.id, now, True
            self._begin_anew()
        if measured_kw is not None:
            await self._note_measured(measured_kw, guess_kw, now)
        elif charge.consumed_kwh is not None and self._is_report(charge, charge.consumed_kwh, now):
            await self._note(charge.consumed_kwh, guess_kw, now)
        return self.power_kw(guess_kw)

    def _begin_anew(self) -> None:
        self._seen_kwh = None
        self._reports.clear()
        self._measured.clear()

    def _is_report(self, charge: Charge, kwh: float, now: datetime) -> bool:
        """Whether the meter has just told this; what it told before one looked may be a quarter of an hour old."""
        before, self._seen_kwh = self._seen_kwh, max(kwh, self._seen_kwh or 0.0)
        if before is None:
            return now - (charge.started_at or charge.created_at) <= FRESH
        return kwh > before

    async def _note_measured(self, measured_kw: float, guess_kw: float | None, now: datetime) -> None:
        self._measured.append((now, measured_kw))
        if now - self._measured[0][0] < SETTLED:
            return
        while now - self._measured[1][0] >= SETTLED:
            self._measured.popleft()
        self._is_early = self._is_early and now - (self._began_at or now) <= MEMORY
        await self._take(median(kw for _, kw in self._measured), guess_kw)

    async def _note(self, kwh: float, guess_kw: float | None, now: datetime) -> None:
        if self._reports and _power_kw(self._reports[-1], (now, kwh)) < trickle_kw(guess_kw or FALLBACK_KW):
            self._reports.clear()
        self._reports.append((now, kwh))
        await self._learn(guess_kw)

    async def _learn(self, guess_kw: float | None) -> None:
        while self._reports[-1][0] - self._reports[0][0] > MEMORY:
            self._reports.popleft()
            self._is_early = False
        span = self._reports[-1][0] - self._reports[0][0]
        if span >= LONG_ENOUGH:
            measured_kw = _power_kw(self._reports[0], self._reports[-1])
            await self._take(measured_kw, guess_kw, error=max(ANOTHER, READ_LATE / span))

    async def _take(self, measured_kw: float, guess_kw: float | None, *, error: float = ANOTHER) -> None:
        known_kw = self.power_kw(guess_kw)
        if measured_kw < trickle_kw(guess_kw or FALLBACK_KW) or abs(measured_kw - known_kw) <= error * known_kw:
            return
        self._learned_kw, self._instead_of = round(measured_kw, 2), guess_kw
        if self._is_early or self._usual_kw is None:
            self._usual_kw = self._learned_kw
            facts = {"learned_kw": self._usual_kw, "instead_of": guess_kw}
            await self._store.remember(self._store_key, facts)


def _learned(facts: Mapping[str, Any]) -> tuple[float | None, float | None]:
    learned_kw = optional(number, facts.get("learned_kw"))
    if learned_kw is not None and learned_kw < LEAST_KW:
        raise ValueError(f"{learned_kw:g} kW is no power to plan with")
    return learned_kw, optional(number, facts.get("instead_of"))


def _power_kw(before: tuple[datetime, float], after: tuple[datetime, float]) -> float:
    """The average between two reports."""
    hours = (after[0] - before[0]) / timedelta(hours=1)
    return (after[1] - before[1]) / hours if hours > 0 else 0.0
