"""One charger's promise, from cable in to cable out."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from smart_charging.charger import Charger, ChargerState
from smart_charging.config.scheduler import ChargerSchedule, Mode
from smart_charging.entities.plan_view import PlanState
from smart_charging.planning.charge_request import Request
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.cars.car_settings import Wanted
from smart_charging.services.cars.car_settings_reader import Needs
from smart_charging.services.cars.learned_power import LearnedPower
from smart_charging.services.control.control import Control
from smart_charging.services.home_assistant import Entities
from smart_charging.services.scheduling.execution import TOLERANCE_KWH, Execution
from smart_charging.services.scheduling.manual_override import Hand
from smart_charging.services.scheduling.snapshot import Case
from smart_charging.services.sessions.bookkeeping import Bookkeeping
from smart_charging.services.sessions.session import Session, SessionKeeper
from smart_charging.services.sessions.session_log import SessionBook
from smart_charging.services.store import Memory

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
        self._zone = zone
        self._power = LearnedPower(self.charger_id, memory)
        self._books = Bookkeeping(self.charger_id, book, memory)
        self.needs = Needs(schedule, entities, memory, log)
        self._keeper = SessionKeeper(self.charger_id, memory)
        self.hand = Hand(self._keeper, control)
        self.execution = Execution(self.charger_id, self._keeper, control, zone=zone, log=log)

    async def resume(self) -> None:
        """A person wants the scheduler back, and what failed to be tried again."""
        self.execution.forgive()
        await self.hand.resume()

    @property
    def kept_plan(self) -> Plan | None:
        """The plan of before a restart."""
        return self._keeper.session.kept_plan() if self._keeper.session else None

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
        await self._hear(session, wanted)
        await self.hand.look(session, charger, wanted)
        energy_kwh = await self._books.update(session, charger, curve, now)
        return await self._judge(session, replace(case, delivered_kwh=energy_kwh, cost=self._books.cost), now)

    async def settle(self, plan: Plan, now: datetime) -> None:
        """Remember a new plan over a restart; of a block that runs only its end matters."""
        if self._keeper.session and self._keeper.session.keep(plan, now):
            await self._keeper.keep()

    async def _may_be_in(self, charger: Charger, now: datetime) -> bool:
        """Whether a cable that was in is most likely still there: a charger that is not reached tells of none."""
        session = await self._keeper.recall()
        return session is not None and charger.state is ChargerState.OFFLINE and session.is_recent(now)

    async def _end(self, case: Case, curve: PriceCurve, now: datetime) -> None:
        if session := await self._keeper.recall():
            await self._books.update(session, case.charger, curve, now)
            await self._close(session, case, now)

    async def _close(self, session: Session, case: Case, unplugged_at: datetime) -> None:
        """First into the book, then out of mind: killed in between, it is booked again, which changes nothing."""
        await self._books.close(session, case.charger, self._power_kw(case.charger, case.wanted), unplugged_at)
        self.execution.forgive()
        self._power.forget_car()
        await self._keeper.end(unplugged_at)

    async def _session_of(self, case: Case, now: datetime) -> Session:
        session = await self._keeper.recall()
        if session and not self._is_same(session, case.charger, now):
            await self._close(session, case, session.seen_at)
            session = None
        self._keeper.is_watched = True
        if session is None:
            session = Session.begin(case.charger, now, last_unplugged_at=self._keeper.last_unplugged_at)
            await self._keeper.begin(session)
        is_news = case.charger.is_plugged_in and session.see(now)
        if session.ready_by_of != case.wanted.departure_words:
            session.ready_by, session.ready_by_of = case.wanted.departure(self._zone, now), case.wanted.departure_words
            is_news = True
        if is_news:
            await self._keeper.keep()
        return session

    def _is_same(self, session: Session, charger: Charger, now: datetime) -> bool:
        return session.is_recent(now) if self._keeper.is_watched else session.is_about(charger, now)

    async def _hear(self, session: Session, wanted: Wanted) -> None:
        """Another mode is a person's newest word."""
        before, session.mode = session.mode, wanted.mode
        if before != wanted.mode:
            session.blocks = None  # a plan of another mode is none to keep to
            await self._keeper.keep()
        if before and before != wanted.mode:
            await self.resume()

    async def _judge(self, session: Session, case: Case, now: datetime) -> Case:
        charger, wanted = case.charger, case.wanted
        energy_kwh = case.delivered_kwh or 0.0
        await self._power.look(charger.active_charge, self._guess_kw(charger, wanted), now)
        self.execution.look(charger, energy_kwh, now)
        if session.hear_soc(self.needs.soc_percent(session.plugged_in_at, session.last_unplugged_at), energy_kwh):
            await self._keeper.keep()
        missing_kwh = self._missing_kwh(session, case, energy_kwh, now)
        asked_kwh = wanted.energy_kwh if wanted.energy_kwh is not None else energy_kwh + missing_kwh
        session.judge(missing_kwh, asked_kwh, now)
        await self._pass_departure(session, wanted, missing_kwh, now)
        case = replace(case, wanted_kwh=asked_kwh)
        if wanted.mode is Mode.OFF:
            return replace(case, state=PlanState.OFF)
        if session.manual:
            return replace(case, state=PlanState.MANUAL, reason=session.manual)
        return replace(case, request=self._request(session, case, missing_kwh), reason=self.execution.trouble)

    async def _pass_departure(self, session: Session, wanted: Wanted, missing_kwh: float, now: datetime) -> None:
        """A car that is still there when its departure is over, and does not go on for that, leaves at the next."""
        is_over = session.ready_by <= now and (missing_kwh == 0 or not wanted.charges_on)
        if is_over and (departure := wanted.departure(self._zone, now)) > now:
            session.ready_by = departure
            await self._keeper.keep()

    def _request(self, session: Session, case: Case, missing_kwh: float) -> Request:
        wanted = case.wanted
        minimum_kwh = wanted.minimum_missing_kwh(session.charged(case.delivered_kwh or 0.0))
        need = Need(
            energy_kwh=missing_kwh,
            power_kw=self._power_kw(case.charger, wanted),
            ready_by=session.ready_by,
            margin=wanted.margin,
            minimum_kwh=missing_kwh if wanted.mode is Mode.NOW else min(minimum_kwh, missing_kwh),
            goes_on=wanted.charges_on,
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
