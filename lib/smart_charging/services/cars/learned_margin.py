"""How long before departure plans end, by what a charger's sessions have lost; apps.yaml may say it instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smart_charging.planning.plan import Block, Plan
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import number

FRESH = timedelta(minutes=10)
"""The margin of a charger nothing is known of, and the least for a car planned with more power than the last one."""
LEAST, MOST = timedelta(minutes=2), timedelta(minutes=15)
NEARER = 0.3
"""How far a session that lost less than the margin moves it towards what it needed: ten minutes become 2.2 in ten."""
LONG_ENOUGH = timedelta(minutes=10)
"""Shorter charging says nothing of the next."""
ALIKE = 1.05
"""A power that is higher by less than this is the same."""
_NO_TIME = timedelta(0)


@dataclass(slots=True, kw_only=True)
class _Record:
    """One session, from its begin on."""

    power_kw: float
    """What it was planned with at first."""
    margin: timedelta
    plan: Plan | None = None
    seen_at: datetime | None = None
    planned: timedelta = _NO_TIME
    """For how long plans have charged."""
    begun_at_kwh: float = 0.0
    """The energy when they first did."""
    energy_kwh: float = 0.0
    planned_by_then: timedelta = _NO_TIME
    """`planned` when the energy last grew; a full car takes none, which is no loss."""
    outage: timedelta = _NO_TIME
    """The longest."""

    def lost(self, energy_kwh: float, *, is_full: bool) -> timedelta:
        """By how much plans charged for longer than the energy takes; an outage may come at a start, so it counts."""
        took = timedelta(hours=max(0.0, energy_kwh - self.begun_at_kwh) / self.power_kw)
        return max(self.outage, (self.planned_by_then if is_full else self.planned) - took)


class LearnedMargin:
    """Two minutes, and what sessions lose: to late, failed and repeated starts, to outages, to less power than thought.

    A session that lost more than its margin leaves raises it at once; one that lost less lowers it by 30 % of the
    difference. It is never below two minutes or above fifteen, and begins with ten. A session teaches nothing if it was
    not seen from its begin, if others had a part in it, or if it charged for less than ten minutes. The margin stays as
    it is within a session.
    """

    def __init__(self, charger_id: str, store: Store) -> None:
        self._store = store
        self._store_key = f"margin_{charger_id}"
        self._learned = FRESH
        self._power_kw = 0.0
        """The power that was planned with when it was learned."""
        self._is_recalled = False
        self._of_session: timedelta | None = None
        self._record: _Record | None = None

    async def begin(self, power_kw: float) -> None:
        """A session has begun, whose car is planned with this power."""
        margin = await self.of_session(power_kw)
        self._record = _Record(power_kw=power_kw, margin=margin)

    async def of_session(self, power_kw: float) -> timedelta:
        """The margin of the running session; one that began before a restart gets it anew, from what was remembered."""
        await self._recall()
        if self._of_session is None:
            is_proven = power_kw <= self._power_kw * ALIKE
            self._of_session = self._learned if is_proven else max(self._learned, FRESH)
        return self._of_session

    def note_plan(self, plan: Plan) -> None:
        """The plan that is charged by until the next one."""
        if self._record:
            self._record.plan = plan

    def note_energy(self, energy_kwh: float, now: datetime, *, failing_since: datetime | None = None) -> None:
        """The session's energy so far.

        Args:
            failing_since: Since when the charger cannot be read.
        """
        if (record := self._record) is None:
            return
        if record.plan and record.seen_at:
            record.planned += _overlap(record.plan.blocks, record.seen_at, now)
        record.seen_at = now
        if not record.planned:
            record.begun_at_kwh = energy_kwh
        if energy_kwh > record.energy_kwh:
            record.energy_kwh, record.planned_by_then = energy_kwh, record.planned
        if failing_since is not None:
            record.outage = max(record.outage, now - failing_since)

    def look_away(self) -> None:
        """Others have a part in the session, so that its energy says nothing of its plans."""
        self._record = None

    def forget_session(self) -> None:
        """Start over for the next session."""
        self._record = self._of_session = None

    async def end(self, energy_kwh: float, *, is_full: bool) -> None:
        """The session is over; learn from it.

        Args:
            energy_kwh: What it had in all, but no more than was wanted.
            is_full: Whether the car took no more at last.
        """
        record = self._record
        self.forget_session()
        if record is None or record.planned < LONG_ENOUGH:
            return
        needed = min(LEAST + record.lost(energy_kwh, is_full=is_full), MOST)
        share = NEARER if needed < record.margin else 1.0
        self._learned, self._power_kw = record.margin + share * (needed - record.margin), record.power_kw
        facts = {"margin_s": round(self._learned.total_seconds()), "power_kw": self._power_kw}
        await self._store.remember(self._store_key, facts)

    async def _recall(self) -> None:
        if not self._is_recalled:
            self._is_recalled = True
            if kept := await recalled(self._store, self._store_key, _learned):
                self._learned, self._power_kw = kept


def _overlap(blocks: Sequence[Block], start: datetime, end: datetime) -> timedelta:
    return sum((max(_NO_TIME, min(block.end, end) - max(block.start, start)) for block in blocks), _NO_TIME)


def _learned(facts: Mapping[str, Any]) -> tuple[timedelta, float]:
    least, most = (bound.total_seconds() for bound in (LEAST, MOST))
    return timedelta(seconds=number(facts["margin_s"], least=least, most=most)), number(facts["power_kw"])
