"""One charger's scheduling, from cable in to cable out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.entities.mode import MODE
from smart_charging.entities.plan_view import PlanState
from smart_charging.mode import Mode
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.need import Charged
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.cars.car_settings import CarSettings, Wanted
from smart_charging.services.cars.car_settings_reader import HORIZON, CarSettingsReader
from smart_charging.services.cars.learned_margin import LearnedMargin
from smart_charging.services.cars.learned_power import LearnedPower
from smart_charging.services.cars.request import request_for, wanting_kwh
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.home_assistant import Entities
from smart_charging.services.scheduling.charger_current import charger_current, most_power_kw
from smart_charging.services.scheduling.cloud_mode import CloudMode
from smart_charging.services.scheduling.execution import Execution
from smart_charging.services.scheduling.manual_override import ManualOverride
from smart_charging.services.scheduling.meter_rhythm import HARDLY_AWAY, MeterRhythm
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.scheduling.stop_lag import StopLag
from smart_charging.services.scheduling.unplanned import still_takes
from smart_charging.services.sessions.bookkeeping import Bookkeeping
from smart_charging.services.sessions.session import OneOff, Session, SessionKeeper
from smart_charging.services.sessions.session_log import SessionLog
from smart_charging.services.sessions.soc_lag import SocLag
from smart_charging.services.store import Store
from smart_charging.services.watching.cable_session import CableSession

ONLY_MINIMUM = "only the minimum, as this time is skipped"


class ChargerScheduler:
    """Makes charge requests from the charger, its session and its settings, and counts energy and cost."""

    def __init__(
        self,
        entities: Entities,
        store: Store,
        session_log: SessionLog,
        schedule: ChargerSchedule,
        account: CommandedAccount,
        *,
        zone: tzinfo,
        log: logging.Logger,
        co2: Callable[[], PriceCurve] | None = None,
    ) -> None:
        self.schedule = schedule
        """As in apps.yaml; the settings reader may follow more entities than it names."""
        self.charger_id = schedule.charge_point_id
        self.account = account
        self.key = key = account.hub.names.device_id(self.charger_id)
        """Unique among the chargers of all accounts; part of its keys in the Store."""
        self._control = account.control
        self._zone = zone
        self._session_log = session_log
        self._wanted: Wanted | None = None
        self._power = LearnedPower(key, store)
        self._margin = LearnedMargin(key, store)
        self._read_at: datetime | None = None
        self._books = Bookkeeping(key, session_log, store, co2)
        self.settings_reader = CarSettingsReader(schedule, key, entities, store, log)
        self._keeper = SessionKeeper(key, store)
        self.override = ManualOverride(self._keeper, account.control)
        self.cloud_mode = CloudMode(account, self._keeper, may_set=schedule.may_set_mode, log=log)
        self._rhythm = MeterRhythm(key, store)
        self._soc_lag = SocLag()
        self.execution = Execution(
            self.charger_id, self._keeper, self._rhythm, StopLag(key, store), account.control, zone=zone, log=log
        )

    @property
    def name(self) -> str:
        """The charger's, or its id while the account does not list it."""
        return self._charger.name if self._charger else self.charger_id

    @property
    def is_on(self) -> bool:
        """Whether a charge runs, as far as was read."""
        return self._charger is not None and self._control.is_on(self._charger)

    @property
    def session(self) -> Session | None:
        """The running session, once a round has looked at it."""
        return self._keeper.session

    @property
    def _charger(self) -> Charger | None:
        return self.account.hub.polling.chargers.get(self.charger_id)

    async def choose(self, mode: str) -> None:
        """Set the mode a person chose, at once: a manual action after it overrides it, even before the next round.

        Raises:
            CommandError: There is no such mode.
        """
        await self.settings_reader.put(MODE, mode)
        if session := self._keeper.session:
            await self._note_mode(session, self.settings_reader.settings.mode)
        await self.resume()

    async def resume(self) -> None:
        """End the manual override and reset the retries, as a person asked."""
        self.execution.forgive()
        self._control.hand_back(self.charger_id)
        await self.override.resume()

    async def ask_once(self, one_off: OneOff) -> None:
        """Do what a person asked for this session only, until its departure; it ends a manual override."""
        await self.resume()
        if session := self._keeper.session:
            session.one_off, session.blocks = one_off, None
            await self._keeper.keep()

    def recall_plan(self) -> Plan | None:
        """The plan from before a restart."""
        return self._keeper.session.kept_plan() if self._keeper.session else None

    async def snapshot(
        self, charger: Charger, cable: CableSession | None, curve: PriceCurve, now: datetime, read_at: datetime | None
    ) -> Snapshot:
        """Process what has happened to cable, settings, meter and charge since the last round.

        Args:
            cable: The charger's session, or its last one while no cable is in.
            curve: Published prices since the cable went in, for the cost of the session and of a start.
            read_at: When the charger was read.
        """
        car, is_complete = await self.settings_reader.read(now), self.settings_reader.are_complete
        guess_kw = most_power_kw(charger, car.power_kw or charger.max_power_kw, self.account.currents)
        power_kw = await self._power.recall(guess_kw, cable.charges(charger) if cable and cable.is_in else ())
        load_kw = car.load_kw or max(power_kw, guess_kw or 0.0)  # the last car may have taken less
        snapshot = Snapshot(
            key=self.key,
            charger=charger,
            cable=cable,
            read_at=read_at,
            car=car,
            guess_kw=guess_kw,
            power_kw=power_kw,
            load_kw=load_kw,
            current=charger_current(charger, self.account.currents, has_own_load=car.load_kw is not None),
        )
        if cable is None or not cable.is_in:
            await self._end(snapshot, curve, now)
            return replace(snapshot, state=PlanState.IDLE)
        if not is_complete:
            return replace(snapshot, state=PlanState.WAITING, reason="Home Assistant has not told all settings yet")
        if cable.pulled_at:
            return replace(snapshot, state=PlanState.WAITING, reason="the next reads tell whether the cable was pulled")
        session = await self._session_of(cable, snapshot, curve, now)
        await self._hear(session, car)
        await self._hear_more(session, car)
        if session.one_off is OneOff.NOW:
            car = replace(car, mode=Mode.NOW)
        snapshot = replace(snapshot, car=car, is_skipped=session.one_off is OneOff.SKIP)
        await self.override.review(session, charger, car)
        charges = snapshot.charges
        energy_kwh = await self._books.update(session, charges, curve, now, power_kw=power_kw)
        snapshot = replace(snapshot, delivered_kwh=energy_kwh, cost=self._books.cost, co2_g=self._books.co2_g)
        return await self._judge(session, snapshot, charges, curve, now)

    async def settle(self, plan: Plan, now: datetime) -> None:
        """Store a new plan for after a restart; a running block is only stored again when its end moves."""
        self._margin.note_plan(plan)
        if self._keeper.session and self._keeper.session.keep(plan, now):
            await self._keeper.keep()

    async def _end(self, snapshot: Snapshot, curve: PriceCurve, now: datetime) -> None:
        """Close the session, unless its cable may be back in a moment; what it has charged is counted at once."""
        if (session := await self._keeper.recall()) is None:
            return
        cable = snapshot.cable
        if cable and cable.may_return(now) and session.is_of(cable.plugged_in_at):
            if session.seen_out_at != cable.unplugged_at:
                session.seen_out_at = cable.unplugged_at
                await self._keeper.keep()
            await self._books.update(session, snapshot.charges, curve, now, power_kw=snapshot.power_kw)
        else:
            await self._close(session, snapshot, curve, now)

    async def _close(self, session: Session, snapshot: Snapshot, curve: PriceCurve, now: datetime) -> None:
        """Book the session, then forget it: after a crash in between it is booked again, which changes nothing."""
        cable, unplugged_at = snapshot.cable, session.seen_at
        if cable and session.is_of(cable.plugged_in_at):
            had_kwh = await self._books.update(session, snapshot.charges, curve, now, power_kw=snapshot.power_kw)
            await self._margin.end(min(had_kwh, session.wanted_kwh or had_kwh), is_full=session.is_full)
            unplugged_at = cable.unplugged_at or now
        await self._books.close(session, snapshot.charger, snapshot.power_kw, unplugged_at, snapshot.car.most_owed_kwh)
        self.execution.forgive()
        self._power.forget_car()
        self._margin.forget_session()
        self._rhythm.forget_session()
        self._soc_lag.forget_session()
        await self._keeper.end()

    async def _session_of(self, cable: CableSession, snapshot: Snapshot, curve: PriceCurve, now: datetime) -> Session:
        session = await self._keeper.recall()
        if session and not session.is_of(cable.plugged_in_at):
            await self._close(session, snapshot, curve, now)
            session = None
        if session is None:
            session = Session.begin(cable.plugged_in_at, now)
            await self._keeper.begin(session)
            await self._margin.begin(snapshot.power_kw)
        is_news = session.see(cable.seen_at)
        is_beyond = session.ready_by - now > HORIZON + timedelta(days=1)  # computed while the machine's clock was ahead
        if is_beyond or session.ready_by_of != snapshot.car.departure_words:
            session.ready_by = snapshot.car.departure(self._zone, now)
            session.ready_by_of = snapshot.car.departure_words
            is_news = True
        if is_news:
            await self._keeper.keep()
        return session

    async def _hear(self, session: Session, car: CarSettings) -> None:
        """Another mode in the settings is a person's decision: it ends the manual override."""
        before = session.mode
        await self._note_mode(session, car.mode)
        if before and before != car.mode:
            await self.resume()

    async def _hear_more(self, session: Session, car: CarSettings) -> None:
        """Ask a full car again when a person wants more for it than before."""
        before, self._wanted = self._wanted, car.wanted
        if before is not None and before != car.wanted and session.is_full:
            session.ask_again()
            await self._keeper.keep()

    async def _note_mode(self, session: Session, mode: Mode) -> None:
        if session.mode != mode:
            session.mode, session.blocks = mode, None  # no hysteresis with the plan of another mode
            await self._keeper.keep()

    async def _judge(
        self, session: Session, snapshot: Snapshot, charges: Sequence[Charge], curve: PriceCurve, now: datetime
    ) -> Snapshot:
        car, energy_kwh = snapshot.car, snapshot.delivered_kwh or 0.0
        power_kw = await self._learn_power(snapshot, now)
        await self._note_meter(snapshot, energy_kwh, power_kw, now)
        await self._hear_car(session, snapshot, charges, now)
        so_far = replace(session.charged(energy_kwh), owed_kwh=self._books.owed_kwh(car.most_owed_kwh))
        wanting = wanting_kwh(
            car, so_far, power_kw=power_kw, ready_by=session.ready_by, now=now, is_skipped=snapshot.is_skipped
        )
        if any(car.wanted) and session.doubt_full(wanting, now):
            await self._keeper.keep()
        is_full = session.is_full
        missing_kwh = 0.0 if is_full else wanting
        asked_kwh = energy_kwh + missing_kwh if snapshot.is_skipped else car.asked_kwh(so_far, missing_kwh)
        due_kwh = max(0.0, missing_kwh - car.may_owe_at(session.ready_by, self._zone))
        if not snapshot.is_skipped:
            session.judge(due_kwh, asked_kwh, now)
        await self._pass_departure(session, car, due_kwh, now)
        rests_short = is_full and wanting > 0 and (session.promised_by is None or now < session.promised_by)
        snapshot = replace(snapshot, power_kw=power_kw, wanted_kwh=asked_kwh, rests_short=rests_short)
        if car.mode is Mode.OFF or session.manual:
            self._margin.look_away()
            state = PlanState.OFF if car.mode is Mode.OFF else PlanState.MANUAL
            still_kwh = still_takes(energy_kwh, asked_kwh, self._session_log.of(self.key))
            reason = None if state is PlanState.OFF else session.manual
            return replace(snapshot, state=state, reason=reason, still_takes_kwh=still_kwh)
        request = await self._request(session, snapshot, so_far, missing_kwh, curve)
        only = ONLY_MINIMUM if snapshot.is_skipped and missing_kwh else self._books.remark(power_kw)
        return replace(snapshot, request=request, reason=self.execution.trouble or only)

    async def _learn_power(self, snapshot: Snapshot, now: datetime) -> float:
        charger = snapshot.charger
        is_lowered = snapshot.current is not None and snapshot.current.is_lowered
        if is_lowered:
            self._margin.look_away()
        is_fresh, self._read_at = charger.are_charges_new and snapshot.read_at != self._read_at, snapshot.read_at
        return await self._power.learn(
            None if is_lowered else charger.active_charge,
            snapshot.guess_kw,
            now,
            measured_kw=charger.measured_kw,
            is_fresh=is_fresh,
        )

    async def _hear_car(self, session: Session, snapshot: Snapshot, charges: Sequence[Charge], now: datetime) -> None:
        """Process the car's SoC, and whether it is full."""
        last_unplugged_at = snapshot.cable.last_unplugged_at if snapshot.cable else None
        running, energy_kwh, car = snapshot.charger.active_charge, snapshot.delivered_kwh or 0.0, snapshot.car
        soc_percent = self.settings_reader.soc_percent(session.plugged_in_at, last_unplugged_at)
        unmetered_kwh = 0.0 if self._books.is_untold else self._rhythm.unmetered_kwh(running, snapshot.power_kw, now)
        self._soc_lag.note_energy(energy_kwh, now)
        is_news = session.hear(
            energy_kwh,
            now,
            soc_percent=soc_percent,
            battery_kwh=car.battery_kwh,
            full_at=max((one.fully_charged_at for one in charges if one.fully_charged_at), default=None),
            is_charging=running is not None and running.state is ChargeState.CHARGING,
            unmetered_kwh=unmetered_kwh,
            told_of_kwh=self._soc_lag.told_of_kwh(soc_percent, car.battery_kwh, now, unmetered_kwh=unmetered_kwh),
        )
        if is_news:
            await self._keeper.keep()

    async def _note_meter(self, snapshot: Snapshot, energy_kwh: float, power_kw: float, now: datetime) -> None:
        charger, highest_kw = snapshot.charger, max(power_kw, snapshot.guess_kw or 0.0)
        failing_since = self.account.hub.polling.failing_since
        self._margin.note_energy(energy_kwh, now, failing_since=failing_since)
        is_failing = failing_since is not None and now - failing_since >= HARDLY_AWAY
        is_away = is_failing or charger.state is ChargerState.OFFLINE
        if is_away or self._books.is_untold:
            self._rhythm.look_away()
        else:
            await self._rhythm.note(charger.active_charge, energy_kwh, power_kw, now)
        if is_away:
            self.execution.look_away(now)
        else:
            await self.execution.note_meter(snapshot, energy_kwh, highest_kw, now)

    async def _pass_departure(self, session: Session, car: CarSettings, missing_kwh: float, now: datetime) -> None:
        """Move on to the next departure once one has passed and the car is charged, or is not to charge on."""
        is_over = session.ready_by <= now and (missing_kwh == 0 or not car.charges_on)
        if is_over and (departure := car.departure(self._zone, now)) > now:
            session.ready_by, session.one_off = departure, None
            await self._keeper.keep()

    async def _request(
        self, session: Session, snapshot: Snapshot, so_far: Charged, missing_kwh: float, curve: PriceCurve
    ) -> ChargeRequest:
        return request_for(
            self.key,
            snapshot.car,
            so_far,
            missing_kwh=missing_kwh,
            wanted_kwh=snapshot.wanted_kwh or 0.0,
            power_kw=snapshot.power_kw,
            ready_by=session.ready_by,
            margin=await self._margin.of_session(snapshot.power_kw),
            history=curve,
            zone=self._zone,
            is_running=self._control.is_on(snapshot.charger),
            load_kw=snapshot.load_kw,
        )
