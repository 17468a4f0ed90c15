"""The scheduler: reads prices and chargers, plans, dispatches and publishes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial

from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.entities.command import EntityCommand
from smart_charging.entities.mode import MODE_COMMANDS, MODE_ENTITIES
from smart_charging.entities.need import NEED_ENTITIES
from smart_charging.entities.plan_view import PlanState
from smart_charging.errors import CommandError
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.services.cars.car_settings import UNKNOWN_CAR
from smart_charging.services.cars.learned_power import FALLBACK_KW
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.events.events import Events
from smart_charging.services.habits.booked_nights import booked_nights
from smart_charging.services.heartbeat import Bulkhead, Clock, Heartbeat, T
from smart_charging.services.home_assistant import Entities
from smart_charging.services.notify.notifier import Notifier
from smart_charging.services.peaks.meter_search import MeterSearch
from smart_charging.services.peaks.peaks import Peaks
from smart_charging.services.planning_thread import PlanningThread
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.provisioning.provisioning import Provisioning
from smart_charging.services.scheduling.button_presses import ButtonPresses
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.co2 import Co2
from smart_charging.services.scheduling.configured_fuse import ConfiguredFuse
from smart_charging.services.scheduling.current_sharing import CurrentSharing
from smart_charging.services.scheduling.dispatch import Dispatcher
from smart_charging.services.scheduling.expected_arrivals import ExpectedArrivals
from smart_charging.services.scheduling.forbidding import Forbidding
from smart_charging.services.scheduling.gone import GoneChargers
from smart_charging.services.scheduling.helper_following import HelperFollowing
from smart_charging.services.scheduling.outdated import NewestQuestion, are_outdated, still_fitting
from smart_charging.services.scheduling.outlooks import Outlooks
from smart_charging.services.scheduling.planner import Planner
from smart_charging.services.scheduling.presenter import Presenter
from smart_charging.services.scheduling.round_view import RoundView
from smart_charging.services.scheduling.scheduled_chargers import Present, ScheduledChargers
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.sessions.session_log import SessionLog
from smart_charging.services.store import Store

MODE_KEYS = {row.key for row in MODE_ENTITIES}
LOOK_AGAIN = timedelta(minutes=1)
"""The longest rest between two rounds without an event or an edge of a plan."""


class Scheduler:
    """Runs a round over all scheduled chargers whenever something may have changed."""

    def __init__(
        self,
        settings: SchedulerSettings,
        accounts: Sequence[CommandedAccount],
        prices: PriceFeed,
        *,
        notifier: Notifier,
        session_log: SessionLog,
        entities: Entities,
        store: Store,
        zone: tzinfo,
        clock: Clock,
        log: logging.Logger,
        name: str = "charging_scheduler",
        problems: Sequence[str] = (),
        provisioning: Provisioning | None = None,
        events: Events | None = None,
        meter_search: MeterSearch | None = None,
        all_accounts: Sequence[CommandedAccount] = (),
        elsewhere: Collection[str] = (),
    ) -> None:
        """Set up the parts; `problems` of the configuration itself are shown with every plan.

        Args:
            all_accounts: Those that other apps schedule, too; by default only `accounts`.
            name: The app's name in apps.yaml, shown when another app claims the same charger.
            provisioning: Whose helpers are followed as if apps.yaml named them.
            elsewhere: The chargers that other apps name, by id or name.
        """
        self._settings = settings
        self._accounts = accounts
        self._prices = prices
        self._notifier = notifier
        self._clock = clock
        self._log = log
        self._thread = PlanningThread()
        prices.compute_in(self._thread)
        self._curve = NO_PRICES
        self._co2 = Co2(settings, entities, zone=zone, log=log)
        make = partial(ChargerScheduler, entities, store, session_log, zone=zone, log=log, co2=self._co2.counted_by)
        self.helpers = HelperFollowing(make, provisioning)
        self._chargers = ScheduledChargers(
            settings, accounts, self.helpers.make, store, log, name=name, elsewhere=elsewhere
        )
        self._fuse = ConfiguredFuse(settings.fuse_kw, self._chargers.by_key, entities, store, log)
        nights = partial(booked_nights, session_log, zone)
        self._peaks = (
            Peaks(settings, entities, store, zone=zone, log=log, search=meter_search, nights_before=nights)
            if settings.peak
            else None
        )
        self._outlooks = Outlooks(prices, session_log, zone, self._thread, self._chargers.usual_at)
        expected = ExpectedArrivals(self._chargers.by_key, session_log, zone)
        self._planner = Planner(
            prices, self._peaks, self._co2, self._thread, self._recalled_plan, expected=expected, log=log
        )
        self._bulkhead = Bulkhead(log)
        self._forbidding = Forbidding(events, self._bulkhead, zone)
        self._sharing = CurrentSharing(self._chargers.by_key, log)
        self._dispatcher = Dispatcher(
            self._chargers.by_key, self._sharing, may_stop_others=settings.may_stop_others, log=log
        )
        presenter = Presenter(notifier, session_log, zone=zone, log=log)
        self._round_view = RoundView(
            presenter,
            notifier,
            self._chargers.by_key,
            accounts,
            prices=prices,
            fuse=self._fuse,
            co2=self._co2,
            peaks=self._peaks,
            bulkhead=self._bulkhead,
            problems=problems,
        )
        self._gone = GoneChargers(notifier)
        self._presses = ButtonPresses(
            self._chargers.by_key, presenter.states, all_accounts or accounts, notifier, zone=zone, log=log
        )
        self._wake: Callable[[], None] = lambda: None
        self._is_woken: Callable[[], bool] = lambda: False
        self._newest = NewestQuestion(asyncio.Event().wait)
        self._leave = [
            one.control.manual_actions.on_manual_action(partial(self._on_manual_action, one)) for one in accounts
        ]
        for account in accounts:
            commands = account.hub.entity_commands
            knows = self._chargers.by_key.__contains__
            self._leave += [commands.on(row.key, self._on_need, knows) for row in (*NEED_ENTITIES, *MODE_ENTITIES)]

    @property
    def chargers(self) -> ScheduledChargers:
        """Which chargers are scheduled, and which of them nobody has named."""
        return self._chargers

    @property
    def entity_ids(self) -> Sequence[str]:
        """The entities whose state changes should cause a round."""
        references = (reference for car in self._settings.cars for reference, _ in car.references().values())
        return sorted({*(one.entity_id for one in references), *self._fuse.entity_ids, *self._co2.followed})

    def follow(self, rounds: Heartbeat, *others: Callable[[], None]) -> None:
        """Run a round whenever the chargers were read or a person changed a setting.

        Args:
            rounds: The loop that runs them.
            others: Called after a read, too.
        """
        self._wake, self._is_woken = rounds.wake, lambda: rounds.is_woken
        self._newest = NewestQuestion(rounds.until_woken)

        async def on_read() -> None:
            for each in (rounds.wake, *others):
                each()

        self._leave += [account.hub.polling.on_read(on_read) for account in self._accounts]

    async def press(self, button_key: object) -> None:
        """Obey a button that a person pressed on a notification."""
        if await self._presses.press(button_key):
            self._wake()

    def close(self) -> None:
        """Stop following hub and control, and release the chargers."""
        for leave in self._leave:
            leave()
        self._chargers.release()
        self._thread.close()

    async def beat(self) -> timedelta:
        """Run one round; returns the rest until the next edge of a plan, retry or price request.

        Before a cloud has answered there is nothing to charge, and after a boot the clock may be years off, by which
        prices would be forgotten: a read wakes us.
        """
        if not any(account.hub.polling.has_worked for account in self._accounts):
            return LOOK_AGAIN
        read = await self._bulkhead.survived("Prices", self._prices.read())
        curve = self._curve = read if read is not None and read.slots else self._curve
        now = self._clock()
        await self._bulkhead.survived("The fuse", self._fuse.read(now))
        await self._bulkhead.survived("CO2", self._co2.read(now))
        await self._bulkhead.survived("Finding chargers", self._chargers.find())
        asked = await self._snapshots(now)
        self._gone.note(asked, now)
        if self._peaks:
            await self._bulkhead.survived("Peaks", self._peaks.note(sum(one.taken_kw for one in asked), now))
        snapshots, plans = await self._planned(asked, curve, now)
        now = self._clock()
        for key, plan in plans.items():
            await self._in_turn(self._bulkhead.survived(key, self._chargers.by_key[key].settle(plan, now)))
        troubles = await self._dispatcher.dispatch(snapshots, plans, self._fuse.of(snapshots), now)
        await self._round_view.show(snapshots, plans, troubles, curve, now)
        is_outdated = any(one.request and one.key not in plans for one in snapshots)
        return timedelta(0) if is_outdated else min([LOOK_AGAIN, *self._rests(plans, self._prices.next_ask, now)])

    async def _planned(
        self, snapshots: Sequence[Snapshot], curve: PriceCurve, now: datetime
    ) -> tuple[Sequence[Snapshot], Mapping[str, Plan]]:
        """The chargers as they are once plans are made, and those of the plans that fit them."""
        fuse = self._fuse.of(snapshots)
        found: Sequence[Snapshot] = snapshots

        async def is_outdated() -> bool:
            nonlocal found
            found = await self._snapshots(self._clock(), may_decide=False)
            return are_outdated(snapshots, found, is_joint=fuse is not None)

        plans = await self._newest.answer(self._planner.plans(snapshots, fuse, curve, now), is_outdated)
        if plans is None:
            return found, {}
        self._sharing.needs_all = self._planner.needs_all_of_fuse
        if not self._is_woken():
            return snapshots, plans
        found = await self._snapshots(self._clock(), may_decide=False)
        return found, still_fitting(plans, snapshots, found, is_joint=fuse is not None)

    async def _snapshots(self, now: datetime, *, may_decide: bool = True) -> Sequence[Snapshot]:
        look = partial(self._with_outlook, now=now, may_decide=may_decide)
        seen = [await self._in_turn(look(one)) for one in self._chargers.present()]
        return await self._forbidding.applied(seen, now)

    @staticmethod
    async def _in_turn(work: Awaitable[T]) -> T:
        """One charger's part; whatever else waits for the loop has its turn before the next one."""
        done = await work
        await asyncio.sleep(0)
        return done

    async def _with_outlook(self, present: Present, now: datetime, *, may_decide: bool) -> Snapshot:
        """The charger's snapshot, of which a part of the need may be left to later nights."""
        found = await self._snapshot_of(present, now)
        if not may_decide:  # plans are about to be carried out
            return self._outlooks.as_decided(found)
        return await self._bulkhead.survived("Days ahead", self._outlooks.applied(found, self._curve, now)) or found

    async def _snapshot_of(self, present: Present, now: datetime) -> Snapshot:
        """The charger's snapshot; after an error one without a request, so that nothing is changed there."""
        scheduler, charger = present.scheduler, present.charger
        return await self._bulkhead.survived(charger.name, self._reviewed(present, now)) or Snapshot(
            key=scheduler.key,
            charger=charger,
            car=self._bulkhead.tried(charger.name, lambda: scheduler.settings_reader.settings) or UNKNOWN_CAR,
            load_kw=charger.max_power_kw or FALLBACK_KW,
            guess_kw=charger.max_power_kw,
            power_kw=charger.max_power_kw or FALLBACK_KW,
            state=PlanState.WAITING,
            reason="an error in these apps is in the way; see AppDaemon's log",
        )

    async def _reviewed(self, present: Present, now: datetime) -> Snapshot:
        await present.scheduler.account.control.review(present.charger)
        charger, cable, read_at = present.charger, present.cable, present.read_at
        return await present.scheduler.snapshot(charger, cable, self._prices.history, now, read_at)

    def _recalled_plan(self, key: str) -> Plan | None:
        return self._chargers.by_key[key].recall_plan()

    async def _on_manual_action(self, account: CommandedAccount, charger_id: str, reason: str) -> None:
        if scheduler := self._chargers.of(account, charger_id):
            await scheduler.override.yield_to_person(reason)

    async def _on_need(self, command: EntityCommand) -> None:
        scheduler = self._chargers.by_key.get(command.device_id)
        if scheduler is None:
            raise CommandError(self._chargers.why_unknown)
        if command.key in MODE_KEYS:
            await scheduler.choose(MODE_COMMANDS.get((command.key, command.payload), command.payload))
        else:
            await scheduler.settings_reader.put(command.key, command.payload)
        self._wake()

    def _rests(self, plans: Mapping[str, Plan], next_ask: datetime | None, now: datetime) -> Sequence[timedelta]:
        moments = [next_ask, *(plan.next_change(now) for plan in plans.values())]
        moments += [self._chargers.by_key[key].execution.retry_at for key in plans]
        return [moment - now for moment in moments if moment and moment > now]
