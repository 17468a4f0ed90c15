"""Plans for all chargers of a scheduler, drawn anew only when that may change something."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from smart_charging.planning.calm import replan, replan_shared
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.planning.request import Load, Request
from smart_charging.prices.curve import PriceCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What plans depend on, apart from the time."""

    curve: PriceCurve
    requests: Sequence[Request]
    fuse_kw: float | None = None
    loads: Sequence[Load] = field(default=())


class Drawing:
    """Keeps the plans it has drawn; while all of them wait and nothing changes, the best way to wait stays the best."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._asked: dict[frozenset[str], _Question] = {}
        self._plans: dict[str, Plan] = {}

    def remind(self, charger_id: str, plan: Plan | None) -> None:
        """Take a plan of before a restart for the previous one."""
        if plan and charger_id not in self._plans:
            self._plans[charger_id] = plan

    def forget(self, charger_id: str) -> None:
        """The session is over, or somebody else decides."""
        self._plans.pop(charger_id, None)

    def plans(
        self,
        curve: PriceCurve,
        requests: Sequence[Request],
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
            self._draw_safely(question, now)
        return {request.charger_id: self._plans[request.charger_id] for request in requests}

    def _draw_safely(self, question: _Question, now: datetime) -> None:
        """A bug leaves no car empty: the plans there are stay, and where there is none the car is charged at once."""
        try:
            self._draw(question, now)
        except Exception:  # noqa: BLE001  # whatever it is, the others and the morning do not wait for it
            self._log.exception("Planning failed, which should not happen; please report it")
            for request in question.requests:
                self._plans.setdefault(request.charger_id, _at_once(request.need, now))

    def _draw(self, question: _Question, now: datetime) -> None:
        whose = frozenset(request.charger_id for request in question.requests)
        if self._asked.get(whose) == question and all(self._waits(charger_id, now) for charger_id in whose):
            return
        self._plans |= _drawn(question, {key: plan for key, plan in self._plans.items() if key in whose}, now)
        self._asked[whose] = question

    def _waits(self, charger_id: str, now: datetime) -> bool:
        plan = self._plans.get(charger_id)
        return plan is not None and (plan.start is None or now < plan.start)


def _drawn(question: _Question, previous: Mapping[str, Plan], now: datetime) -> Mapping[str, Plan]:
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
        question.curve, one.need, now, previous.get(one.charger_id), wishes=one.wishes, is_running=one.is_running
    )
    return {one.charger_id: plan}


def _at_once(need: Need, now: datetime) -> Plan:
    """What needs no planner."""
    slot = PlanSlot(start=now, end=now + need.charging_time, price_per_kwh=None, energy_kwh=need.energy_kwh)
    return Plan(slots=[slot] if need.energy_kwh else [], ready_by=need.ready_by)
