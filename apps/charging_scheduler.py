"""The app that charges cars at the cheapest times."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from charging_app import ChargingApp
from charging_control import ChargingControl
from smart_charging.clouds.knowledge import open_grid_fees, open_prices, open_vehicles
from smart_charging.config.scheduler import HomeSetup, SchedulerSettings
from smart_charging.errors import ConfigError
from smart_charging.services.cars.vehicle_entities import TellsVehicles, VehicleEntities
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.events.events import Events
from smart_charging.services.heartbeat import Clock, Heartbeat
from smart_charging.services.home_assistant import Entities
from smart_charging.services.notify.buttons import PRESSED_EVENT
from smart_charging.services.notify.notifier import Notifier
from smart_charging.services.peaks.meter_search import MeterSearch
from smart_charging.services.pricing.cloud_source import TellsPrices
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.pricing.grid_fees import GridFees, TellsGridFees
from smart_charging.services.provisioning.provisioning import Provisioning
from smart_charging.services.scheduling.helper_following import HelperFollowing
from smart_charging.services.scheduling.missing_entities import name_missing
from smart_charging.services.scheduling.named_chargers import named_in
from smart_charging.services.scheduling.scheduler import Scheduler
from smart_charging.services.scheduling.setup_teller import SetupTeller
from smart_charging.services.sessions.session_log import SESSIONS_FILE, SessionLog
from smart_charging.services.sessions.settling import Settling

Follow = Callable[[Sequence[str]], Awaitable[None]]
"""Listens to these entities."""


@dataclass(frozen=True, kw_only=True)
class _Accounts:
    """Those of the control app."""

    scheduled: Sequence[CommandedAccount]
    """Those whose chargers are planned here; one at least."""
    all: Sequence[CommandedAccount]

    @property
    def clock(self) -> Clock:
        return self.scheduled[0].hub.clock


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What a scheduler is made of, and what goes on beside it."""

    settings: SchedulerSettings
    accounts: _Accounts
    prices: PriceFeed
    notifier: Notifier
    session_log: SessionLog
    provisioning: Provisioning
    meter_search: MeterSearch | None


class ChargingScheduler(ChargingApp):
    """Reads prices and settings, plans, and sends starts and stops through the control app."""

    _scheduler: Scheduler | None = None
    _prices_ahead: TellsPrices | None = None
    _grid_company: TellsGridFees | None = None
    _vehicles: TellsVehicles | None = None

    async def initialize(self) -> None:
        """Wire prices, chargers and control together."""
        await self.join()
        if (settings := self.settings(SchedulerSettings)) is None or (accounts := await self._named(settings)) is None:
            return
        self._log_zone()
        if not self._open_clouds(settings, accounts.clock):
            return
        parts = await self._parts(settings, accounts)
        self._scheduler = self._made_of(parts)
        rounds = Heartbeat(self._scheduler.beat, self.logger)
        await self._listen(parts, self._scheduler, rounds)
        setting_up = await self._setting_up(parts.provisioning, self._scheduler.helpers, rounds)
        self._scheduler.follow(rounds, setting_up.wake)
        for heartbeat in (rounds, *self._beside(parts, self._scheduler), setting_up):
            await self.in_background(heartbeat.run())
        await self.in_background(name_missing(settings, self, self.logger))

    async def _named(self, settings: SchedulerSettings) -> _Accounts | None:
        """The accounts to schedule; None, with a log line, where the control app has none of them."""
        control = await self.partner(settings.control, ChargingControl)
        if control is None or not control.accounts:
            return None
        named = [account for account in control.accounts if account.monitor in settings.monitor]
        if strangers := set(settings.monitor) - {account.monitor for account in named}:
            self.idle(f"{control.name} does not command {min(strangers)}; write it there under monitor, too")
            return None
        return _Accounts(scheduled=named, all=control.accounts)

    async def _parts(self, settings: SchedulerSettings, accounts: _Accounts) -> _Parts:
        clock, log = accounts.clock, self.logger
        prices = PriceFeed(
            settings,
            self,
            self,
            self,
            zone=self.zone,
            clock=clock,
            log=log,
            currency=self.home.currency,
            cloud=self._prices_ahead,
            grid_fees=self._grid_fees(settings),
        )
        session_log = SessionLog(self.folder / SESSIONS_FILE, log)
        await session_log.prepare()
        home_setup = settings.home_setup if self.has_home_assistant else HomeSetup.FALSE
        provisioning = Provisioning(self, self, home_setup, name=self.name, clock=clock, log=log)
        await provisioning.prepare()
        return _Parts(
            settings=settings,
            accounts=accounts,
            prices=prices,
            notifier=Notifier(self, self, settings.notify, zone=self.zone, clock=clock, log=log),
            session_log=session_log,
            provisioning=provisioning,
            meter_search=MeterSearch(self, log) if settings.finds_meter and self.has_home_assistant else None,
        )

    def _made_of(self, parts: _Parts) -> Scheduler:
        settings, clock = parts.settings, parts.accounts.clock
        return Scheduler(
            settings,
            parts.accounts.scheduled,
            parts.prices,
            notifier=parts.notifier,
            session_log=parts.session_log,
            entities=self._entities(settings, clock),
            store=self,
            zone=self.zone,
            clock=clock,
            log=self.logger,
            name=self.name,
            problems=[problem] if (problem := self.zone_problem) else (),
            provisioning=parts.provisioning,
            events=Events(settings.events, self, self, zone=self.zone, log=self.logger) if settings.events else None,
            meter_search=parts.meter_search,
            all_accounts=parts.accounts.all,
            elsewhere=[
                one for name, written in self.namesakes.items() if name != self.name for one in named_in(written)
            ],
        )

    async def _listen(self, parts: _Parts, scheduler: Scheduler, rounds: Heartbeat) -> None:
        """Have a round run when something changes that it goes by, and buttons obeyed."""
        prices, follow = parts.prices, self._following(rounds)
        entity_ids = {*prices.followed, *scheduler.entity_ids, *parts.provisioning.entity_ids, *parts.settings.events}
        await follow(sorted(entity_ids))
        prices.when_found(follow)
        await self.on_home_assistant_back(prices.hurry)
        if any(one.has_buttons for one in parts.settings.notify):
            await self.on_event(PRESSED_EVENT, self._on_button)

    def _following(self, rounds: Heartbeat) -> Follow:
        async def follow(entity_ids: Sequence[str]) -> None:
            for entity_id in entity_ids:
                await self.on_change(entity_id, rounds.wake)

        return follow

    def _beside(self, parts: _Parts, scheduler: Scheduler) -> Sequence[Heartbeat]:
        """The loops that send messages, tell once what was found, and complete what is booked."""
        messages = Heartbeat(parts.notifier.beat, self.logger)
        parts.notifier.wake_with(messages.wake)
        notice = Heartbeat(self._teller(parts, scheduler).beat, self.logger)
        settling = Settling(
            parts.session_log,
            scheduler.chargers.charges_of,
            lambda: parts.prices.history,
            clock=parts.accounts.clock,
            log=self.logger,
        )
        return messages, notice, Heartbeat(settling.beat, self.logger)

    def _open_clouds(self, settings: SchedulerSettings, clock: Clock) -> bool:
        """Open those that tell prices, fees and vehicles; False, with a log line, where that is not possible."""
        fees_from = settings.tariff.grid_fees_from if settings.tariff else None
        try:
            if settings.price_cloud:
                self._prices_ahead = open_prices(settings.price_cloud, self.folder, now=clock, log=self.logger)
            if fees_from:
                self._grid_company = open_grid_fees(fees_from, self.folder, now=clock, log=self.logger)
            if settings.vehicle_cloud:
                self._vehicles = open_vehicles(settings.vehicle_cloud, self.folder, now=clock, log=self.logger)
        except ConfigError as err:
            self.idle(str(err), until="this is mended and AppDaemon restarted")
            return False
        return True

    def _grid_fees(self, settings: SchedulerSettings) -> GridFees | None:
        if not (self._grid_company and settings.tariff):
            return None
        return GridFees(self._grid_company, settings.tariff, self, zone=self.zone, log=self.logger)

    def _entities(self, settings: SchedulerSettings, clock: Clock) -> Entities:
        if self._vehicles is None:
            return self
        return VehicleEntities(self, self._vehicles, settings.chargers, clock=clock, log=self.logger)

    def _teller(self, parts: _Parts, scheduler: Scheduler) -> SetupTeller:
        return SetupTeller(
            parts.settings,
            scheduler.chargers,
            parts.prices,
            self,
            self,
            home=self.home,
            zone=self.zone,
            name=self.name,
            log=self.logger,
            meter_search=parts.meter_search,
        )

    async def _setting_up(self, provisioning: Provisioning, helpers: HelperFollowing, rounds: Heartbeat) -> Heartbeat:
        """The loop that makes helpers and dashboard, once it is known for which chargers."""
        follow = self._following(rounds)

        async def follow_new(entity_ids: Sequence[str]) -> None:
            await follow(entity_ids)
            await self.all_entities()  # what changed before somebody listened
            helpers.follow_new()
            rounds.wake()

        async def on_option_selected(call: Mapping[str, Any]) -> None:
            await helpers.on_option_selected(call)
            rounds.wake()

        provisioning.when_changed(follow_new)
        await self.on_event("call_service", on_option_selected, domain="input_select", service="select_option")
        return Heartbeat(lambda: provisioning.beat(helpers.provisioned), self.logger)

    async def _on_button(self, data: Mapping[str, Any]) -> None:
        if self._scheduler:
            await self._scheduler.press(data.get("action"))

    def _log_zone(self) -> None:
        """Log that Home Assistant's time zone is used if AppDaemon's differs, as it does by default in the add-on."""
        if self.zone.key != self.own_zone.key:
            self.log(
                "Times are those of Home Assistant's time zone %s, not of AppDaemon's %s", self.zone, self.own_zone
            )

    async def terminate(self) -> None:
        """Unsubscribe; running charges continue and are recognised after the next start."""
        await super().terminate()
        if self._scheduler:
            self._scheduler.close()
        for cloud in (self._prices_ahead, self._grid_company, self._vehicles):
            if cloud:
                await cloud.aclose()
