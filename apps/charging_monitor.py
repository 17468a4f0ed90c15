"""The hub: one connection to the cloud, one poll loop, and the entities of chargers and wallet."""

from __future__ import annotations

from charging_app import ChargingApp, utc_now
from charging_broker import Broker, find_broker
from smart_charging.clouds.opening import open_cloud
from smart_charging.config.credentials import read_credentials
from smart_charging.config.monitor import MonitorSettings, Writer
from smart_charging.entities.mqtt import MqttDiscovery
from smart_charging.entities.publish import StateWriter
from smart_charging.entities.states import HomeAssistantStates
from smart_charging.errors import ConfigError
from smart_charging.services.watching.hub import Hub


class ChargingMonitor(ChargingApp):
    """Poll the chargers and keep their entities current."""

    hub: Hub | None = None
    """What the other apps work with; None while the configuration is wrong."""

    async def initialize(self) -> None:
        """Wire cloud, entities and loops together."""
        await self.join()
        if (settings := self.settings(MonitorSettings)) is None:
            return
        try:
            credentials = read_credentials(self.folder / settings.credentials_file)
            broker = await find_broker(self) if settings.writer is Writer.MQTT else None
        except ConfigError as err:
            self.idle(str(err), until="this is mended and AppDaemon restarted")
            return
        cloud = open_cloud(settings, credentials, folder=self.folder, log=self.logger.getChild("monta"))
        self.hub = hub = Hub(cloud, settings, self._writer(broker), self, clock=utc_now, log=self.logger)
        await hub.polling.prepare()
        if broker:
            await broker.join(hub.commands.obey, hub.publisher.republish)
        else:
            await self.on_home_assistant_back(hub.publisher.republish)
        for loop in self.hub.loops:
            await self.in_background(loop.run())

    def _writer(self, broker: Broker | None) -> StateWriter:
        return MqttDiscovery(broker.publish, broker.status) if broker else HomeAssistantStates(self.write_state)

    async def terminate(self) -> None:
        """Let go of the connection; a running charge is not ours to stop here."""
        await super().terminate()
        if self.hub:
            await self.hub.aclose()
