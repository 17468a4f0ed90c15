"""Prices, needs and cables become plans, and plans become starts and stops."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta, tzinfo
from typing import TypeVar

from smart_charging.charger import Charger
from smart_charging.config.followed import EntityRef
from smart_charging.config.scheduler import FUSE, Mode, SchedulerSettings
from smart_charging.entities.mode import MODE, MODE_COMMANDS, MODE_ENTITIES
from smart_charging.entities.mqtt import EntityCommand
from smart_charging.entities.need import NEED_ENTITIES, NeedView
from smart_charging.entities.plan import PLAN_ENTITIES
from smart_charging.entities.plan_view import PlanState, PlanView
from smart_charging.entities.saving import SAVING_ENTITIES
from smart_charging.entities.sentence import sentence
from smart_charging.planning.decide import Decision, decide
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.authors import Who
from smart_charging.services.book import SessionBook
from smart_charging.services.case import Case
from smart_charging.services.charger_scheduler import ChargerScheduler
from smart_charging.services.control import Control
from smart_charging.services.drawing import Drawing
from smart_charging.services.fuse import Fuse
from smart_charging.services.home import Entities
from smart_charging.services.hub import Hub
from smart_charging.services.learned_power import FALLBACK_KW
from smart_charging.services.memory import Memory
from smart_charging.services.notices import Notices
from smart_charging.services.polling import Clock
from smart_charging.services.prices import PriceFeed
from smart_charging.services.quotes import NOTHING
from smart_charging.services.values import Values

T = TypeVar("T")

MODE_KEYS = {row.key for row in MODE_ENTITIES}
LOOK_AGAIN = timedelta(minutes=1)
"""Without any event or edge of a plan."""


class Scheduling:
    """Goes round all scheduled chargers whenever something may have changed."""

    def __init__(
        self,
        settings: SchedulerSettings,
        hub: Hub,
        control: Control,
        prices: PriceFeed,
        *,
        notices: Notices,
        book: SessionBook,
        entities: Entities,
        memory: Memory,
        zone: tzinfo,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._settings = settings
        self._hub = hub
        self._control = control
        self._prices = prices
        self._notices = notices
        self._book = book
        self._zone = zone
        self._clock = clock
        self._log = log
        self._told_unknown: set[str] = set()
        self._drawing = Drawing(log)
        self._curve = NOTHING
        self._told_states: dict[str, PlanState] = {}
        references = {"fuse_kw": (settings.fuse_kw, FUSE)} if isinstance(settings.fuse_kw, EntityRef) else {}
        self._fuse_values = Values(references, entities, memory, place="the fuse", log=log)
        self._schedulers = {
            schedule.charge_point_id: ChargerScheduler(schedule, control, entities, memory, book, zone=zone, log=log)
            for schedule in settings.chargers
        }
        self._wake: Callable[[], None] = lambda: None
        self._leave = [control.on_person(self._on_person)]
        self._leave += [hub.commands.on(row.key, self._on_need) for row in (*NEED_ENTITIES, *MODE_ENTITIES)]

    @property
    def entity_ids(self) -> Sequence[str]:
        """The entities whose every word counts."""
        ids = {entity_id for scheduler in self._schedulers.values() for entity_id in scheduler.needs.entity_ids}
        return sorted(ids | set(self._fuse_values.entity_ids))

    def follow(self, wake: Callable[[], None]) -> None:
        """Look whenever the chargers were read, or a person wants something else."""
        self._wake = wake

        async def on_read() -> None:
            wake()

        self._leave.append(self._hub.polling.on_read(on_read))

    def close(self) -> None:
        """Stop following hub and control."""
        for leave in self._leave:
            leave()

    async def beat(self) -> timedelta:
        """One round; how long to rest until the next edge of a plan."""
        curve = self._curve = await self._survived("Prices", self._prices.read()) or self._curve
        now = self._clock()
        await self._survived("The fuse", self._fuse_values.read(now))
        cases = [await self._look(charger, now) for charger in self._chargers()]
        fuse = self._fuse(cases)
        plans = await self._plans(cases, fuse, curve, now)
        troubles = await self._act(cases, plans, fuse, now)
        for case in cases:
            plan, trouble = plans.get(case.charger.id), troubles.get(case.charger.id)
            await self._survived(case.charger.name, self._publish(case, plan, trouble, curve, now))
        await self._notices.prices_missing(self._prices.problem)
        return min([LOOK_AGAIN, *self._rests(plans, now)])

    async def _survived(self, what: str, work: Awaitable[T]) -> T | None:
        """What came of a part of the round; None when it met a bug, so that the other parts go on."""
        try:
            return await work
        except Exception:  # noqa: BLE001  # one charger's bug must not leave the other cars empty
            self._log.exception("%s: this should not happen; please report it", what)
            return None

    async def _look(self, charger: Charger, now: datetime) -> Case:
        """How it stands at a charger; nothing is changed there while that cannot be told."""
        return await self._survived(charger.name, self._met(charger, now)) or Case(
            charger=charger,
            wanted=self._schedulers[charger.id].needs.wanted,
            load_kw=charger.max_power_kw or FALLBACK_KW,
            state=PlanState.WAITING,
            reason="an error in these apps is in the way; see AppDaemon's log",
        )

    async def _met(self, charger: Charger, now: datetime) -> Case:
        await self._control.meet(charger)
        return await self._schedulers[charger.id].look(charger, self._prices.history, now)

    def _chargers(self) -> Sequence[Charger]:
        known = self._hub.polling.chargers
        for charger_id in self._schedulers:
            if charger_id not in known:
                self._tell_unknown(charger_id)
        return [known[charger_id] for charger_id in self._schedulers if charger_id in known]

    def _fuse(self, cases: Sequence[Case]) -> Fuse | None:
        """The common fuse; while nobody can say how large it is, one charger at a time."""
        limit_kw = self._settings.fuse_kw
        if isinstance(limit_kw, EntityRef):
            limit_kw = self._fuse_values.value("fuse_kw") or max((case.load_kw for case in cases), default=0.0)
        return None if limit_kw is None else Fuse(limit_kw, cases, self._control)

    async def _plans(
        self, cases: Sequence[Case], fuse: Fuse | None, curve: PriceCurve, now: datetime
    ) -> Mapping[str, Plan]:
        requests = [case.request for case in cases if case.request]
        for case in cases:
            if case.request is None:
                self._drawing.forget(case.charger.id)
            else:
                self._drawing.remind(case.charger.id, self._schedulers[case.charger.id].kept_plan)
        until = max((request.need.ready_by for request in requests), default=now)
        curve = self._prices.estimated(curve, now, until) if now < until else curve
        plans = self._drawing.plans(
            curve, requests, now, fuse_kw=fuse.limit_kw if fuse else None, loads=fuse.loads(now) if fuse else ()
        )
        plans = {case.charger.id: _explained(plans[case.charger.id], case, fuse) for case in cases if case.request}
        for charger_id, plan in plans.items():
            await self._survived(charger_id, self._schedulers[charger_id].settle(plan, now))
        return plans

    async def _act(
        self, cases: Sequence[Case], plans: Mapping[str, Plan], fuse: Fuse | None, now: datetime
    ) -> Mapping[str, str]:
        """First what has to stop, so that there is room for what has to start; why what failed, by charger id."""
        troubles: dict[str, str | None] = {}
        decisions = {case.charger.id: self._decision(case, plans.get(case.charger.id), now) for case in cases}
        for case in cases:
            scheduler = self._schedulers[case.charger.id]
            match decisions[case.charger.id]:
                case Decision.STOP:
                    stopping = self._stop(case, now)
                    troubles[case.charger.id] = await self._survived(case.charger.name, stopping)
                case Decision.WAIT if case.request and plans[case.charger.id].is_active(now):
                    await self._survived(case.charger.name, scheduler.nudge(case, now))
                case _:
                    pass
        await self._relieve(fuse, cases)
        for case in sorted(cases, key=_urgency):
            if decisions[case.charger.id] is Decision.START:
                starting = self._start(case, fuse, now)
                troubles[case.charger.id] = await self._survived(case.charger.name, starting)
        return {charger_id: trouble for charger_id, trouble in troubles.items() if trouble}

    def _decision(self, case: Case, plan: Plan | None, now: datetime) -> Decision:
        is_on = self._control.is_on(case.charger)
        if plan is not None:
            return decide(plan, is_on=is_on, now=now)
        return Decision.STOP if is_on and case.state is PlanState.OFF else Decision.WAIT

    async def _stop(self, case: Case, now: datetime) -> str | None:
        if not self._hub.polling.is_answering:
            return "Monta does not answer; the charge is stopped as soon as it does"
        return await self._schedulers[case.charger.id].stop(case.charger, now)

    async def _start(self, case: Case, fuse: Fuse | None, now: datetime) -> str | None:
        if fuse and not fuse.has_room(case):
            return "waits until another charger has stopped"
        if not self._hub.polling.is_answering:
            return "Monta does not answer; the charge is started as soon as it does"
        return await self._schedulers[case.charger.id].start(case.charger, now)

    async def _relieve(self, fuse: Fuse | None, cases: Sequence[Case]) -> None:
        """Where charges of others alone are too much, stop the newest of them, if the user allowed that."""
        is_allowed = self._settings.may_stop_others and self._hub.polling.is_answering
        if fuse is None or not is_allowed or not fuse.is_exceeded:
            return
        others = [
            (charge.created_at, case.charger)
            for case in cases
            if (charge := case.charger.active_charge) and case.request is None and self._control.is_on(case.charger)
        ]
        if others and not any(case.request and self._control.is_on(case.charger) for case in cases):
            _, charger = max(others, key=lambda other: other[0])
            self._log.warning("%s: its charge is stopped, as the fuse would be exceeded", charger.name)
            if (await self._control.stop(charger.id, who=Who.US)).ok:
                await self._schedulers[charger.id].resume()

    async def _on_person(self, charger_id: str, reason: str) -> None:
        if scheduler := self._schedulers.get(charger_id):
            await scheduler.yield_to_person(reason)

    async def _on_need(self, command: EntityCommand) -> None:
        scheduler = self._schedulers.get(command.device_id)
        if scheduler is None:
            return
        if command.key in MODE_KEYS:
            await scheduler.needs.put(MODE, MODE_COMMANDS.get((command.key, command.payload), command.payload))
            await scheduler.resume()
        else:
            await scheduler.needs.put(command.key, command.payload)
        self._wake()

    def _tell_unknown(self, charger_id: str) -> None:
        known = self._hub.polling.chargers
        if known and charger_id not in self._told_unknown:
            self._told_unknown.add(charger_id)
            there = ", ".join(f"{c.id} ({c.name})" for c in known.values())
            self._log.error("There is no charge point %s to schedule; the account has %s", charger_id, there)

    def _rests(self, plans: Mapping[str, Plan], now: datetime) -> Sequence[timedelta]:
        moments = [plan.next_change(now) for plan in plans.values()]
        moments += [self._schedulers[charger_id].retry_at for charger_id in plans]
        return [moment - now for moment in moments if moment and moment > now]

    async def _publish(
        self, case: Case, plan: Plan | None, trouble: str | None, curve: PriceCurve, now: datetime
    ) -> None:
        scheduler = self._schedulers[case.charger.id]
        device = self._hub.polling.device(case.charger)
        state = case.state or (scheduler.state_of(case.charger, plan, now) if plan else PlanState.IDLE)
        view = PlanView(
            charger=case.charger,
            state=state,
            zone=self._zone,
            now=now,
            plan=plan,
            reason=trouble or case.reason,
            delivered_kwh=case.delivered_kwh,
            wanted_kwh=case.wanted_kwh,
            mode=case.wanted.mode,
            problems=[*scheduler.needs.problems, *self._fuse_values.problems, *self._price_problems()],
            prices_known_until=curve.known_until,
            cost_so_far=case.cost,
        )
        await self._hub.publisher.publish(PLAN_ENTITIES, view, device)
        if self._told_states.get(case.charger.id) != state:
            self._told_states[case.charger.id] = state
            self._log.info("%s: %s", case.charger.name, sentence(view))
        await self._notices.look(view)
        need = _need_view(case, state, self._departure(case, now))
        await self._hub.publisher.publish(NEED_ENTITIES, need, device)
        await self._hub.publisher.publish(MODE_ENTITIES, need, device)
        saving = self._book.saving(case.charger.id, now, self._zone)
        await self._hub.publisher.publish(SAVING_ENTITIES, saving, device)

    def _price_problems(self) -> Sequence[str]:
        return [f"prices: {problem}"] if (problem := self._prices.problem) else []

    def _departure(self, case: Case, now: datetime) -> time | None:
        """On the wall clock; None where nobody says one."""
        if case.wanted.ready_by is None and case.wanted.ready_by_once is None:
            return None
        departure = case.request.need.ready_by if case.request else case.wanted.departure(self._zone, now)
        return departure.astimezone(self._zone).time()


def _explained(plan: Plan, case: Case, fuse: Fuse | None) -> Plan:
    """The planner knows of a fuse only that there is too little of it."""
    trouble = fuse.trouble(case) if fuse else None
    return replace(plan, shortfall_reason=trouble) if trouble and plan.shortfall_kwh else plan


def _urgency(case: Case) -> float:
    return case.request.need.ready_by.timestamp() if case.request else 0.0


def _need_view(case: Case, state: PlanState, departure: time | None) -> NeedView:
    return NeedView(
        energy_kwh=case.wanted.energy_kwh,
        ready_by=departure,
        mode=case.wanted.mode,
        is_smart=case.wanted.mode is Mode.SMART and state is not PlanState.MANUAL,
    )
