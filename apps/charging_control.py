"""The app that starts and stops charges: by AppDaemon services, an event from Home Assistant, and switches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from charging_app import DEFAULT_NAMESPACE, ChargingApp
from charging_monitor import ChargingMonitor
from smart_charging.config.control import ControlSettings
from smart_charging.entities.command import EntityCommand
from smart_charging.errors import CommandError
from smart_charging.services.control.abilities import Abilities
from smart_charging.services.control.accounts import Accounts, CommandedAccount
from smart_charging.services.control.charge_limits import ChargeLimits
from smart_charging.services.control.control import Control
from smart_charging.services.control.currents import Currents
from smart_charging.services.control.diagnostics import diagnostics
from smart_charging.services.control.ha_commands import HaCommands, complaint
from smart_charging.services.entity_commands import CHARGING_COMMANDS, CHARGING_KEYS
from smart_charging.services.heartbeat import Heartbeat
from smart_charging.services.watching.hub import Hub

NEUTRAL = "smart_charging"
"""The name of the services and the event for every cloud; those with a cloud's name do the same."""
SERVICES = ("start_charging", "stop_charging", "smart_charging")
NO_ARGUMENTS = frozenset({"command", "request_id", "charge_point_id", "timeout", "return_result", "metadata"})
"""What a call has besides the arguments of its command, some of it AppDaemon's own."""


class ChargingControl(ChargingApp):
    """Receives commands from people and the scheduler, and reports their results."""

    accounts: Sequence[CommandedAccount] = ()
    """The accounts whose chargers it commands, for the scheduler; empty while the configuration is invalid."""
    _leave: list[Callable[[], None]]

    async def initialize(self) -> None:
        """Register services, events and switches."""
        self._leave = []
        await self.join()
        if (settings := self.settings(ControlSettings)) is None:
            return
        if (first := next(iter(self.namesakes))) != self.name:  # both would answer the same commands
            self.idle(f"{first} commands chargers already; write the monitors of this app under its monitor, too")
            return
        monitors = await self.partners(settings.monitor, ChargingMonitor)
        if monitors is None or not all(monitor.hub for monitor in monitors):
            return
        self.accounts = [
            await self._account(monitor.name, monitor.hub, settings) for monitor in monitors if monitor.hub
        ]
        self._ha_commands = HaCommands(Accounts(self.accounts))
        for prefix in dict.fromkeys([NEUTRAL, *(account.hub.names.words.prefix for account in self.accounts)]):
            for service in (*SERVICES, *self._further_services(prefix)):
                self.register_service(f"{prefix}/{service}", self._on_service, namespace=DEFAULT_NAMESPACE)
            await self.on_event(f"{prefix}_command", self._answering(f"{prefix}_command_result"))
        self.register_service(f"{NEUTRAL}/diagnostics", self._on_diagnostics, namespace=DEFAULT_NAMESPACE)
        await self.on_event("call_service", self._on_switch, domain="switch")
        self._leave = [
            account.hub.entity_commands.on(key, partial(self._on_entity, account))
            for account in self.accounts
            for key in CHARGING_KEYS
        ]
        for account in self.accounts:
            self._leave += account.abilities.follow()

    async def _on_diagnostics(self, *_where: str, **_kwargs: Any) -> Mapping[str, object]:
        return diagnostics(self.accounts, appdaemon=self.get_ad_version())

    def _further_services(self, prefix: str) -> Iterable[str]:
        """What some clouds can do: under the neutral name if any of them can."""
        able = [account for account in self.accounts if prefix in {NEUTRAL, account.hub.names.words.prefix}]
        return dict.fromkeys(word for account in able for word in account.abilities.words)

    async def _account(self, monitor: str, hub: Hub, settings: ControlSettings) -> CommandedAccount:
        control = Control(
            hub,
            self,
            allow_unplugged=settings.allow_unplugged,
            pause=settings.command_pause,
            clock=hub.clock,
            log=self.logger,
        )
        limits = ChargeLimits(control, hub, self, clock=hub.clock, log=self.logger)
        await limits.prepare()
        confirmations = Heartbeat(control.beat, self.logger)
        control.wake_with(confirmations.wake)
        stops = Heartbeat(limits.beat, self.logger)
        limits.follow(stops.wake)
        currents = Currents(hub, self, clock=hub.clock)
        await currents.prepare()
        for loop in (confirmations, stops):
            await self.in_background(loop.run())
        return CommandedAccount(
            monitor=monitor,
            hub=hub,
            control=control,
            limits=limits,
            currents=currents,
            abilities=Abilities(hub, currents),
        )

    async def terminate(self) -> None:
        """Unsubscribe from the hubs; running charges continue."""
        await super().terminate()
        for account in self.accounts:
            account.limits.close()
            account.currents.close()
            account.control.close()
        for leave in self._leave:
            leave()

    async def _on_service(self, _namespace: str, _domain: str, service: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        return await self._command(service.removesuffix("_charging"), kwargs)

    async def _on_entity(self, account: CommandedAccount, command: EntityCommand) -> None:
        meaning = CHARGING_COMMANDS.get((command.key, command.payload))
        answer = await self._ha_commands.pressed(meaning, account, command.device_id)
        if error := complaint(answer):
            raise CommandError(error)

    async def _on_switch(self, data: Mapping[str, Any]) -> None:
        for error in await self._ha_commands.switched(data):
            self.log("The switch was pressed, but nothing could be done: %s", error, level="WARNING")

    def _answering(self, result_event: str) -> Callable[[Mapping[str, Any]], Awaitable[None]]:
        async def on_command(data: Mapping[str, Any]) -> None:
            answer = await self._command(data.get("command"), data)
            await self.fire(result_event, request_id=data.get("request_id"), **answer)

        return on_command

    async def _command(self, command: object, data: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {str(name): value for name, value in data.items() if name not in NO_ARGUMENTS}
        return await self._ha_commands.command(command, data.get("charge_point_id"), **arguments)
