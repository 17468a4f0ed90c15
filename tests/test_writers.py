"""What every writer promises, whatever it writes to; and what only one of them can do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from appdaemon.utils import clean_http_kwargs
from jinja2 import Template

from smart_charging.entities.chart import CHART_ENTITIES, ChartView
from smart_charging.entities.command import EntityCommand, read_command
from smart_charging.entities.mqtt import Message, MqttDiscovery, Status
from smart_charging.entities.publish import Device, EntityDescription, Publisher, StateWriter
from smart_charging.entities.states import HomeAssistantStates

KETTLE = Device(id="7", slug="monta_tea", name="Tea", model="Kettle")


@dataclass
class Kettle:
    level: float | bool | str | datetime | None = 1.5
    notes: dict[str, object] = field(default_factory=dict)


LEVEL: EntityDescription[Kettle] = EntityDescription(
    domain="sensor",
    key="level",
    name="level",
    value=lambda kettle: kettle.level,
    attributes=lambda kettle: kettle.notes,
    unit="L",
    device_class="volume",
    icon="mdi:kettle",
)
BOIL: EntityDescription[Kettle] = EntityDescription(domain="button", key="boil", name="boil", value=lambda _: None)
SWITCH: EntityDescription[Kettle] = EntityDescription(domain="switch", key="heat", name="heat", value=lambda _: True)
THRIFT = replace(SWITCH, key="thrift", needs_listener=True)
TEA: EntityDescription[Kettle] = EntityDescription(
    domain="select", key="tea", name="tea", value=lambda _: "green", options=("green", "black")
)


class House(Protocol):
    """Home Assistant behind a writer, on a transport in memory."""

    writer: StateWriter
    sent: int

    def shown(self, entity_id: str) -> tuple[str, dict[str, Any]] | None:
        """State and attributes, as Home Assistant would show them."""
        ...

    def lose_everything(self) -> None: ...


class StatesHouse:
    def __init__(self) -> None:
        self.writer = HomeAssistantStates(self._set_state)
        self.states: dict[str, tuple[str, dict[str, Any]]] = {}
        self.sent = 0

    async def _set_state(self, entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        self.sent += 1
        cleaned = json.loads(json.dumps(clean_http_kwargs({"state": state, "attributes": attributes})))
        self.states[entity_id] = (cleaned["state"], cleaned["attributes"])

    def shown(self, entity_id: str) -> tuple[str, dict[str, Any]] | None:
        return self.states.get(entity_id)

    def lose_everything(self) -> None:
        self.states.clear()


class MqttHouse:
    """Reads discovery messages the way Home Assistant does, as far as these tests go."""

    def __init__(self) -> None:
        self.writer = MqttDiscovery(self._publish, Status(topic="smart_charging/status"))
        self.retained: dict[str, str] = {}
        self.sent = 0

    async def _publish(self, message: Message) -> None:
        self.sent += 1
        self.retained[message.topic] = message.payload
        if not message.payload:
            del self.retained[message.topic]

    def config(self, entity_id: str) -> dict[str, Any] | None:
        found = [json.loads(payload) for topic, payload in self.retained.items() if topic.endswith("/config")]
        return next((config for config in found if config["default_entity_id"] == entity_id), None)

    def shown(self, entity_id: str) -> tuple[str, dict[str, Any]] | None:
        config = self.config(entity_id)
        if config is None:
            return None
        document = json.loads(self.retained[config["json_attributes_topic"]])
        _status, device, own = config["availability"]
        is_available = self.retained[device["topic"]] == document["availability"] == "online"
        assert own["topic"] == config["json_attributes_topic"]
        traits = {key: config[key] for key in ("unit_of_measurement", "device_class", "icon") if key in config}
        first, *rest = config["name"]  # a device page shows it without the device, and so with a capital
        assert first.isupper()
        name = {"friendly_name": f"{config['device']['name']} {first.lower()}{''.join(rest)}"}
        known = {key: value for key, value in document["attributes"].items() if value is not None}
        state = "unknown" if document["state"] is None else document["state"]
        return (state if is_available else "unavailable", {**name, **traits, **known})

    def lose_everything(self) -> None:
        self.retained.clear()


@pytest.fixture(params=[StatesHouse, MqttHouse], ids=["states", "mqtt"])
def house(request: pytest.FixtureRequest) -> House:
    made: Callable[[], House] = request.param
    return made()


@pytest.fixture
def publisher(house: House) -> Publisher:
    return Publisher(house.writer)


async def test_an_entity_has_id_name_unit_class_and_icon(house: House, publisher: Publisher) -> None:
    await publisher.publish([LEVEL], Kettle(), KETTLE)

    traits = {"unit_of_measurement": "L", "device_class": "volume", "icon": "mdi:kettle"}
    assert house.shown("sensor.monta_tea_level") == ("1.5", {"friendly_name": "Tea level", **traits})


@pytest.mark.parametrize(
    ("level", "state"),
    [
        pytest.param(0, "0", id="zero"),
        pytest.param(-0.25, "-0.25", id="negative"),
        pytest.param(False, "off", id="false"),
        pytest.param(None, "unknown", id="unknown-is-not-zero"),
        pytest.param(datetime(2026, 11, 20, 7, tzinfo=UTC), "2026-11-20T07:00:00+00:00", id="time"),
    ],
)
async def test_a_state_arrives_as_home_assistant_spells_it(
    house: House, publisher: Publisher, level: float | datetime | None, state: str
) -> None:
    await publisher.publish([LEVEL], Kettle(level), KETTLE)

    shown = house.shown("sensor.monta_tea_level")
    assert shown
    assert shown[0] == state


async def test_zero_and_negative_numbers_and_times_arrive_in_attributes(house: House, publisher: Publisher) -> None:
    at = datetime(2026, 11, 20, 7, tzinfo=UTC)
    notes: dict[str, object] = {"slots": [{"price": 0.0, "start": at}, {"price": -0.2}], "zero": 0, "name": "Søren"}

    await publisher.publish([LEVEL], Kettle(1, notes), KETTLE)

    shown = house.shown("sensor.monta_tea_level")
    assert shown
    assert shown[1]["slots"] == [{"price": 0.0, "start": at.isoformat()}, {"price": -0.2}]
    assert (shown[1]["zero"], shown[1]["name"]) == (0, "Søren")


async def test_what_did_not_change_is_not_sent_again(house: House, publisher: Publisher) -> None:
    await publisher.publish([LEVEL], Kettle(), KETTLE)
    before = house.sent

    await publisher.publish([LEVEL], Kettle(), KETTLE)
    assert house.sent == before
    await publisher.publish([LEVEL], Kettle(2), KETTLE)

    assert house.sent == before + 1


async def test_all_is_sent_again_to_those_who_forgot(house: House, publisher: Publisher) -> None:
    await publisher.publish([LEVEL], Kettle(), KETTLE)
    before = house.shown("sensor.monta_tea_level")
    house.lose_everything()

    await publisher.republish()

    assert house.shown("sensor.monta_tea_level") == before


@pytest.mark.parametrize(
    ("device", "is_available"),
    [
        pytest.param(KETTLE, False, id="the-entity"),
        pytest.param(replace(KETTLE, is_available=False), True, id="its-device"),
    ],
)
async def test_an_unavailable_entity_keeps_its_name_but_not_its_last_word(
    house: House, publisher: Publisher, device: Device, *, is_available: bool
) -> None:
    await publisher.publish([LEVEL], Kettle(1, {"note": "hot"}), KETTLE)

    await publisher.publish([LEVEL], Kettle(1, {"note": "hot"}), device, is_available=is_available)

    state, attributes = house.shown("sensor.monta_tea_level") or ("", {})
    assert (state, attributes["friendly_name"]) == ("unavailable", "Tea level")
    assert "note" not in attributes


async def test_a_new_name_keeps_the_id(house: House, publisher: Publisher) -> None:
    await publisher.publish([LEVEL], Kettle(), KETTLE)

    await publisher.publish([LEVEL], Kettle(), replace(KETTLE, name="Coffee"))

    _, attributes = house.shown("sensor.monta_tea_level") or ("", {})
    assert attributes["friendly_name"] == "Coffee level"


async def test_what_was_removed_is_not_sent_again(house: House, publisher: Publisher) -> None:
    await publisher.publish([LEVEL], Kettle(), KETTLE)

    await publisher.remove(KETTLE, [("sensor", "level")])
    house.lose_everything()
    await publisher.republish()

    assert house.shown("sensor.monta_tea_level") is None


async def test_what_nobody_would_hear_of_is_not_shown_as_a_state() -> None:
    house = StatesHouse()

    await Publisher(house.writer).publish([BOIL, SWITCH, THRIFT, TEA], Kettle(), KETTLE)

    assert list(house.states) == ["switch.monta_tea_heat"]


async def test_through_mqtt_ids_come_from_the_device_and_not_from_its_name() -> None:
    house = MqttHouse()

    await Publisher(house.writer).publish([LEVEL], Kettle(), KETTLE)

    config = house.config("sensor.monta_tea_level")
    assert config
    assert (config["unique_id"], config["object_id"]) == ("smart_charging_7_sensor_level", "monta_tea_level")
    assert config["device"]["identifiers"] == ["smart_charging_7"]


async def test_through_mqtt_a_chart_is_an_image_whose_bytes_go_by_themselves() -> None:
    house, view = MqttHouse(), ChartView(svg="<svg/>", drawn_at=datetime(2026, 1, 1, tzinfo=UTC))

    publisher = Publisher(house.writer)
    await publisher.publish(CHART_ENTITIES, view, KETTLE)

    config = house.config("image.monta_tea_chart")
    assert config
    assert config["content_type"] == "image/svg+xml"
    assert house.retained[config["image_topic"]] == "<svg/>"
    assert house.config("sensor.monta_tea_chart") is None
    await publisher.remove(KETTLE, [("image", "chart"), ("sensor", "chart")])
    assert house.retained == {}


async def test_as_a_state_a_chart_is_the_source_of_an_image() -> None:
    house, view = StatesHouse(), ChartView(svg="<svg/>", drawn_at=datetime(2026, 1, 1, tzinfo=UTC))

    await Publisher(house.writer).publish(CHART_ENTITIES, view, KETTLE)

    assert list(house.states) == ["sensor.monta_tea_chart"]
    _, attributes = house.shown("sensor.monta_tea_chart") or ("", {})
    assert attributes["chart"] == "data:image/svg+xml;base64,PHN2Zy8+"


async def test_through_mqtt_false_and_null_arrive_in_attributes() -> None:
    house = MqttHouse()

    await Publisher(house.writer).publish([LEVEL], Kettle(1, {"no": False, "nothing": None}), KETTLE)

    document = json.loads(house.retained["smart_charging/7/sensor/level"])
    assert document["attributes"] == {"no": False, "nothing": None}


@pytest.mark.parametrize(
    ("notes", "rendered"),
    [
        ({"last_reset": datetime(2026, 1, 1, tzinfo=UTC)}, "2026-01-01T00:00:00+00:00"),
        ({}, ""),
        ({"last_reset": None}, ""),
    ],
)
async def test_through_mqtt_a_sum_says_when_it_began_anew(notes: dict[str, object], rendered: str) -> None:
    house, row = MqttHouse(), replace(LEVEL, state_class="total")

    await Publisher(house.writer).publish([row], Kettle(notes=notes), KETTLE)

    config = house.config("sensor.monta_tea_level")
    assert config
    template = Template(config["last_reset_value_template"])
    assert template.render(value_json=json.loads(house.retained[config["state_topic"]])) == rendered


async def test_a_removed_device_leaves_nothing_at_the_broker_even_of_before_a_restart() -> None:
    house = MqttHouse()
    await Publisher(house.writer).publish([LEVEL, BOIL], Kettle(), KETTLE)

    await Publisher(house.writer).remove(KETTLE, [("sensor", "level"), ("button", "boil"), ("sensor", "never_there")])

    assert house.retained == {}


async def test_through_mqtt_a_choice_names_its_options_and_shows_the_one_that_holds() -> None:
    house = MqttHouse()

    await Publisher(house.writer).publish([TEA], Kettle(), KETTLE)

    config = house.config("select.monta_tea_tea")
    assert config
    assert config["options"] == ["green", "black"]
    assert house.shown("select.monta_tea_tea") == ("green", {"friendly_name": "Tea tea"})


@pytest.mark.parametrize("row", [SWITCH, THRIFT, BOIL, TEA], ids=lambda row: f"{row.domain}-{row.key}")
async def test_a_command_is_read_from_the_topic_it_was_promised_on(row: EntityDescription[Kettle]) -> None:
    house = MqttHouse()
    await Publisher(house.writer).publish([row], Kettle(), KETTLE)
    config = house.config(f"{row.domain}.monta_tea_{row.key}")
    assert config

    command = read_command(config["command_topic"], "on")

    assert command == EntityCommand(device_id="7", domain=row.domain, key=row.key, payload="on")


@pytest.mark.parametrize("topic", ["smart_charging/status", "smart_charging/7/sensor/level", "zigbee2mqtt/lamp/set"])
def test_other_messages_are_no_commands(topic: str) -> None:
    assert read_command(topic, "on") is None
