from __future__ import annotations

from datetime import time

import pytest

from smart_charging.entities.command import OFF, ON
from smart_charging.entities.mode import MODE_COMMANDS, MODE_ENTITIES
from smart_charging.entities.mqtt import Message, MqttDiscovery, Status
from smart_charging.entities.need import NeedView
from smart_charging.entities.publish import Device, Publisher
from smart_charging.mode import Mode

DEVICE = Device(id="7", slug="monta_garage", name="Garage", model="Charge point")
NEED = NeedView(energy_kwh=20, ready_by=time(7))


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        pytest.param(NEED, ("smart", True), id="smart"),
        pytest.param(NeedView(energy_kwh=20, ready_by=time(7), is_smart=False), ("smart", False), id="overruled"),
        pytest.param(NeedView(energy_kwh=20, ready_by=time(7), mode="off", is_smart=False), ("off", False), id="off"),
    ],
)
def test_the_switch_is_on_only_while_the_scheduler_goes_by_its_plan(view: NeedView, shown: tuple[str, bool]) -> None:
    assert tuple(row.value(view) for row in MODE_ENTITIES) == shown


def test_each_choice_and_each_turn_of_the_switch_means_a_mode() -> None:
    mode, switch = MODE_ENTITIES
    assert not callable(mode.options)

    choices = [MODE_COMMANDS[mode.key, option] for option in mode.options]
    turns = [MODE_COMMANDS[switch.key, payload] for payload in (ON, OFF)]

    assert (choices, turns) == (list(Mode), ["smart", "off"])


async def test_both_have_a_topic_for_commands() -> None:
    sent: dict[str, str] = {}

    async def publish(message: Message) -> None:
        sent[message.topic] = message.payload

    writer = MqttDiscovery(publish, Status(topic="smart_charging/status"))
    await Publisher(writer).publish(MODE_ENTITIES, NEED, DEVICE)

    configured = [payload for topic, payload in sent.items() if topic.endswith("/config")]
    assert '"command_topic": "smart_charging/7/select/mode/set"' in configured[0]
    assert '"command_topic": "smart_charging/7/switch/smart_charging/set"' in configured[1]
