"""The app's side of AppDaemon's MQTT plugin, with the plugin played by hand."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from appdaemon.models.config.plugin import HASSConfig, MQTTConfig, PluginConfig
from paho.mqtt.client import topic_matches_sub

from charging_broker import Broker, find_broker
from smart_charging.entities.command import COMMAND_TOPICS, EntityCommand
from smart_charging.entities.mqtt import Message
from smart_charging.errors import ConfigError

STATUS = {"birth_topic": "smart_charging/status", "will_topic": "smart_charging/status"}
WORD = Message("smart_charging/7/sensor/level", "1")


@dataclass
class Heard:
    """A message as paho hands it over."""

    topic: str
    payload: bytes
    retain: bool


class Client:
    """As much of paho's client as there is between the broker and the plugin."""

    def __init__(self, plugin: Plugin) -> None:
        self.on_message = plugin.on_message
        self.cleared: list[str] = []
        self._callbacks: dict[str, Any] = {}

    def message_callback_add(self, topics: str, callback: Any) -> None:
        self._callbacks[topics] = callback

    def message_callback_remove(self, topics: str) -> None:
        del self._callbacks[topics]

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        assert (payload, qos, retain) == (b"", 1, True)
        self.cleared.append(topic)

    def hear(self, message: Heard) -> None:
        matching = [
            callback for topics, callback in self._callbacks.items() if topic_matches_sub(topics, message.topic)
        ]
        for callback in matching or [self.on_message]:
            callback(self, None, message)


class Plugin:
    """AppDaemon as far as the broker's side goes: plays app and plugin at once."""

    def __init__(self, **plugins: PluginConfig) -> None:
        self.AD = SimpleNamespace(plugins=SimpleNamespace(config=plugins, get_plugin_object=lambda _namespace: self))
        self.mqtt_client = Client(self)
        self.logger = logging.getLogger("broker")
        self.has_met_broker = True
        self.subscribed: list[str] = []
        self.published: list[str] = []
        self.passed_on: list[Heard] = []
        self._listeners: dict[str, Any] = {}

    def get_plugin_api(self, _name: str) -> Plugin:
        return self

    def list_services(self, *, namespace: str) -> list[dict[str, str]]:
        return [{"namespace": namespace, "domain": "mqtt", "service": "publish"}] if self.has_met_broker else []

    def listen_event(self, handler: Any, event: str, *, namespace: str) -> None:
        assert namespace == "mqtt"
        self._listeners[event] = handler

    async def is_client_connected(self) -> bool:
        return True  # what the plugin says with force_start, whether it is or not

    def mqtt_subscribe(self, topic: str, *, qos: int) -> None:
        assert qos == 1
        self.subscribed.append(topic)

    def mqtt_publish(self, topic: str, _payload: str, *, qos: int, retain: bool) -> None:
        assert (qos, retain) == (1, True)
        self.published.append(topic)

    def on_message(self, _client: Client, _userdata: object, message: Heard) -> None:
        self.passed_on.append(message)

    async def hear(self, **data: Any) -> None:
        await self._listeners["MQTT_MESSAGE"]("MQTT_MESSAGE", data)


def mqtt(**changes: Any) -> MQTTConfig:
    return MQTTConfig.model_validate(
        {"type": "mqtt", "name": "MQTT", "namespace": "mqtt", "client_topics": "NONE", **STATUS, **changes}
    )


class Publishing:
    """What the apps do with it."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.obeyed: list[EntityCommand] = []

    async def obey(self, command: EntityCommand) -> None:
        self.obeyed.append(command)

    async def publish(self) -> None:
        await self.broker.publish(WORD)


async def joined(plugin: Any) -> Publishing:
    publishing = Publishing(await find_broker(plugin))
    await publishing.broker.join(publishing.obey, publishing.publish)
    return publishing


@pytest.mark.parametrize(
    ("plugins", "words"),
    [
        pytest.param({}, "write MQTT: {type: mqtt, namespace: mqtt", id="none"),
        pytest.param({"MQTT": mqtt(disable=True)}, "write MQTT: {type: mqtt, namespace: mqtt", id="disabled"),
        pytest.param({"MQTT": mqtt(namespace="default")}, "namespace of its own", id="no-namespace"),
        pytest.param({"MQTT": mqtt(birth_topic="hello")}, "must be the same", id="birth-is-not-will"),
    ],
)
async def test_a_plugin_we_cannot_use_is_said_with_what_to_write(plugins: dict[str, MQTTConfig], words: str) -> None:
    plugin: Any = Plugin(**plugins)

    with pytest.raises(ConfigError, match=words):
        await find_broker(plugin)


async def test_a_plugin_is_found_under_any_name_and_its_status_topic_is_used() -> None:
    home_assistant = HASSConfig.model_validate({"type": "hass", "name": "HASS", "token": "t"})
    plugin: Any = Plugin(HASS=home_assistant, Mosquitto=mqtt(birth_payload="here", will_payload="gone"))

    status = (await find_broker(plugin)).status

    assert (status.topic, status.online, status.offline) == ("smart_charging/status", "here", "gone")


async def test_what_is_said_while_the_broker_is_away_is_said_again_when_it_is_back() -> None:
    plugin = Plugin(MQTT=mqtt())
    publishing = await joined(plugin)
    await plugin.hear(state="Disconnected", topic=None, wildcard=None)

    await publishing.publish()
    assert plugin.published == []
    await plugin.hear(state="Connected", topic=None, wildcard=None)

    assert plugin.published == [WORD.topic]


async def test_a_broker_that_has_never_been_there_is_met_when_it_comes() -> None:
    plugin = Plugin(MQTT=mqtt())
    plugin.has_met_broker = False
    publishing = await joined(plugin)
    await publishing.publish()
    assert (plugin.subscribed, plugin.published) == ([], [])

    plugin.has_met_broker = True
    await plugin.hear(state="Connected", topic=None, wildcard=None)

    assert (plugin.subscribed, plugin.published) == ([COMMAND_TOPICS], [WORD.topic])


async def test_commands_are_heard_and_nothing_else() -> None:
    plugin = Plugin(MQTT=mqtt(client_topics="#"))
    publishing = await joined(plugin)

    await plugin.hear(topic="zigbee2mqtt/lamp", payload="on", wildcard="#")
    await plugin.hear(topic="smart_charging/7/switch/charging/set", payload="on", wildcard="#")

    assert publishing.obeyed == [EntityCommand(device_id="7", domain="switch", key="charging", payload="on")]
    assert plugin.subscribed == []  # all is heard already, and would be heard twice


SWITCH = "smart_charging/7/switch/charging/set"


async def test_a_retained_command_is_cleared_and_not_obeyed(caplog: pytest.LogCaptureFixture) -> None:
    plugin = Plugin(MQTT=mqtt())
    await joined(plugin)

    plugin.mqtt_client.hear(Heard(SWITCH, b"on", retain=True))

    assert (plugin.mqtt_client.cleared, plugin.passed_on) == ([SWITCH], [])
    assert f"{SWITCH}: a retained command was cleared" in caplog.text


@pytest.mark.parametrize(
    "message",
    [Heard(SWITCH, b"on", retain=False), Heard("zigbee2mqtt/lamp", b"on", retain=True)],
    ids=["live", "other"],
)
async def test_what_is_no_retained_command_goes_its_way(message: Heard) -> None:
    plugin = Plugin(MQTT=mqtt())
    await joined(plugin)

    plugin.mqtt_client.hear(message)

    assert (plugin.mqtt_client.cleared, plugin.passed_on) == ([], [message])


async def test_whoever_has_left_stands_between_broker_and_plugin_no_more() -> None:
    plugin = Plugin(MQTT=mqtt())
    publishing = await joined(plugin)

    publishing.broker.leave()
    plugin.mqtt_client.hear(Heard(SWITCH, b"on", retain=True))

    assert len(plugin.passed_on) == 1


async def test_the_empty_message_that_clears_a_topic_is_no_command() -> None:
    plugin = Plugin(MQTT=mqtt())
    publishing = await joined(plugin)

    await plugin.hear(topic=SWITCH, payload="", wildcard=None)

    assert publishing.obeyed == []
