"""Holds the plans of all chargers of a scheduler, and re-plans only when that may change something."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.checkpoint import checkpoint
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.planning.replan import replan, replan_shared
from smart_charging.prices.curve import PriceCurve

REPLANNED_AFTER = timedelta(minutes=15)
"""While charging, re-plan at least this often."""
ON_COURSE_KWH = 0.25
"""How far charging may be ahead of its plan or behind without a new plan; 80 seconds at 11 kW."""
NEAR = timedelta(minutes=3)
"""This close to a start or end, re-plan even if charging is on course, as half a minute counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """Everything that plans depend on, apart from the time."""

    curve: PriceCurve
    requests: Sequence[ChargeRequest]
    fuse_kw: float | None = None
    loads: Sequence[Load] = field(default=())

    def but_for_progress(self) -> _Inputs:
        """The input without what changes while charging goes as planned."""
        return replace(self, requests=[_but_for_progress(request) for request in self.requests])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """The input and the time of the last planning."""

    inputs: _Inputs
    at: datetime


class Replanner:
    """Keeps plans as long as everything goes as planned.

    While all cars wait and no input changes, the plans stay; while cars charge, a plan stays
    for some minutes if its rest matches what is still missing.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._planned: dict[frozenset[str], _Planned] = {}
        self._plans: dict[str, Plan] = {}
        self._failing: frozenset[frozenset[str]] = frozenset()
        """The groups whose planning failed the last time."""

    def copy(self) -> Replanner:
        """One that knows the same and goes on by itself."""
        other = Replanner(self._log)
        other._planned, other._plans, other._failing = dict(self._planned), dict(self._plans), self._failing
        return other

    def remind(self, charger_id: str, recall: Callable[[], Plan | None]) -> None:
        """Use a plan from before a restart as the previous one, unless a new one has been made since."""
        if charger_id not in self._plans and (plan := recall()):
            self._plans[charger_id] = plan

    def forget(self, charger_id: str) -> None:
        """Drop the plan: the session is over, or a person has taken over."""
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
        """Plans by charger id: with a fuse joint ones, else one for each charger by itself."""
        if fuse_kw is None:
            groups = [_Inputs(curve=curve, requests=[request]) for request in requests]
        else:
            groups = [_Inputs(curve=curve, requests=requests, fuse_kw=fuse_kw, loads=loads)] if requests else []
        for inputs in groups:
            checkpoint()
            self._replan_safely(inputs, now)
        return {request.charger_id: self._plans[request.charger_id] for request in requests}

    def _replan_safely(self, inputs: _Inputs, now: datetime) -> None:
        """If planning fails by a bug, keep the plans there are and charge a car without a plan at once."""
        whose = {frozenset(request.charger_id for request in inputs.requests)}
        try:
            self._replan(inputs, now)
            self._failing -= whose
        except Exception:  # noqa: BLE001  # any bug: cars have to be charged all the same
            if not whose <= self._failing:
                self._log.exception("Planning failed, which should not happen; please report it")
            self._failing |= whose
            for request in inputs.requests:
                self._plans.setdefault(request.charger_id, _at_once(request.need, now))

    def _replan(self, inputs: _Inputs, now: datetime) -> None:
        whose = frozenset(request.charger_id for request in inputs.requests)
        if (before := self._planned.get(whose)) and self._still_holds(before, inputs, now):
            return
        for was, request in zip(before.inputs.requests if before else (), inputs.requests, strict=False):
            if not _is_as_urgent(was, request):  # the previous plan was made for another urgency
                self.forget(request.charger_id)
        self._plans |= _plans(inputs, {key: plan for key, plan in self._plans.items() if key in whose}, now)
        self._planned[whose] = _Planned(inputs=inputs, at=now)

    def _still_holds(self, before: _Planned, inputs: _Inputs, now: datetime) -> bool:
        if any(before.at < request.need.ready_by <= now for request in inputs.requests):
            return False  # other rules apply to a car that is still there after departure
        if before.inputs == inputs and all(self._waits(one.charger_id, now) for one in inputs.requests):
            return True
        return (
            now - before.at < REPLANNED_AFTER
            and before.inputs.but_for_progress() == inputs.but_for_progress()
            and all(map(_is_as_urgent, before.inputs.requests, inputs.requests))
            and all(
                self._is_on_course(was, request, before.at, now)
                for was, request in zip(before.inputs.requests, inputs.requests, strict=True)
            )
        )

    def _is_on_course(self, was: ChargeRequest, request: ChargeRequest, planned_at: datetime, now: datetime) -> bool:
        """Whether as much was charged since planning as was foreseen, and no block begins or ends soon.

        A car that is only expected does not charge.
        """
        plan = self._plans.get(request.charger_id)
        if request.arrives_at is not None:
            return plan is not None
        if plan is None or not request.need.energy_kwh:
            return plan is not None and not plan.slots
        is_over, must_wait = plan.end is None or plan.end <= now, plan.shortfall_kwh and now < plan.ready_by
        if is_over and not must_wait:
            return False
        change = plan.next_change(now)
        is_near = change is not None and change - now < NEAR
        foreseen_kwh = _left_kwh(plan, planned_at) - _left_kwh(plan, now)
        charged_kwh = was.need.energy_kwh - request.need.energy_kwh
        return not is_near and abs(charged_kwh - foreseen_kwh) <= ON_COURSE_KWH

    def _waits(self, charger_id: str, now: datetime) -> bool:
        plan = self._plans.get(charger_id)
        return plan is not None and (plan.start is None or now < plan.start)


def _but_for_progress(request: ChargeRequest) -> ChargeRequest:
    return replace(request, is_running=False, need=replace(request.need, energy_kwh=0.0, minimum_kwh=0.0))


def _is_as_urgent(before: ChargeRequest, request: ChargeRequest) -> bool:
    """Whether the minimum has only changed by what has been charged of it."""
    was, is_now = before.need, request.need
    if not was.minimum_kwh or not is_now.minimum_kwh:
        return was.minimum_kwh == is_now.minimum_kwh
    later_kwh = [need.energy_kwh - need.minimum_kwh for need in (was, is_now)]
    return abs(later_kwh[0] - later_kwh[1]) <= ON_COURSE_KWH


def _left_kwh(plan: Plan, now: datetime) -> float:
    """Energy that a plan charges from now on."""
    left = ((slot, min(slot.end - slot.start, slot.end - now)) for slot in plan.slots if now < slot.end)
    return sum(slot.energy_kwh * (length / (slot.end - slot.start)) for slot, length in left)


def _plans(inputs: _Inputs, previous: Mapping[str, Plan], now: datetime) -> Mapping[str, Plan]:
    if inputs.fuse_kw is not None:
        return replan_shared(
            inputs.curve,
            inputs.requests,
            previous,
            limit_kw=inputs.fuse_kw,
            now=now,
            loads=inputs.loads,
        )
    [one] = inputs.requests
    plan = replan(
        inputs.curve,
        one.need,
        now,
        previous.get(one.charger_id),
        preferences=one.preferences,
        is_running=one.is_running,
    )
    return {one.charger_id: plan}


def _at_once(need: Need, now: datetime) -> Plan:
    """A plan that charges at once without looking at prices."""
    slot = PlanSlot(start=now, end=now + need.charging_time, price_per_kwh=None, energy_kwh=need.energy_kwh)
    return Plan(slots=[slot] if need.energy_kwh else [], ready_by=need.ready_by)
