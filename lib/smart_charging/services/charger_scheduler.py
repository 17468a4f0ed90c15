"""One charger's plan, from cable in to cable out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from smart_charging.charger import Charge, Charger
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.entities.need import READY_BY, NeedView
from smart_charging.entities.plan_view import PlanState, PlanView
from smart_charging.errors import CommandError
from smart_charging.planning.calm import replan
from smart_charging.planning.decide import Decision, decide
from smart_charging.planning.departure import next_departure
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan
from smart_charging.planning.wishes import Wishes
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.authors import Who
from smart_charging.services.control import Control
from smart_charging.services.memory import Memory
from smart_charging.services.needs import Needs
from smart_charging.services.outage import Outage
from smart_charging.services.session import Session

RETRY_AFTER = timedelta(minutes=1)
TOLERANCE_KWH = 0.05
"""Not worth another start: some twenty seconds at 11 kW."""
CALM = Wishes(keep_threshold=0.05)
"""Of the currency: the seconds a charger needs to begin are no reason for another start elsewhere in the night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A plan, and what it was drawn from."""

    need: Need
    curve: PriceCurve
    plan: Plan

    def still_holds(self, need: Need, curve: PriceCurve, now: datetime) -> bool:
        """Whether nothing has changed and none of it was due yet; the best way to wait stays the best."""
        is_ahead = self.plan.start is None or now < self.plan.start
        return is_ahead and (self.need, self.curve) == (need, curve)


class ChargerScheduler:
    """Keeps a promise to one car."""

    def __init__(
        self,
        schedule: ChargerSchedule,
        control: Control,
        memory: Memory,
        *,
        zone: tzinfo,
        margin: timedelta,
        log: logging.Logger,
    ) -> None:
        self._schedule = schedule
        self._control = control
        self._memory = memory
        self._zone = zone
        self._margin = margin
        self._log = log
        self._disobedience = Outage(f"Commanding charge point {schedule.charge_point_id}", log)
        self._needs = Needs(schedule, memory)
        self._session: Session | None = None
        self._retry_at: datetime | None = None
        self._drawn: _Drawn | None = None

    async def yield_to_person(self, reason: str) -> None:
        """Keep hands off until the cable is pulled."""
        if self._session and not self._session.manual:
            self._session.manual = reason
            self._log.info("%s: no plan until the cable is pulled", reason.capitalize())
            await self._memory.remember(self._key, self._session.facts())

    @property
    def need(self) -> NeedView:
        """What is wanted now, by a person or by apps.yaml."""
        return self._needs.view

    async def ask(self, key: str, text: str, now: datetime) -> None:
        """Take a person's word on energy or departure, from the running session on.

        Raises:
            CommandError: It makes no sense; nothing has changed.
        """
        await self._needs.recall()
        await self._needs.put(key, text)
        facts = await self._memory.recall(self._key)
        session = self._session or (Session.from_facts(facts) if facts else None)
        if key == READY_BY and session:
            session.ready_by = next_departure(self.need.ready_by, self._zone, now)
            await self._memory.remember(self._key, session.facts())

    async def step(self, charger: Charger, curve: PriceCurve, now: datetime) -> PlanView:
        """Look, plan, act, and tell what stands."""
        await self._needs.recall()
        if not charger.is_plugged_in:
            await self._forget()
            return PlanView(charger=charger, state=PlanState.IDLE, zone=self._zone)
        session = await self._session_of(charger, now)
        if session.manual:
            return self._view(charger, session, PlanState.MANUAL, reason=session.manual)
        plan = self._plan(charger, session, curve, now)
        error = await self._act(charger, plan, now)
        return self._view(charger, session, self._state(plan, now), plan=plan, reason=error)

    @property
    def _key(self) -> str:
        return f"session_{self._schedule.charge_point_id}"

    async def _forget(self) -> None:
        if self._session or await self._memory.recall(self._key):  # the latter after a restart
            self._session = self._drawn = None
            await self._memory.remember(self._key, {})

    async def _session_of(self, charger: Charger, now: datetime) -> Session:
        if self._session is None:
            facts = await self._memory.recall(self._key)
            known = Session.from_facts(facts) if facts else None
            self._session = known if known and known.is_about(charger, now) else self._begin(now)
            await self._memory.remember(self._key, self._session.facts())
        if charger.active_charge and not self._session.manual:
            await self._meet(self._session, charger.active_charge)
        return self._session

    async def _meet(self, session: Session, charge: Charge) -> None:
        """A charge of somebody else's is taken over once, or respected."""
        if self._control.author_of(charge) is Who.US:
            return
        if self._control.author_of(charge) is Who.OTHER and session.takes_over(charge):
            await self._control.adopt(charge)
            await self._memory.remember(self._key, session.facts())
        else:
            await self.yield_to_person("a charge was started elsewhere")

    def _begin(self, now: datetime) -> Session:
        return Session(plugged_in_at=now, ready_by=next_departure(self.need.ready_by, self._zone, now))

    def _plan(self, charger: Charger, session: Session, curve: PriceCurve, now: datetime) -> Plan:
        """The rest of the way; the same plan as before, as long as it has not begun and nothing has changed."""
        need = Need(
            energy_kwh=self._missing_kwh(charger, session),
            power_kw=self._schedule.power_kw,
            ready_by=session.ready_by,
            margin=self._margin,
        )
        if not self._drawn or not self._drawn.still_holds(need, curve, now):
            before = self._drawn.plan if self._drawn else None
            plan = replan(curve, need, now, before, wishes=CALM, is_running=self._control.is_on(charger))
            self._drawn = _Drawn(need=need, curve=curve, plan=plan)
        return self._drawn.plan

    def _missing_kwh(self, charger: Charger, session: Session) -> float:
        if any(charge.fully_charged_at for charge in charger.charges if session.holds(charge)):
            return 0.0
        wanted = self.need.energy_kwh
        missing = wanted - session.delivered_kwh(charger.charges)
        return missing if missing > min(TOLERANCE_KWH, wanted / 100) else 0.0

    @staticmethod
    def _state(plan: Plan, now: datetime) -> PlanState:
        if not plan.slots:
            return PlanState.DONE
        if plan.shortfall_kwh > TOLERANCE_KWH:
            return PlanState.SHORT
        return PlanState.CHARGING if plan.is_active(now) else PlanState.WAITING

    async def _act(self, charger: Charger, plan: Plan, now: datetime) -> str | None:
        """Bring the charger in line with the plan; the answer is why that failed."""
        decision = decide(plan, is_on=self._control.is_on(charger), now=now)
        if decision is Decision.WAIT or (self._retry_at and now < self._retry_at):
            return None
        command = self._control.start if decision is Decision.START else self._control.stop
        result = await command(charger.id, who=Who.US)
        if not result.ok:
            self._retry_at = now + RETRY_AFTER
            self._disobedience.failed(CommandError(result.error or "no reason given"), now)
            return result.error
        self._retry_at = None
        self._disobedience.worked(now)
        self._log.info("%s: %s", charger.name, "started" if decision is Decision.START else "stopped")
        return None

    def _view(
        self, charger: Charger, session: Session, state: PlanState, *, plan: Plan | None = None, reason: str | None
    ) -> PlanView:
        return PlanView(
            charger=charger,
            state=state,
            zone=self._zone,
            plan=plan,
            reason=reason,
            delivered_kwh=session.delivered_kwh(charger.charges),
            wanted_kwh=self.need.energy_kwh,
        )
