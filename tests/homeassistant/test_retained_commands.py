"""Commands that a real broker has retained, between it, paho's client and our side of AppDaemon's plugin."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from charging_broker import Broker
from smart_charging.entities.command import COMMAND_TOPICS
from worlds.mosquitto import USER, Mosquitto, missing_program

TOPIC = "smart_charging/7/switch/charging/set"


@pytest_asyncio.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    if missing := missing_program():
        assert os.environ.get("CI") != "true", f"{missing} is missing; .ci/run installs it"
        pytest.skip(f"there is no {missing}; on Debian, apt-get install mosquitto")
    mosquitto = Mosquitto(tmp_path)
    await mosquitto.start()
    try:
        yield mosquitto
    finally:
        await mosquitto.process.stop()


def connected(mosquitto: Mosquitto, heard: list[tuple[str, bytes]]) -> Client:
    client = Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(USER, mosquitto.password)
    client.on_message = lambda _client, _userdata, message: heard.append((message.topic, message.payload))
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    return client


def listening(client: Client) -> Broker:
    """Our side of a plugin with this client."""
    plugins = SimpleNamespace(get_plugin_object=lambda _namespace: SimpleNamespace(mqtt_client=client))
    app: Any = SimpleNamespace(AD=SimpleNamespace(plugins=plugins), logger=logging.getLogger("broker"))
    plugin: Any = SimpleNamespace(namespace="mqtt", will_topic="s", birth_payload="online", will_payload="offline")
    broker = Broker(app, plugin, app)
    broker._refuse_retained()
    return broker


async def test_a_command_the_broker_has_retained_is_cleared_there_and_a_live_one_is_heard(mosquitto: Mosquitto) -> None:
    heard: list[tuple[str, bytes]] = []
    person, ours = connected(mosquitto, []), connected(mosquitto, heard)
    await asyncio.to_thread(person.publish(TOPIC, "on", qos=1, retain=True).wait_for_publish, 10)
    broker = listening(ours)

    ours.subscribe(COMMAND_TOPICS, 1)
    async with asyncio.timeout(10):
        while await mosquitto.retained(COMMAND_TOPICS):  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.05)
    person.publish(TOPIC, "off", qos=1)
    async with asyncio.timeout(10):
        while (TOPIC, b"off") not in heard:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.05)

    broker.leave()
    for client in (person, ours):
        client.disconnect()
        client.loop_stop()
    assert (TOPIC, b"on") not in heard
