"""The app that owns the connection to a cloud, polls its chargers and publishes their entities."""

from __future__ import annotations

import asyncio
from pathlib import Path

from charging_app import ChargingApp
from charging_broker import Broker, find_broker
from smart_charging.clouds.opening import entities_of, open_cloud, settings_of, words_of
from smart_charging.config.defaults import DEFAULT_CLOUD, TOKEN_FILE
from smart_charging.config.monitor import MonitorSettings, Writer
from smart_charging.entities.mqtt import MqttDiscovery
from smart_charging.entities.names import AccountNames
from smart_charging.entities.publish import StateWriter
from smart_charging.entities.states import HomeAssistantStates
from smart_charging.errors import ConfigError, MissingPackageError
from smart_charging.host_clock import utc_now
from smart_charging.services.store import MEMORY_FOLDER
from smart_charging.services.watching.hub import Hub
from smart_charging.timekeeper import Timekeeper, Uptime
from smart_charging.wheels import WHEELS_FOLDER, provide_httpx

NOTES_FILE = ".smart_charging_notes{suffix}.json"


class ChargingMonitor(ChargingApp):
    """Polls the chargers and keeps their entities up to date."""

    _broker: Broker | None = None
    hub: Hub | None = None
    """The account, for the other apps; None while the configuration is invalid."""

    async def initialize(self) -> None:
        """Wire cloud, entities and loops together."""
        await self.join()
        try:
            await asyncio.to_thread(provide_httpx, self.folder / MEMORY_FOLDER / WHEELS_FOLDER, self.logger)
            model = settings_of(self.args.get("cloud", DEFAULT_CLOUD))
            if (settings := self.settings(model)) is None:
                return
            self._refuse_second_monitor(settings)
            timekeeper = Timekeeper(utc_now, Uptime(), cloud=words_of(settings.cloud).name, log=self.logger)
            cloud = open_cloud(
                settings,
                self.folder / settings.credentials_file,
                token_file=self._file(TOKEN_FILE, settings),
                notes_file=self._file(NOTES_FILE, settings),
                log=self.logger.getChild(settings.cloud),
                timekeeper=timekeeper,
            )
            tables = entities_of(settings.cloud)
            broker = self._broker = await find_broker(self) if settings.writer is Writer.MQTT else None
        except (ConfigError, MissingPackageError) as err:
            self.idle(str(err), until="this is mended and AppDaemon restarted")
            return
        self.hub = hub = Hub(
            cloud, settings, self._writer(broker), self, tables=tables, clock=timekeeper, log=self.logger
        )
        await hub.polling.prepare()
        if broker:
            await broker.join(
                hub.obey if len(self.namesakes) > 1 else hub.entity_commands.obey, hub.publisher.republish
            )
        else:
            await self.on_home_assistant_back(hub.publisher.republish)
        if hub.deliveries:
            await self.on_request(await hub.deliveries.endpoint(), hub.deliveries.take)
        for loop in self.hub.loops:
            await self.in_background(loop.run())

    def _refuse_second_monitor(self, settings: MonitorSettings) -> None:
        """Refuse a second monitor of an account: it would use the same entities and the same quota.

        Raises:
            ConfigError: An earlier monitor in apps.yaml has the same cloud and the same `account`.
        """
        own = settings.cloud, settings.account
        for name, written in self.namesakes.items():
            if name == self.name:
                return
            if (written.get("cloud", DEFAULT_CLOUD), written.get("account")) == own:
                cloud = words_of(settings.cloud).name
                raise ConfigError(
                    f"{name} reads {cloud}, too; write account: and a word of its own here, such as account: work"
                )

    def _file(self, name: str, settings: MonitorSettings) -> Path:
        """A file that belongs to this account alone."""
        names = AccountNames(words=words_of(settings.cloud), account=settings.account)
        return self.folder / name.format(suffix=names.suffix)

    def _writer(self, broker: Broker | None) -> StateWriter:
        return MqttDiscovery(broker.publish, broker.status) if broker else HomeAssistantStates(self.write_state)

    async def terminate(self) -> None:
        """Close the connection; running charges continue."""
        await super().terminate()
        if self._broker:
            self._broker.leave()
        if self.hub:
            await self.hub.aclose()
