"""AppDaemon's MQTT plugin, used from our own namespace.

An app in the plugin's namespace is stopped when the broker restarts, and is never
started again (AppDaemon issue 2665).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from appdaemon.models.config.plugin import MQTTConfig
from appdaemon.plugins.mqtt.mqttapi import Mqtt

from charging_app import DEFAULT_NAMESPACE, OWN_NAMESPACE, ChargingApp, awaited
from smart_charging.entities.command import COMMAND_TOPICS, EntityCommand, read_command
from smart_charging.entities.mqtt import Message, Status
from smart_charging.errors import ConfigError

PLUGIN = (
    "MQTT: {type: mqtt, namespace: mqtt, client_host: !secret mqtt_host, client_user: !secret mqtt_user, "
    "client_password: !secret mqtt_password, client_topics: NONE, birth_topic: smart_charging/status, "
    "will_topic: smart_charging/status, force_start: true}"
)


async def find_broker(app: ChargingApp) -> Broker:
    """The MQTT broker of the plugin in appdaemon.yaml.

    Raises:
        ConfigError: There is none that we can use; the message says what to write.
    """
    plugins = app.AD.plugins.config
    usable = (name for name, plugin in plugins.items() if isinstance(plugin, MQTTConfig) and not plugin.disabled)
    if (name := next(usable, None)) is None:
        raise ConfigError(
            f"writer mqtt needs AppDaemon's MQTT plugin; write {PLUGIN} under plugins: in appdaemon.yaml, the three "
            "secrets into secrets.yaml, and restart AppDaemon"
        )
    plugin = cast("MQTTConfig", plugins[name])
    others = {other.namespace for key, other in plugins.items() if key != name}
    if plugin.namespace in others | {DEFAULT_NAMESPACE, OWN_NAMESPACE}:
        raise ConfigError("the MQTT plugin needs a namespace of its own; write namespace: mqtt into appdaemon.yaml")
    if not plugin.will_topic or plugin.birth_topic != plugin.will_topic:
        raise ConfigError("the MQTT plugin's birth_topic and will_topic must be the same; correct appdaemon.yaml")
    return Broker(app, plugin, cast("Mqtt", await awaited(app.get_plugin_api(name))))


class Broker:
    """Publishes and receives commands; messages are dropped while the broker is away, and republished afterwards."""

    def __init__(self, app: ChargingApp, plugin: MQTTConfig, api: Mqtt) -> None:
        self._app = app
        self._plugin = plugin
        self._api = api
        self._is_connected = False
        self._client: Any = None
        """The plugin's paho client, while we listen there."""
        self.status = Status(
            topic=plugin.will_topic or "", online=plugin.birth_payload, offline=plugin.will_payload or ""
        )

    async def join(
        self, obey: Callable[[EntityCommand], Awaitable[None]], come_back: Callable[[], Awaitable[None]]
    ) -> None:
        """Pass commands to `obey` from now on, and call `come_back` whenever the broker is back."""

        async def on_message(_event: str, data: Mapping[str, Any], **_kwargs: Any) -> None:
            match data.get("state"):  # the plugin reports its connection in messages without a topic
                case "Connected":
                    await arrive()
                case "Disconnected":
                    self._is_connected = False
                case _:
                    if command := read_command(data["topic"], data["payload"]):
                        await obey(command)

        async def on_started(_event: str, _data: Mapping[str, Any], **_kwargs: Any) -> None:
            await arrive()

        async def arrive() -> None:
            if await self._connect():
                await come_back()

        self._refuse_retained()
        listen: Callable[..., Any] = self._app.listen_event
        await awaited(listen(on_message, self._plugin.event_name, namespace=self._plugin.namespace))
        await awaited(listen(on_started, "plugin_started", namespace=self._plugin.namespace))
        await self._connect()

    def leave(self) -> None:
        """Let the plugin hear everything itself again."""
        if self._client is not None:
            self._client.message_callback_remove(COMMAND_TOPICS)
            self._client = None

    def _refuse_retained(self) -> None:
        """Clear retained commands, which nobody has given just now, before the plugin hears them.

        The plugin does not pass on whether a message was retained, so its client is asked, in its own thread.
        """
        plugin: Any = self._app.AD.plugins.get_plugin_object(self._plugin.namespace)
        if (client := getattr(plugin, "mqtt_client", None)) is None:
            return

        def on_message(client: Any, userdata: object, message: Any) -> None:
            if message.retain:
                client.publish(message.topic, b"", qos=1, retain=True)
                self._app.logger.warning("%.100s: a retained command was cleared and not obeyed", message.topic)
            else:
                client.on_message(client, userdata, message)

        self._client = client
        client.message_callback_add(COMMAND_TOPICS, on_message)

    async def publish(self, message: Message) -> None:
        """Publish a retained message."""
        if self._is_connected:
            publish: Callable[..., Any] = self._api.mqtt_publish  # annotated as returning nothing
            await awaited(publish(message.topic, message.payload, qos=1, retain=True))

    async def _connect(self) -> bool:
        """Subscribe to commands; False while the plugin still waits for its first connection."""
        services = self._app.list_services(namespace=self._plugin.namespace)
        has_met_broker = any(service["service"] == "publish" for service in services)
        self._is_connected = has_met_broker and await awaited(self._api.is_client_connected())
        if self._is_connected and not {COMMAND_TOPICS, "#"} & set(self._plugin.client_topics):
            subscribe: Callable[..., Any] = self._api.mqtt_subscribe
            await awaited(subscribe(COMMAND_TOPICS, qos=1))
        return self._is_connected
