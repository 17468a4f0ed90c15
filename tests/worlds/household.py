"""All services at work on one charger, in time that is moved by hand."""

from __future__ import annotations

import logging
import shutil
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.config.monitor import MonitorSettings
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.entities.command import EntityCommand
from smart_charging.entities.states import HomeAssistantStates
from smart_charging.errors import ActionError
from smart_charging.services.control.abilities import Abilities
from smart_charging.services.control.accounts import Accounts, CommandedAccount
from smart_charging.services.control.charge_limits import ChargeLimits
from smart_charging.services.control.control import Control
from smart_charging.services.control.currents import Currents
from smart_charging.services.control.ha_commands import HaCommands
from smart_charging.services.events.events import Events
from smart_charging.services.home_assistant import EntityState
from smart_charging.services.notify.notifier import Notifier
from smart_charging.services.peaks.meter_search import MeterSearch
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.scheduler import Scheduler
from smart_charging.services.sessions.session_log import SESSIONS_FILE, SessionLog
from smart_charging.services.watching.hub import Hub
from worlds.virtual_time import Clock

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
PRICE_ENTITY = "sensor.nordpool"
MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
"""In Copenhagen; the evening of the tests begins three hours before."""
HOUR = timedelta(hours=1)
NIGHT = (2.5, 2.2, 1.1, 0.9, 0.7, 0.2, 0.1, 0.3, 0.8, 1.5, 2.0)
"""Prices from the beginning of the evening on, an hour each."""
LOG = logging.getLogger("household")


class FakeHass:
    """A dict of states, and what an app remembers."""

    def __init__(self) -> None:
        self.states: dict[str, tuple[str, dict[str, Any]]] = {}
        self.history: list[tuple[str, str]] = []
        self.store: dict[str, Mapping[str, Any]] = {}
        self.actions: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {}
        """What an action responds to its data; it may raise."""
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.config_entries: dict[str, str] = {}
        self.entries: dict[str, Sequence[str]] = {}
        """The config entries of an integration."""
        self.commands: dict[str, Any] = {}
        """What a command of the websocket is answered with."""
        self.arguments: dict[str, Sequence[str]] = {}
        """What an action takes, by its name."""

    async def set_state(self, entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        self.states[entity_id] = (state, attributes)
        self.history.append((entity_id, state))

    async def entity(self, entity_id: str) -> EntityState | None:
        if entity_id not in self.states:
            return None
        state, attributes = self.states[entity_id]
        return EntityState(state=state, attributes=attributes)

    async def call_action(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        self.calls.append((action, data))
        if action.startswith("notify."):
            return {}
        if action not in self.actions:
            raise ActionError(f"Home Assistant has no action {action}")
        return self.actions[action](data)

    async def command(self, kind: str, **_data: object) -> Any:
        if kind not in self.commands:
            raise ActionError(f"{kind} failed: unknown_command")
        return self.commands[kind]

    async def create_config_entry(self, integration: str, *_answers: Mapping[str, object]) -> str:
        raise ActionError(f"the set-up of {integration} cannot be reached")

    async def remove_config_entry(self, entry_id: str) -> None:
        raise ActionError(f"there is no entry {entry_id}")

    async def arguments_of(self, action: str) -> Sequence[str]:
        return self.arguments.get(action, ())

    async def all_entities(self) -> Mapping[str, EntityState]:
        return {key: EntityState(state=state, attributes=told) for key, (state, told) in self.states.items()}

    async def action_names(self) -> Sequence[str]:
        return list(self.actions)

    async def entries_of(self, integration: str) -> Sequence[str]:
        return self.entries.get(integration, ())

    async def config_entry_of(self, entity_id: str) -> str | None:
        return self.config_entries.get(entity_id)

    async def recall(self, key: str) -> Mapping[str, Any]:
        return self.store.get(key, {})

    async def remember(self, key: str, facts: Mapping[str, Any]) -> None:
        self.store[key] = facts

    def reject(self, key: str, why: str) -> None:
        LOG.warning("%s: %s; that is forgotten", key, why)


class Household:
    """A home with one car; `live` lets time pass as the apps' loops would."""

    def __init__(self, monta: MontaStandIn, cloud: MontaCloud, clock: Clock, *, zone: tzinfo = COPENHAGEN) -> None:
        self.monta = monta
        self.clock = clock
        self.zone = zone
        self.hass = FakeHass()
        self.cloud = cloud
        folder = Path(mkdtemp())
        weakref.finalize(self, shutil.rmtree, folder)
        self.session_file = folder / SESSIONS_FILE
        self.point_id = monta.add_charge_point("Garage")
        self.start_apps()

    def start_apps(self) -> None:
        """Like a start of AppDaemon: what lives in memory is new, what was remembered is there."""
        rests = {"poll_idle_s": 60, "poll_plugged_in_s": 60, "poll_busy_s": 15}
        settings = MonitorSettings.model_validate(rests)
        self.hub = Hub(
            self.cloud, settings, HomeAssistantStates(self.hass.set_state), self.hass, clock=self.clock, log=LOG
        )
        self.polling = self.hub.polling
        assert self.hub.wallet  # Monta keeps one
        self.wallet = self.hub.wallet
        self.control = Control(
            self.hub,
            self.hass,
            clock=self.clock,
            log=LOG,
            sleep=self.clock.sleep,
        )
        self.limits = ChargeLimits(self.control, self.hub, self.hass, clock=self.clock, log=LOG)
        self.currents = Currents(self.hub, self.hass, clock=self.clock)
        self.commanded = CommandedAccount(
            monitor="charging_monitor",
            hub=self.hub,
            control=self.control,
            limits=self.limits,
            currents=self.currents,
            abilities=Abilities(self.hub, self.currents),
        )
        self.ha_commands = HaCommands(Accounts([self.commanded]))
        self.scheduling: Scheduler | None = None

    async def restart(self) -> None:
        """Kill the apps and start them anew."""
        self.start_apps()
        await self.polling.prepare()
        await self.limits.prepare()

    def schedule(self, *others: int, common: Mapping[str, Any] | None = None, **car: Any) -> None:
        """Add the scheduler, for an 11 kW car; `others` are charge points with the same settings."""
        need = {"energy_kwh": 11} if not {"hours", "soc_percent"} & car.keys() else {}
        car = {"power_kw": 11, "ready_by": "07:00", **need, **car}
        cars = [{"charge_point_id": point_id, **car} for point_id in (self.point_id, *others)]
        settings = SchedulerSettings.model_validate({"price_entity": PRICE_ENTITY, "chargers": cars, **(common or {})})
        prices = PriceFeed(settings, self.hass, self.hass, self.hass, zone=self.zone, clock=self.clock, log=LOG)
        self.notifier = Notifier(self.hass, self.hass, settings.notify, zone=self.zone, clock=self.clock, log=LOG)
        self.session_log = SessionLog(self.session_file, LOG)
        self.scheduling = Scheduler(
            settings,
            [self.commanded],
            prices,
            notifier=self.notifier,
            session_log=self.session_log,
            entities=self.hass,
            store=self.hass,
            zone=self.zone,
            clock=self.clock,
            log=LOG,
            meter_search=MeterSearch(self.hass, LOG) if settings.finds_meter else None,
            events=Events(settings.events, self.hass, self.hass, zone=self.zone, log=LOG) if settings.events else None,
        )

    def prices(self, start: datetime, *per_kwh: float, step: timedelta = timedelta(hours=1)) -> None:
        """Show day-ahead prices as Nord Pool's entity does."""
        rows = [
            {
                "start": (start + number * step).astimezone(self.zone).isoformat(),
                "end": (start + (number + 1) * step).astimezone(self.zone).isoformat(),
                "value": price,
            }
            for number, price in enumerate(per_kwh)
        ]
        attributes = {"raw_today": rows, "raw_tomorrow": [], "unit": "kWh", "currency": "DKK", "price_in_cents": False}
        self.hass.states[PRICE_ENTITY] = ("0", attributes)

    def say(self, entity_id: str, state: str, **attributes: Any) -> None:
        """Let an entity of somebody else's stand like this."""
        self.hass.states[entity_id] = (state, attributes)

    def plug_in(self, *, wants_kwh: float = 60.0, power_kw: float = 11.0, point_id: int | None = None) -> None:
        self.monta.plug_in(point_id or self.point_id, Car(wants_kwh=wants_kwh, max_power_kw=power_kw))

    async def choose(self, key: str, payload: str, *, point_id: int | None = None) -> None:
        """What a person does to an entity of ours, as the broker brings it."""
        device_id = str(point_id or self.point_id)
        await self.hub.entity_commands.obey(
            EntityCommand(device_id=device_id, domain="select", key=key, payload=payload)
        )

    @property
    def starts(self) -> int:
        """How many the cloud was asked for."""
        return len(self.monta.sent("charges", "POST")) - self.stops

    @property
    def stops(self) -> int:
        return len([request for request in self.monta.sent("charges", "POST") if request.path.endswith("stop")])

    def unplug(self) -> None:
        self.monta.unplug(self.point_id)

    async def live(self, **span: float) -> None:
        """Let the loops run until then: polls when they are due, plans after each poll and at their edges."""
        until = self.clock.at + timedelta(**span)
        while True:
            rests = [await self.polling.beat(), await self.control.beat(), await self.limits.beat()]
            if self.scheduling:
                rests += [await self.scheduling.beat(), await self.notifier.beat()]
            wake_at = self.clock.at + max(min(rests), timedelta(seconds=1))
            if wake_at >= until:
                self.clock.leap(until)
                return
            self.clock.leap(wake_at)

    def state(self, entity: str) -> str:
        """`plan` is short for the state of `sensor.monta_garage_plan`, `switch.charging` for the switch's."""
        return self.hass.states[_entity_id(entity)][0]

    def attributes(self, entity: str) -> dict[str, Any]:
        return self.hass.states[_entity_id(entity)][1]

    def account(self, key: str, domain: str = "sensor") -> tuple[str, dict[str, Any]]:
        """State and attributes of an entity of the account."""
        return self.hass.states[f"{domain}.monta_cloud_{key}"]

    @property
    def delivered_kwh(self) -> float:
        """What the stand-in's meters say."""
        self.monta.site.catch_up()
        return sum(charge.consumed_kwh or 0 for charge in self.monta.site.charges.values())

    def charged_between(self, start: datetime, end: datetime) -> float:
        self.monta.site.catch_up()
        charges = self.monta.site.charges.values()
        return sum(flow.kwh_between(start, end) for charge in charges for flow in charge.flows)


def _entity_id(entity: str) -> str:
    domain, _, key = entity.rpartition(".")
    return f"{domain or 'sensor'}.monta_garage_{key}"
