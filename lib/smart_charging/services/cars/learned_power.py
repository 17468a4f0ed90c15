"""The real charging power of a car, learned from the meter; apps.yaml and ratings only guess it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from smart_charging.charger import Charge, ChargeState
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import number, optional, text

FALLBACK_KW = 11.0
"""Of a charger without a known rating."""
LONG_ENOUGH = timedelta(minutes=6)
"""Time between two meter readings to learn from."""
MEMORY = timedelta(minutes=30)
BEGINS_WITHIN = timedelta(minutes=1)
"""So long after its charge was seen without energy a car may begin to take some."""
LEAST_KW = 0.1
"""What was stored below this was never a car's power."""
ANOTHER = 0.05
"""The share by which power has to differ to count as changed; less is the meter's rounding."""
LATEST = timedelta(minutes=2)
"""What was last changed longer ago may have stood still, and is no older than the read."""
SETTLED = timedelta(seconds=90)
"""How long measured power has to be seen; a car takes a minute to reach its full power."""
TRICKLE_SHARE, TRICKLE_KW = 0.1, 1.2
"""Less than this share of the known power and less than so many kW is no charging: 6 A, the least that a charger may
offer, are 1.4 kW on one phase."""


def trickle_kw(known_kw: float) -> float:
    """Below this a car sleeps or waits, and does not charge."""
    return min(TRICKLE_SHARE * known_kw, TRICKLE_KW)


class _Report(NamedTuple):
    """A new meter reading; the meter told it at some moment between two answers of the cloud."""

    not_before: datetime
    seen_at: datetime
    kwh: float


class _Estimate(NamedTuple):
    """Power, and how far off it may be because reports are read late."""

    kw: float
    least_kw: float
    most_kw: float


class _Kept(NamedTuple):
    """What outlives a restart."""

    usual_kw: float | None
    instead_of: float | None
    car_kw: float | None
    """Of the car that was measured last, with the charge in which it was."""
    charge_id: str | None


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
        self._told_at: datetime | None = None
        self._reports: deque[_Report] = deque()
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

    async def recall(self, guess_kw: float | None, charges: Iterable[Charge] = ()) -> float:
        """The power to plan with, including what was learned before a restart, which is read once.

        Args:
            charges: Of the running session, by which the car is known again.
        """
        if not self._is_recalled:
            self._is_recalled = True
            if kept := await recalled(self._store, self._store_key, _learned):
                self._usual_kw, self._instead_of = kept.usual_kw, kept.instead_of
                is_same_car = any(charge.id == kept.charge_id for charge in charges)
                self._learned_kw = kept.car_kw if is_same_car else None
        return self.power_kw(guess_kw)

    async def learn(
        self,
        charge: Charge | None,
        guess_kw: float | None,
        now: datetime,
        *,
        measured_kw: float | None = None,
        is_fresh: bool = True,
    ) -> float:
        """Learn from a running charge; returns the power to plan with from now on.

        Args:
            measured_kw: What flows now, where the cloud measures it; it replaces the estimate from the meter.
            is_fresh: Whether the charger was read since the last call.
        """
        await self._learn_from(charge, guess_kw, now, measured_kw)
        if is_fresh:
            self._told_at = _told_at(charge, now) if charge else now
        return self.power_kw(guess_kw)

    async def _learn_from(
        self, charge: Charge | None, guess_kw: float | None, now: datetime, measured_kw: float | None
    ) -> None:
        if charge is None or charge.state is not ChargeState.CHARGING:
            self._reports.clear()
            self._measured.clear()
            return
        if charge.id != self._charge_id:
            self._charge_id, self._began_at, self._is_early = charge.id, now, True
            self._reports.clear()
            self._measured.clear()
        if measured_kw is not None:
            await self._note_measured(measured_kw, guess_kw, now)
        elif charge.consumed_kwh is not None:
            told_at = _told_at(charge, now)
            told_after = min(self._told_at or charge.started_at or charge.created_at, told_at)
            await self._note(_Report(told_after, told_at, charge.consumed_kwh), guess_kw)

    async def _note_measured(self, measured_kw: float, guess_kw: float | None, now: datetime) -> None:
        self._measured.append((now, measured_kw))
        if now - self._measured[0][0] < SETTLED:
            return
        while now - self._measured[1][0] >= SETTLED:
            self._measured.popleft()
        self._is_early = self._is_early and now - (self._began_at or now) <= MEMORY
        settled_kw = median(kw for _, kw in self._measured)
        await self._take(_Estimate(settled_kw, settled_kw, settled_kw), guess_kw)

    async def _note(self, report: _Report, guess_kw: float | None) -> None:
        if self._reports and report.kwh <= self._reports[-1].kwh:
            return
        if self._reports and _power(self._reports[-1], report).kw < trickle_kw(guess_kw or FALLBACK_KW):
            self._reports.clear()
        self._reports.append(report)
        await self._learn(guess_kw)

    async def _learn(self, guess_kw: float | None) -> None:
        newest = self._reports[-1]
        while newest.seen_at - self._reports[0].seen_at > MEMORY:
            self._reports.popleft()
            self._is_early = False
        if len(self._reports) > 2 and newest.seen_at - self._reports[1].seen_at >= LONG_ENOUGH:
            self._forget_begin()
        if newest.seen_at - self._reports[0].seen_at >= LONG_ENOUGH:
            await self._take(_power(self._reports[0], newest), guess_kw)

    def _forget_begin(self) -> None:
        """Energy is told from the first on, but not when the car began to take it."""
        if self._reports[0].kwh == 0:
            self._reports.popleft()

    async def _take(self, seen: _Estimate, guess_kw: float | None) -> None:
        known_kw, guess = self.power_kw(guess_kw), guess_kw or FALLBACK_KW
        is_known = seen.least_kw <= known_kw <= seen.most_kw or _are_alike(seen.kw, known_kw)
        if is_known or seen.kw < trickle_kw(guess):
            return
        is_guess = seen.least_kw <= guess <= seen.most_kw or _are_alike(seen.kw, guess)
        self._learned_kw = guess if is_guess else round(seen.kw, 2)  # which is the more exact one
        self._instead_of = guess_kw
        if self._is_early or self._usual_kw is None:
            self._usual_kw = self._learned_kw
        facts = {"learned_kw": self._usual_kw, "instead_of": guess_kw}
        car = {"car_kw": self._learned_kw, "charge_id": self._charge_id}
        await self._store.remember(self._store_key, facts | car)


def _told_at(charge: Charge, now: datetime) -> datetime:
    """As of when the cloud tells of a charge: lists may be late, and then a charge's own stamp says by how much."""
    at = charge.updated_at
    return at if at is not None and timedelta(0) <= now - at <= LATEST else now


def _are_alike(kw: float, known_kw: float) -> bool:
    return abs(kw - known_kw) <= ANOTHER * known_kw


def _learned(facts: Mapping[str, Any]) -> _Kept:
    kept = _Kept(
        usual_kw=optional(number, facts.get("learned_kw")),
        instead_of=optional(number, facts.get("instead_of")),
        car_kw=optional(number, facts.get("car_kw")),
        charge_id=optional(text, facts.get("charge_id")),
    )
    for kw in (kept.usual_kw, kept.car_kw):
        if kw is not None and kw < LEAST_KW:
            raise ValueError(f"{kw:g} kW is no power to plan with")
    return kept


def _power(before: _Report, after: _Report) -> _Estimate:
    """The average between two reports."""
    kwh = after.kwh - before.kwh
    begun_at = before.seen_at if before.kwh > 0 else before.seen_at + BEGINS_WITHIN
    return _Estimate(
        kw=_kw(kwh, after.seen_at - before.seen_at, at_once=0.0),
        least_kw=_kw(kwh, after.seen_at - before.not_before, at_once=0.0),
        most_kw=_kw(kwh, after.not_before - begun_at, at_once=math.inf),
    )


def _kw(kwh: float, lasts: timedelta, *, at_once: float) -> float:
    hours = lasts / timedelta(hours=1)
    return kwh / hours if hours > 0 else at_once
