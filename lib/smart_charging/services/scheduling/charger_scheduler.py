"""One charger's promise, from cable in to cable out."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from smart_charging.charger import Charger, ChargerState, ChargeState
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.entities.mode import MODE
from smart_charging.entities.plan_view import PlanState
from smart_charging.mode import Mode
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.need import Charged, Need
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.cars.car_settings_reader import CarSettingsReader
from smart_charging.services.cars.learned_power import LearnedPower
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.home_assistant import Entities
from smart_charging.services.scheduling.execution import TOLERANCE_KWH, Execution
from smart_charging.services.scheduling.manual_override import ManualOverride
from smart_charging.services.scheduling.meter_rhythm import MeterRhythm
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.sessions.bookkeeping import Bookkeeping
from smart_charging.services.sessions.session import Session, SessionKeeper
from smart_charging.services.sessions.session_log import SessionLog
from smart_charging.services.store import Store
from smart_charging.services.watching.cable_session import CableSession

AT_LEAST = timedelta(hours=1)
"""A car of which nobody says how much it needs is charged for as long as it may stay."""


class ChargerScheduler:
    """Keeps a promise to one car."""

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
    ) -> None:
        self.charger_id = schedule.charge_point_id
        self.account = account
        self.key = key = account.hub.names.device_id(self.charger_id)
        """The charger among those of all accounts; what is remembered of it is found by it."""
        self._control = account.control
        self._zone = zone
        self._power = LearnedPower(key, store)
        self._books = Bookkeeping(key, session_log, store)
        self.settings_reader = CarSettingsReader(schedule, key, entities, store, log)
        self._keeper = SessionKeeper(key, store)
        self.override = ManualOverride(self._keeper, account.control)
        self._rhythm = MeterRhythm(key, store)
        self.execution = Execution(self.charger_id, self._keeper, self._rhythm, account.control, zone=zone, log=log)

    async def choose(self, mode: str) -> None:
        """A person chooses a mode; what is done after that, even before the next look, is a newer wish.

        Raises:
            CommandError: There is no such mode.
        """
        await self.settings_reader.put(MODE, mode)
        if session := self._keeper.session:
            await self._note_mode(session, self.settings_reader.settings.mode)
        await self.resume()

    async def resume(self) -> None:
        """A person wants the scheduler back, and what failed to be tried again."""
        self.execution.forgive()
        self._control.hand_back(self.charger_id)
        await self.override.resume()

    def recall_plan(self) -> Plan | None:
        """The plan of before a restart."""
        return self._keeper.session.kept_plan() if self._keeper.session else None

    async def snapshot(
        self, charger: Charger, cable: CableSession | None, curve: PriceCurve, now: datetime
    ) -> Snapshot:
        """Take in what has happened: to the cable, to the settings, to the meter, by other hands.

        Args:
            cable: The session at the charger, the last one while no cable is in.
            curve: Published prices since the cable went in, to count what was charged.
        """
        car, is_complete = await self.settings_reader.read(now), self.settings_reader.are_complete
        guess_kw = car.power_kw or charger.max_power_kw
        power_kw = await self._power.recall(guess_kw)
        load_kw = car.load_kw or max(power_kw, guess_kw or 0.0)  # the car of last night may have taken less
        snapshot = Snapshot(
            key=self.key,
            charger=charger,
            cable=cable,
            car=car,
            guess_kw=guess_kw,
            power_kw=power_kw,
            load_kw=load_kw,
        )
        if cable is None or not cable.is_in:
            await self._end(snapshot, curve, now)
            return replace(snapshot, state=PlanState.IDLE)
        if not is_complete:
            return replace(snapshot, state=PlanState.WAITING, reason="Home Assistant has not told all settings yet")
        session = await self._session_of(cable, snapshot, curve, now)
        await self._hear(session, car)
        await self.override.review(session, charger, car)
        energy_kwh = await self._books.update(session, snapshot.charges, curve, now)
        return await self._judge(session, replace(snapshot, delivered_kwh=energy_kwh, cost=self._books.cost), now)

    async def settle(self, plan: Plan, now: datetime) -> None:
        """Remember a new plan over a restart; of a block that runs only its end matters."""
        if self._keeper.session and self._keeper.session.keep(plan, now):
            await self._keeper.keep()

    async def _end(self, snapshot: Snapshot, curve: PriceCurve, now: datetime) -> None:
        if session := await self._keeper.recall():
            await self._close(session, snapshot, curve, now)

    async def _close(self, session: Session, snapshot: Snapshot, curve: PriceCurve, now: datetime) -> None:
        """First into the book, then out of mind: killed in between, it is booked again, which changes nothing."""
        cable, unplugged_at = snapshot.cable, session.seen_at
        if cable and session.is_of(cable.plugged_in_at):
            await self._books.update(session, snapshot.charges, curve, now)
            unplugged_at = cable.unplugged_at or now
        await self._books.close(session, snapshot.charger, snapshot.power_kw, unplugged_at)
        self.execution.forgive()
        self._power.forget_car()
        self._rhythm.forget_session()
        await self._keeper.end()

    async def _session_of(self, cable: CableSession, snapshot: Snapshot, curve: PriceCurve, now: datetime) -> Session:
        session = await self._keeper.recall()
        if session and not session.is_of(cable.plugged_in_at):
            await self._close(session, snapshot, curve, now)
            session = None
        if session is None:
            session = Session.begin(cable.plugged_in_at, now)
            await self._keeper.begin(session)
        is_news = session.see(cable.seen_at)
        if session.ready_by_of != snapshot.car.departure_words:
            session.ready_by, session.ready_by_of = (
                snapshot.car.departure(self._zone, now),
                snapshot.car.departure_words,
            )
            is_news = True
        if is_news:
            await self._keeper.keep()
        return session

    async def _hear(self, session: Session, car: CarSettings) -> None:
        """Another mode is a person's newest word."""
        before = session.mode
        await self._note_mode(session, car.mode)
        if before and before != car.mode:
            await self.resume()

    async def _note_mode(self, session: Session, mode: Mode) -> None:
        if session.mode != mode:
            session.mode, session.blocks = mode, None  # a plan of another mode is none to keep to
            await self._keeper.keep()

    async def _judge(self, session: Session, snapshot: Snapshot, now: datetime) -> Snapshot:
        charger, car = snapshot.charger, snapshot.car
        energy_kwh = snapshot.delivered_kwh or 0.0
        power_kw = await self._power.learn(charger.active_charge, snapshot.guess_kw, now)
        await self._note_meter(charger, energy_kwh, power_kw, now)
        await self._hear_car(session, snapshot, energy_kwh, now)
        so_far = session.charged(energy_kwh)
        snapshot = replace(snapshot, power_kw=power_kw)
        missing_kwh = self._missing_kwh(session, snapshot, so_far, now)
        asked_kwh = car.energy_kwh if car.energy_kwh is not None else energy_kwh + missing_kwh
        session.judge(missing_kwh, asked_kwh, now)
        await self._pass_departure(session, car, missing_kwh, now)
        snapshot = replace(snapshot, wanted_kwh=asked_kwh)
        snapshot = replace(snapshot, rests_short=self._rests_short(session, snapshot, so_far, now))
        if car.mode is Mode.OFF:
            return replace(snapshot, state=PlanState.OFF)
        if session.manual:
            return replace(snapshot, state=PlanState.MANUAL, reason=session.manual)
        request = self._request(session, snapshot, so_far, missing_kwh)
        return replace(snapshot, request=request, reason=self.execution.trouble)

    async def _hear_car(self, session: Session, snapshot: Snapshot, energy_kwh: float, now: datetime) -> None:
        """Take in the car's state of charge, and whether it is full."""
        last_unplugged_at = snapshot.cable.last_unplugged_at if snapshot.cable else None
        soc_percent = self.settings_reader.soc_percent(session.plugged_in_at, last_unplugged_at)
        is_news = [
            session.hear_soc(soc_percent, energy_kwh, now, battery_kwh=snapshot.car.battery_kwh),
            session.hear_full(_full_at(snapshot), energy_kwh, is_charging=_is_charging(snapshot.charger)),
        ]
        if any(is_news):
            await self._keeper.keep()

    def _rests_short(self, session: Session, snapshot: Snapshot, so_far: Charged, now: datetime) -> bool:
        is_awaited = session.promised_by is None or now < session.promised_by
        return session.is_full and is_awaited and self._wanting_kwh(session, snapshot, so_far, now) > 0

    async def _note_meter(self, charger: Charger, energy_kwh: float, power_kw: float, now: datetime) -> None:
        if charger.state is ChargerState.OFFLINE or not self.account.hub.polling.is_answering:
            self._rhythm.look_away()
        else:
            await self._rhythm.note(charger.active_charge, energy_kwh, power_kw, now)
        self.execution.note_meter(charger, energy_kwh, power_kw, now)

    async def _pass_departure(self, session: Session, car: CarSettings, missing_kwh: float, now: datetime) -> None:
        """A car that is still there when its departure is over, and does not go on for that, leaves at the next."""
        is_over = session.ready_by <= now and (missing_kwh == 0 or not car.charges_on)
        if is_over and (departure := car.departure(self._zone, now)) > now:
            session.ready_by = departure
            await self._keeper.keep()

    def _request(self, session: Session, snapshot: Snapshot, so_far: Charged, missing_kwh: float) -> ChargeRequest:
        car = snapshot.car
        minimum_kwh = car.minimum_missing_kwh(so_far)
        need = Need(
            energy_kwh=missing_kwh,
            power_kw=snapshot.power_kw,
            ready_by=session.ready_by,
            margin=car.margin,
            minimum_kwh=missing_kwh if car.mode is Mode.NOW else min(minimum_kwh, missing_kwh),
            goes_on=car.charges_on,
        )
        return ChargeRequest(
            charger_id=self.key,
            need=need,
            preferences=car.preferences(self._zone),
            is_running=self._control.is_on(snapshot.charger),
            priority=car.priority,
            load_kw=snapshot.load_kw,
        )

    def _missing_kwh(self, session: Session, snapshot: Snapshot, so_far: Charged, now: datetime) -> float:
        return 0.0 if session.is_full else self._wanting_kwh(session, snapshot, so_far, now)

    def _wanting_kwh(self, session: Session, snapshot: Snapshot, so_far: Charged, now: datetime) -> float:
        """What the need is short of, whether or not the car takes it."""
        missing = snapshot.car.missing_kwh(so_far, snapshot.power_kw)
        if missing is None:
            return snapshot.power_kw * (max(session.ready_by - now, AT_LEAST) / timedelta(hours=1))
        return missing if missing > min(TOLERANCE_KWH, (so_far.energy_kwh + missing) / 100) else 0.0


def _full_at(snapshot: Snapshot) -> datetime | None:
    return max((charge.fully_charged_at for charge in snapshot.charges if charge.fully_charged_at), default=None)


def _is_charging(charger: Charger) -> bool:
    return charger.active_charge is not None and charger.active_charge.state is ChargeState.CHARGING
