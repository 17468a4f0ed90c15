"""The plans of one round: what the chargers ask for goes through a row of steps, then it is planned.

All that counts is in a `Question`, and all that comes of it in an `Answer`, so that a thread of its own may work on it.
A step takes requests and returns them. To add one, write a method of `_Work` and its row in `_Work._requests`; what it
has to know goes into `Question`, what it has to remember until the next round into `Memory`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.co2_weight import Co2Weight, in_money, limited_by
from smart_charging.planning.expected_request import Arrival, left_room
from smart_charging.planning.hurry import hurried
from smart_charging.planning.plan import Plan
from smart_charging.planning.replanner import Replanner
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.heartbeat import Bulkhead
from smart_charging.services.peaks.spreader import Spreader
from smart_charging.services.scheduling.current_choice import CurrentChoice
from smart_charging.services.scheduling.fuse import Fuse, why_too_much
from smart_charging.services.scheduling.snapshot import Snapshot

Requests = Sequence[ChargeRequest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the next round has to know of this one."""

    replanner: Replanner
    currents: CurrentChoice = field(default_factory=CurrentChoice)
    at_once: Collection[str] = ()
    """Keys of chargers whose cars charge all they need at once, because the fuse is shared with others."""
    spreader: Spreader | None = None
    """None where no peak is billed."""

    def copy(self) -> Memory:
        """One that may be written to."""
        spreader = self.spreader.copy() if self.spreader else None
        return replace(self, replanner=self.replanner.copy(), spreader=spreader)

    def recalling(
        self, snapshots: Sequence[Snapshot], recall: Callable[[str], Plan | None], spreader: Spreader | None
    ) -> Memory:
        """With the plans from before a restart, and without those of chargers that are not planned."""
        memory = replace(self, spreader=spreader).copy()
        for snapshot in snapshots:
            if snapshot.request is None:
                memory.replanner.forget(snapshot.key)
            else:
                memory.replanner.remind(snapshot.key, partial(recall, snapshot.key))
        return memory


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFuse:
    """The fuse as plans have to know it."""

    limit_kw: float
    loads: Sequence[Load] = ()
    """Running charges that are not planned here."""

    @classmethod
    def of(cls, fuse: Fuse, now: datetime) -> SharedFuse:
        """As it is at this moment."""
        return cls(limit_kw=fuse.limit_kw, loads=fuse.loads(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that a round's plans depend on; none of it changes any more."""

    snapshots: Sequence[Snapshot]
    fuse: SharedFuse | None
    curve: PriceCurve
    """With estimates as far as somebody plans."""
    history: PriceCurve
    """Published prices of the days before."""
    co2: Co2Weight
    """What counts in plans beside money."""
    now: datetime
    memory: Memory
    arrivals: Sequence[Arrival] = ()
    """Cars that are expected at other chargers on the fuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a question."""

    plans: Mapping[str, Plan]
    """By the chargers' keys."""
    memory: Memory


def answered(question: Question, log: logging.Logger) -> Answer:
    """Plan; a bug in one of the steps is logged, and the step left out."""
    return _Work(question, log).answer()


class _Work:
    """What is done about one question."""

    def __init__(self, question: Question, log: logging.Logger) -> None:
        self._question = question
        self._bulkhead = Bulkhead(log)
        self._memory = question.memory.copy()
        weighed = self._bulkhead.tried("CO2", lambda: question.co2.weighed(question.curve, question.now))
        self._curve = question.curve if weighed is None else weighed
        """What to plan with: the prices, with the cost of CO2 in them where that counts."""

    def answer(self) -> Answer:
        requests, expected = self._requests(), [one.request for one in self._question.arrivals]
        plans = self._in_money(self._planned([*requests, *expected]), [*requests, *expected])
        plans = {**plans, **{one.charger_id: self._with_newcomers(one, requests, plans) for one in requests}}
        by_key = {one.key: one for one in self._question.snapshots if one.request}
        return Answer(plans={key: self._explained(plans[key], one) for key, one in by_key.items()}, memory=self._memory)

    def _requests(self) -> Requests:
        requests: Requests = [one.request for one in self._question.snapshots if one.request]
        for what, step in (
            ("CO2", self._limited_in_money),
            ("Currents", self._at_shared_current),
            ("The fuse", self._hurried),
            ("Peaks", self._spread),
        ):
            changed = self._bulkhead.tried(what, partial(step, requests))
            requests = requests if changed is None else changed
        return requests

    def _limited_in_money(self, requests: Requests) -> Requests:
        """With price limits that judge by money, whatever else counts."""
        money = self._question.curve
        return requests if self._curve is money else limited_by(money, requests)

    def _at_shared_current(self, requests: Requests) -> Requests:
        """Each car at the power that the others leave it."""
        asked, fuse, before = self._question, self._question.fuse, self._memory.currents
        if fuse is None:
            return requests
        choice = before.anew(requests, asked.snapshots, fuse.loads, self._curve, asked.now, limit_kw=fuse.limit_kw)
        self._memory = replace(self._memory, currents=choice)
        return choice.requests

    def _hurried(self, requests: Requests) -> Requests:
        """Those to be charged at once that could come short beside a load whose end is a guess."""
        asked, fuse, before = self._question, self._question.fuse, self._memory.at_once
        if fuse is None:
            return requests
        requests = hurried(self._curve, requests, fuse.loads, asked.now, limit_kw=fuse.limit_kw, already=before)
        at_once = {one.charger_id for one in requests if one.need.minimum_kwh == one.need.energy_kwh > 0}
        self._memory = replace(self._memory, at_once=at_once)
        return requests

    def _spread(self, requests: Requests) -> Requests:
        """Closed to times in which charging would raise the month's peak for too little."""
        asked, fuse = self._question, self._question.fuse
        if (spreader := self._memory.spreader) is None:
            return requests
        limit_kw, loads = (fuse.limit_kw, fuse.loads) if fuse else (None, ())
        return spreader.spread(requests, self._curve, asked.history, asked.now, fuse_kw=limit_kw, loads=loads)

    def _planned(self, requests: Requests) -> Mapping[str, Plan]:
        asked, fuse = self._question, self._question.fuse
        limit_kw, loads = (fuse.limit_kw, fuse.loads) if fuse else (None, ())
        return self._memory.replanner.plans(self._curve, requests, asked.now, fuse_kw=limit_kw, loads=loads)

    def _in_money(self, plans: Mapping[str, Plan], requests: Requests) -> Mapping[str, Plan]:
        """As they are shown and booked."""
        money = self._question.curve
        return plans if self._curve is money else in_money(plans, requests, money, self._question.now)

    def _with_newcomers(self, request: ChargeRequest, requests: Requests, plans: Mapping[str, Plan]) -> Plan:
        """The plan that says for whom it leaves room."""
        asked, fuse, plan = self._question, self._question.fuse, plans[request.charger_id]
        if fuse is None or not asked.arrivals:
            return plan
        room = left_room(request, plans, requests, asked.arrivals, limit_kw=fuse.limit_kw, loads=fuse.loads)
        return replace(plan, leaves_room_for=tuple(room))

    def _explained(self, plan: Plan, snapshot: Snapshot) -> Plan:
        """With another reason where the charger alone exceeds the fuse, which the planner does not know."""
        fuse = self._question.fuse
        trouble = why_too_much(snapshot, fuse.limit_kw) if fuse else None
        return replace(plan, shortfall_reason=trouble) if trouble and plan.shortfall_kwh else plan
