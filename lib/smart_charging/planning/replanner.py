"""Plans for all chargers of a scheduler, drawn anew only when that may change something."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.planning.replan import replan, replan_shared
from smart_charging.prices.curve import PriceCurve

REPLANNED_AFTER = timedelta(minutes=15)
"""At the latest, however well all goes."""
ON_COURSE_KWH = 0.25
"""By which charging may be ahead of its plan or behind; a minute and a half at 11 kW."""
NEAR = timedelta(minutes=3)
"""Before an edge of a plan, where half a minute counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What plans depend on, apart from the time."""

    curve: PriceCurve
    requests: Sequence[ChargeRequest]
    fuse_kw: float | None = None
    loads: Sequence[Load] = field(default=())

    def but_for_progress(self) -> _Question:
        """What stays the same while charging goes as planned."""
        return replace(self, requests=[_but_for_progress(request) for request in self.requests])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """What was asked when plans were drawn last."""

    question: _Question
    at: datetime


class Replanner:
    """Keeps the plans it has drawn, as long as all goes by them.

    While all of them wait and nothing changes, the best way to wait stays the best; while
    they are carried out, a plan whose rest fits what is still missing stays for a while.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._answered: dict[frozenset[str], _Answered] = {}
        self._plans: dict[str, Plan] = {}

    def remind(self, charger_id: str, recall: Callable[[], Plan | None]) -> None:
        """Take a plan of before a restart for the previous one, while none has been made since."""
        if charger_id not in self._plans and (plan := recall()):
            self._plans[charger_id] = plan

    def forget(self, charger_id: str) -> None:
        """The session is over, or somebody else decides."""
        self._plans.pop(charger_id, None)

    def plans(
        self,
        curve: PriceCurve,
        requests: Sequence[ChargeRequest],
        now: datetime,
        *,
        fuse_kw: float | None = None,
        loads: Sequence[Load] = (),
    ) -> Mapping[str, Plan]:
        """By charger id; with a fuse all together, else each for itself."""
        if fuse_kw is None:
            questions = [_Question(curve=curve, requests=[request]) for request in requests]
        else:
            questions = [_Question(curve=curve, requests=requests, fuse_kw=fuse_kw, loads=loads)] if requests else []
        for question in questions:
            self._replan_safely(question, now)
        return {request.charger_id: self._plans[request.charger_id] for request in requests}

    def _replan_safely(self, question: _Question, now: datetime) -> None:
        """A bug leaves no car empty: the plans there are stay, and where there is none the car is charged at once."""
        try:
            self._replan(question, now)
        except Exception:  # noqa: BLE001  # whatever it is, the others and the morning do not wait for it
            self._log.exception("Planning failed, which should not happen; please report it")
            for request in question.requests:
                self._plans.setdefault(request.charger_id, _at_once(request.need, now))

    def _replan(self, question: _Question, now: datetime) -> None:
        whose = frozenset(request.charger_id for request in question.requests)
        if (before := self._answered.get(whose)) and self._still_holds(before, question, now):
            return
        for was, request in zip(before.question.requests if before else (), question.requests, strict=False):
            if not _is_as_urgent(was, request):  # a plan for another hurry is none to keep to
                self.forget(request.charger_id)
        self._plans |= _plans(question, {key: plan for key, plan in self._plans.items() if key in whose}, now)
        self._answered[whose] = _Answered(question=question, at=now)

    def _still_holds(self, before: _Answered, question: _Question, now: datetime) -> bool:
        if any(before.at < request.need.ready_by <= now for request in question.requests):
            return False  # who is still there after departure is planned for by other rules
        if before.question == question and all(self._waits(one.charger_id, now) for one in question.requests):
            return True
        return (
            now - before.at < REPLANNED_AFTER
            and before.question.but_for_progress() == question.but_for_progress()
            and all(map(_is_as_urgent, before.question.requests, question.requests))
            and all(self._is_on_course(request, now) for request in question.requests)
        )

    def _is_on_course(self, request: ChargeRequest, now: datetime) -> bool:
        """Whether what is left of the plan is what is missing, and nothing is about to begin or to end."""
        plan = self._plans.get(request.charger_id)
        if plan is None or not request.need.energy_kwh:
            return plan is not None and not plan.slots
        if plan.end is None or plan.end <= now:
            return False
        change = plan.next_change(now)
        is_near = change is not None and change - now < NEAR
        return not is_near and abs(_left_kwh(plan, now) - request.need.energy_kwh) <= ON_COURSE_KWH

    def _waits(self, charger_id: str, now: datetime) -> bool:
        plan = self._plans.get(charger_id)
        return plan is not None and (plan.start is None or now < plan.start)


def _but_for_progress(request: ChargeRequest) -> ChargeRequest:
    return replace(request, is_running=False, need=replace(request.need, energy_kwh=0.0, minimum_kwh=0.0))


def _is_as_urgent(before: ChargeRequest, request: ChargeRequest) -> bool:
    """Whether the same is to be charged at once, or the rest of it."""
    was, is_now = before.need, request.need
    if not was.minimum_kwh or not is_now.minimum_kwh:
        return was.minimum_kwh == is_now.minimum_kwh
    later_kwh = [need.energy_kwh - need.minimum_kwh for need in (was, is_now)]
    return abs(later_kwh[0] - later_kwh[1]) <= ON_COURSE_KWH


def _left_kwh(plan: Plan, now: datetime) -> float:
    """What a plan charges from a moment on."""
    left = ((slot, min(slot.end - slot.start, slot.end - now)) for slot in plan.slots if now < slot.end)
    return sum(slot.energy_kwh * (length / (slot.end - slot.start)) for slot, length in left)


def _plans(question: _Question, previous: Mapping[str, Plan], now: datetime) -> Mapping[str, Plan]:
    if question.fuse_kw is not None:
        return replan_shared(
            question.curve,
            question.requests,
            previous,
            limit_kw=question.fuse_kw,
            now=now,
            loads=question.loads,
        )
    [one] = question.requests
    plan = replan(
        question.curve,
        one.need,
        now,
        previous.get(one.charger_id),
        preferences=one.preferences,
        is_running=one.is_running,
    )
    return {one.charger_id: plan}


def _at_once(need: Need, now: datetime) -> Plan:
    """What needs no planner."""
    slot = PlanSlot(start=now, end=now + need.charging_time, price_per_kwh=None, energy_kwh=need.energy_kwh)
    return Plan(slots=[slot] if need.energy_kwh else [], ready_by=need.ready_by)
