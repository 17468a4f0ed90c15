"""Start and stop: AppDaemon services, an event from Home Assistant, and a switch per charger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from charging_app import DEFAULT_NAMESPACE, ChargingApp, utc_now
from charging_monitor import ChargingMonitor
from smart_charging.config.control import ControlSettings
from smart_charging.entities.command import EntityCommand
from smart_charging.errors import CommandError
from smart_charging.services.control.charge_limits import ChargeLimits
from smart_charging.services.control.control import Control
from smart_charging.services.control.ha_commands import HaCommands, complaint
from smart_charging.services.entity_commands import CHARGING_COMMANDS, CHARGING_KEYS
from smart_charging.services.heartbeat import Heartbeat

COMMAND_EVENT, RESULT_EVENT = "monta_command", "monta_command_result"
ARGUMENTS = ("charge_point_id", "limit_kwh", "limit_minutes")


class ChargingControl(ChargingApp):
    """Turn wishes into commands and tell what became of them."""

    control: Control | None = None
    """What the scheduler works with; None while the configuration is wrong."""
    _leave: Sequence[Callable[[], None]] = ()

    async def initialize(self) -> None:
        """Register services, event and switch."""
        await self.join()
        if (settings := self.settings(ControlSettings)) is None:
            return
        monitor = await self.partner(settings.monitor, ChargingMonitor)
        if monitor is None or monitor.hub is None:
            return
        hub = monitor.hub
        self.control = Control(
            hub.cloud,
            hub.polling,
            hub.publisher,
            self,
            allow_unplugged=settings.allow_unplugged,
            pause=settings.command_pause,
            clock=utc_now,
            log=self.logger,
        )
        self._charge_limits = ChargeLimits(self.control, hub.polling, self, clock=utc_now, log=self.logger)
        await self._charge_limits.prepare()
        self._requests = HaCommands(self.control, hub.polling, self._charge_limits, hub.commands)
        for service in ("monta/start_charging", "monta/stop_charging", "monta/smart_charging"):
            self.register_service(service, self._on_service, namespace=DEFAULT_NAMESPACE)
        await self.on_event(COMMAND_EVENT, self._on_command)
        await self.on_event("call_service", self._on_switch, domain="switch")
        self._leave = [hub.commands.on(key, self._on_entity) for key in CHARGING_KEYS]
        confirmations = Heartbeat(self.control.beat, self.logger)
        self.control.wake_with(confirmations.wake)
        limits = Heartbeat(self._charge_limits.beat, self.logger)
        self._charge_limits.follow(limits.wake)
        for loop in (confirmations, limits):
            await self.in_background(loop.run())

    async def terminate(self) -> None:
        """Leave the hub; a running charge is not ours to stop here."""
        await super().terminate()
        if self.control:
            self._charge_limits.close()
            self.control.close()
        for leave in self._leave:
            leave()

    async def _on_service(self, _namespace: str, _domain: str, service: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        return await self._command(service.removesuffix("_charging"), kwargs)

    async def _on_entity(self, command: EntityCommand) -> None:
        meaning = CHARGING_COMMANDS.get((command.key, command.payload))
        answer = await self._requests.command(meaning, command.device_id)
        if error := complaint(answer):
            raise CommandError(error)

    async def _on_switch(self, data: Mapping[str, Any]) -> None:
        for error in await self._requests.switched(data):
            self.log("The switch was pressed in vain: %s", error, level="WARNING")

    async def _on_command(self, data: Mapping[str, Any]) -> None:
        answer = await self._command(data.get("command"), data)
        await self.fire(RESULT_EVENT, request_id=data.get("request_id"), **answer)

    async def _command(self, command: object, data: Mapping[str, Any]) -> dict[str, Any]:
        return await self._requests.command(command, **{name: data.get(name) for name in ARGUMENTS})
