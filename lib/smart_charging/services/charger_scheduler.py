"""One charger's promise, from cable in to cable out."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.config.scheduler import ChargerSchedule, Mode, TakeOver
from smart_charging.entities.plan_view import PlanState
from smart_charging.errors import CommandError
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan
from smart_charging.planning.request import Request
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.authors import Who
from smart_charging.services.book import SessionBook
from smart_charging.services.bookkeeping import Bookkeeping
from smart_charging.services.case import Case
from smart_charging.services.control import CommandResult, Control
from smart_charging.services.home import Entities
from smart_charging.services.learned_power import LearnedPower
from smart_charging.services.memory import Memory, understood
from smart_charging.services.needs import Needs
from smart_charging.services.obedience import Obedience
from smart_charging.services.outage import Outage
from smart_charging.services.session import Session
from smart_charging.services.wanted import Wanted

TOLERANCE_KWH = 0.05
"""Not worth another start: some twenty seconds at 11 kW."""
PAUSE = timedelta(seconds=30)
"""After a command that failed, whatever the reason; the quota is for reading, too."""
AT_LEAST = timedelta(hours=1)
"""A car of which nobody says how much it needs is charged for as long as it may stay."""


class ChargerScheduler:
    """Keeps a promise to one car."""

    def __init__(
        self,
        schedule: ChargerSchedule,
        control: Control,
        entities: Entities,
        memory: Memory,
        book: SessionBook,
        *,
        zone: tzinfo,
        log: logging.Logger,
    ) -> None:
        self.charger_id = schedule.charge_point_id
        self._control = control
        self._memory = memory
        self._zone = zone
        self._log = log
        self._disobedience = Outage(f"Commanding charge point {self.charger_id}", log)
        self._obedience = Obedience()
        self._power = LearnedPower(self.charger_id, memory)
        self._books = Bookkeeping(self.charger_id, book, memory)
        self.needs = Needs(schedule, entities, memory, log)
        self._session: Session | None = None
        self._rests_until: datetime | None = None

    async def yield_to_person(self, reason: str) -> None:
        """Keep hands off until the cable is pulled, or a person says otherwise; also before the first look."""
        session = self._session or await self._recalled()
        if session and not session.manual and session.mode != Mode.OFF:
            session.manual = reason
            await self._keep(session)

    async def resume(self) -> None:
        """A person wants the scheduler back: what failed is tried again, and a charge that runs is taken over."""
        self._obedience.forgive()
        if (session := self._session) is None:
            return
        session.manual, session.may_adopt, session.is_full = None, True, False
        await self._keep(session)

    @property
    def kept_plan(self) -> Plan | None:
        """The plan of before a restart."""
        return self._session.kept_plan() if self._session else None

    async def look(self, charger: Charger, curve: PriceCurve, now: datetime) -> Case:
        """Take in what has happened: to the cable, to the settings, to the meter, by other hands.

        Args:
            curve: Published prices since the cable went in, to count what was charged.
        """
        wanted = await self.needs.read(now)
        await self._power.recall()
        case = Case(charger=charger, wanted=wanted, load_kw=self._load_kw(charger, wanted))
        if not charger.is_plugged_in and not await self._may_be_in(charger, now):
            await self._end(case, curve, now)
            return replace(case, state=PlanState.IDLE)
        if not self.needs.are_complete:
            return replace(case, state=PlanState.WAITING, reason="Home Assistant has not told all settings yet")
        session = await self._session_of(case, now)
        await self._hear(session, charger, wanted)
        energy_kwh = await self._books.update(session, charger, curve, now)
        return await self._judge(session, replace(case, delivered_kwh=energy_kwh, cost=self._books.cost), now)

    async def settle(self, plan: Plan, now: datetime) -> None:
        """Remember a new plan over a restart; of a block that runs only its end matters."""
        if self._session and self._session.keep(plan, now):
            await self._keep(self._session)

    async def stop(self, charger: Charger, now: datetime) -> str | None:
        """Stop our own charge, as planned; another's is not ours to stop. The answer is why it failed."""
        self._obedience.ended()
        return await self._stop(charger, "stopped by plan", now)

    async def start(self, charger: Charger, now: datetime) -> str | None:
        """Start, unless that has failed too recently; the answer is why it failed."""
        if self._is_in_hand:
            return None
        if trouble := self._control.cannot_charge(charger):
            self._obedience.cannot(now)
            return trouble
        is_stopping = charger.active_charge is not None and charger.active_charge.state is ChargeState.STOPPING
        if is_stopping or not self._obedience.may_try(now) or not self._may_command(now):
            return self._trouble
        result = await self._control.start(charger.id, who=Who.US)
        if not result.is_unreachable:
            self._obedience.tried(now)
        return self._told(result, "started", charger, now)

    async def nudge(self, case: Case, now: datetime) -> None:
        """A charge that brings no energy is started again, a few times; one that did and rests has had enough."""
        session, charge = self._session, case.charger.active_charge
        if session is None or charge is None or not self._obedience.is_dry(charge, now):
            return
        has_flowed = (case.delivered_kwh or 0.0) > TOLERANCE_KWH
        if charge.state is ChargeState.PAUSED and has_flowed and self._obedience.tries:
            session.is_full = True
            await self._keep(session)
        elif not self._obedience.is_stuck and self._obedience.may_try(now):
            self._obedience.restarts(now)
            await self._stop(case.charger, "stopped, as no energy flows", now)

    @property
    def retry_at(self) -> datetime | None:
        """When a start may be tried again."""
        return self._obedience.retry_at

    def state_of(self, charger: Charger, plan: Plan, now: datetime) -> PlanState:
        """What a plan means now."""
        if self._obedience.is_stuck_at(now) and plan.is_active(now):
            return PlanState.STUCK
        if plan.shortfall_kwh > TOLERANCE_KWH:
            return PlanState.SHORT
        if not plan.slots:
            return PlanState.DONE
        return PlanState.CHARGING if plan.is_active(now) and self._control.is_on(charger) else PlanState.WAITING

    async def _stop(self, charger: Charger, done: str, now: datetime) -> str | None:
        is_ours = self._control.starter_of(charger) is Who.US and not self._is_in_hand
        if not is_ours or not self._may_command(now):
            return None
        return self._told(await self._control.stop(charger.id, who=Who.US), done, charger, now)

    @property
    def _is_in_hand(self) -> bool:
        """Whether a person has decided, be it a moment ago, while other chargers were commanded."""
        return self._session is None or self._session.manual is not None

    def _may_command(self, now: datetime) -> bool:
        return self._rests_until is None or now >= self._rests_until

    @property
    def _trouble(self) -> str | None:
        if not self._obedience.is_stuck:
            return None
        return "no energy flows: the car is full or waits for its own timer, or the charger does not obey; look at both"

    @property
    def _key(self) -> str:
        return f"session_{self.charger_id}"

    async def _keep(self, session: Session) -> None:
        await self._memory.remember(self._key, session.facts())

    async def _may_be_in(self, charger: Charger, now: datetime) -> bool:
        """Whether a cable that was in is most likely still there: a charger that is not reached tells of none."""
        session = self._session or await self._recalled()
        return session is not None and charger.state is ChargerState.OFFLINE and session.is_about(charger, now)

    async def _end(self, case: Case, curve: PriceCurve, now: datetime) -> None:
        session = self._session or await self._recalled()
        if session:
            await self._books.update(session, case.charger, curve, now)
            await self._close(session, case, now)

    async def _close(self, session: Session, case: Case, unplugged_at: datetime) -> None:
        """First into the book, then out of mind: killed in between, it is booked again, which changes nothing."""
        await self._books.close(session, case.charger, self._power_kw(case.charger, case.wanted), unplugged_at)
        self._session = None
        self._obedience.forgive()
        await self._memory.remember(self._key, {})

    async def _recalled(self) -> Session | None:
        return understood(await self._memory.recall(self._key), Session.from_facts)

    async def _session_of(self, case: Case, now: datetime) -> Session:
        charger, wanted = case.charger, case.wanted
        if self._session is None:
            known = await self._recalled()
            if known and not known.is_about(charger, now):
                await self._close(known, case, known.seen_at)
                known = None
            self._session = known or Session(plugged_in_at=now, seen_at=now, ready_by=now)
        session = self._session
        is_news = charger.is_plugged_in and session.see(now)
        if session.ready_by_of != wanted.departure_words:
            session.ready_by, session.ready_by_of = wanted.departure(self._zone, now), wanted.departure_words
            is_news = True
        if is_news:
            await self._keep(session)
        return session

    async def _hear(self, session: Session, charger: Charger, wanted: Wanted) -> None:
        """What people want: a mode, or a charge that we did not start."""
        before, session.mode = session.mode, wanted.mode
        if before != wanted.mode:
            await self._keep(session)
        if before and before != wanted.mode:
            await self.resume()
        charge = charger.active_charge
        if session.may_adopt and not self._control.is_on(charger):  # what begins later is somebody's newer wish
            session.may_adopt = False
            await self._keep(session)
        if charge is None or session.manual or wanted.mode is Mode.OFF or self._control.author_of(charge) is Who.US:
            return
        if self._takes_over(session, charge, wanted.take_over):
            await self._control.adopt(charge)
            await self._keep(session)
        else:
            is_hand = self._control.author_of(charge) is Who.PERSON
            await self.yield_to_person("started by hand" if is_hand else "a charge was started elsewhere")

    def _takes_over(self, session: Session, charge: Charge, take_over: TakeOver) -> bool:
        if session.may_adopt:
            session.may_adopt = False
            return True
        if self._control.author_of(charge) is Who.PERSON:
            return False
        return take_over is TakeOver.ALWAYS or (take_over is TakeOver.PLUG_IN and session.takes_over(charge))

    async def _judge(self, session: Session, case: Case, now: datetime) -> Case:
        charger, wanted = case.charger, case.wanted
        energy_kwh = case.delivered_kwh or 0.0
        await self._power.look(charger.active_charge, self._guess_kw(charger, wanted), now)
        self._obedience.look(charger.active_charge, energy_kwh, now)
        if session.hear_soc(self.needs.soc_since(session.plugged_in_at), energy_kwh):
            await self._keep(session)
        missing_kwh = self._missing_kwh(session, case, energy_kwh, now)
        asked_kwh = wanted.energy_kwh if wanted.energy_kwh is not None else energy_kwh + missing_kwh
        session.judge(missing_kwh, asked_kwh, now)
        await self._pass_departure(session, wanted, missing_kwh, now)
        case = replace(case, wanted_kwh=asked_kwh)
        if wanted.mode is Mode.OFF:
            return replace(case, state=PlanState.OFF)
        if session.manual:
            return replace(case, state=PlanState.MANUAL, reason=session.manual)
        return replace(case, request=self._request(session, case, missing_kwh), reason=self._trouble)

    async def _pass_departure(self, session: Session, wanted: Wanted, missing_kwh: float, now: datetime) -> None:
        """A car that is still there when its departure is over, and does not go on for that, leaves at the next."""
        is_over = session.ready_by <= now and (missing_kwh == 0 or not wanted.goes_on_at_once)
        if is_over and (departure := wanted.departure(self._zone, now)) > now:
            session.ready_by = departure
            await self._keep(session)

    def _request(self, session: Session, case: Case, missing_kwh: float) -> Request:
        wanted = case.wanted
        minimum_kwh = wanted.minimum_missing_kwh(session.charged(case.delivered_kwh or 0.0))
        need = Need(
            energy_kwh=missing_kwh,
            power_kw=self._power_kw(case.charger, wanted),
            ready_by=session.ready_by,
            margin=wanted.margin,
            minimum_kwh=missing_kwh if wanted.mode is Mode.NOW else min(minimum_kwh, missing_kwh),
            goes_on=wanted.goes_on_at_once,
        )
        return Request(
            charger_id=self.charger_id,
            need=need,
            wishes=wanted.wishes(),
            is_running=self._control.is_on(case.charger),
            load_kw=case.load_kw,
        )

    def _missing_kwh(self, session: Session, case: Case, energy_kwh: float, now: datetime) -> float:
        if session.is_full or any(charge.fully_charged_at for charge in session.charges(case.charger)):
            return 0.0
        power_kw = self._power_kw(case.charger, case.wanted)
        missing = case.wanted.missing_kwh(session.charged(energy_kwh), power_kw)
        if missing is None:
            return power_kw * (max(session.ready_by - now, AT_LEAST) / timedelta(hours=1))
        return missing if missing > min(TOLERANCE_KWH, (energy_kwh + missing) / 100) else 0.0

    def _guess_kw(self, charger: Charger, wanted: Wanted) -> float | None:
        return wanted.power_kw or charger.max_power_kw

    def _power_kw(self, charger: Charger, wanted: Wanted) -> float:
        return self._power.power_kw(self._guess_kw(charger, wanted))

    def _load_kw(self, charger: Charger, wanted: Wanted) -> float:
        """The most it may be: the car of last night may have taken less than the one that is there now."""
        return wanted.load_kw or max(self._power_kw(charger, wanted), self._guess_kw(charger, wanted) or 0.0)

    def _told(self, result: CommandResult, done: str, charger: Charger, now: datetime) -> str | None:
        if result.ok:
            self._disobedience.worked(now)
            self._log.info("%s: %s", charger.name, done)
            return None
        self._rests_until = now + PAUSE
        self._disobedience.failed(CommandError(result.error or "no reason given"), now)
        return result.error or "the command failed"
