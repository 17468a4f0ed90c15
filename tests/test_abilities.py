"""What some clouds can do besides start and stop, through the real apps."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from worlds.able_cloud import AbleCloud
from worlds.virtual_apps import Broker, Line, OtherClouds, VirtualHouse, house_of
from worlds.virtual_time import Clock, run

EVENING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
LEFT, RIGHT = "P1:1", "P1:2"
SLUG = "ampere_left"


class AbleEvening:
    """A charge point with two connectors, and the apps that command them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Broker()
        self.clock = Clock(EVENING)
        self.cloud = AbleCloud(self.clock)
        for charger_id, name in ((LEFT, "Left"), (RIGHT, "Right")):
            self.cloud.add_outlet(charger_id, name)
        self.house: VirtualHouse
        self.answers: list[Mapping[str, Any]] = []
        self.services: set[str] = set()
        self.endpoints: list[str] = []
        self.status = 0

    def play(self, *, writer: str, cloud: str = "ampere", **event: Any) -> None:
        """Start the apps, fire one command, and let two minutes pass."""
        monitor = {"class": "ChargingMonitor", "cloud": cloud, "writer": writer}
        apps = {"charging_monitor": monitor, "charging_control": {}}

        async def evening() -> None:
            others = OtherClouds(clouds={"ampere": self.cloud})
            monta = MontaStandIn(now=self.clock)
            async with house_of(self.folder, Line(monta), monta, self.broker, others) as self.house:
                await self.house.start(apps)
                await asyncio.sleep(90)
                await self._act(event)
                await asyncio.sleep(120)
                assert self.house.appdaemon
                self.services = set(self.house.appdaemon.services)

        run(evening(), self.clock)

    async def _act(self, event: Mapping[str, Any]) -> None:
        assert self.house.appdaemon
        self.endpoints = list(self.house.appdaemon.endpoints)
        if "request" in event:
            [handler] = self.house.appdaemon.endpoints.values()
            _, self.status = await handler({}, request=event["request"])
        elif "topic" in event:
            self.broker.send(event["topic"], event["payload"])
        elif event:
            self.house.appdaemon.listen(self._keep, "smart_charging_command_result", {})
            self.house.home.fire("smart_charging_command", event)

    async def _keep(self, _event: str, data: Mapping[str, Any], **_kwargs: Any) -> None:
        self.answers.append(data)

    def retained(self, topic: str) -> Mapping[str, Any]:
        document: Mapping[str, Any] = json.loads(self.broker.retained[f"smart_charging/{topic}"])
        return document

    @property
    def configs(self) -> list[str]:
        return [text for topic, text in self.broker.retained.items() if topic.endswith("/config")]

    def config(self, entity: str) -> Mapping[str, Any]:
        document: Mapping[str, Any] = json.loads(self.broker.retained[f"homeassistant/{entity}/config"])
        return document

    @property
    def answer(self) -> Mapping[str, Any]:
        return self.answers[-1]


@pytest.fixture
def evening(tmp_path: Path) -> AbleEvening:
    return AbleEvening(tmp_path)


def test_a_number_a_list_and_a_button_of_the_clouds_own_tables_are_obeyed(evening: AbleEvening) -> None:
    evening.play(writer="mqtt", topic="smart_charging/P1_1_ampere/select/dim/set", payload="high")

    assert evening.cloud.dims == {LEFT: "high"}
    assert evening.retained("P1_1_ampere/select/dim")["state"] == "high"


def test_a_setting_of_a_charge_point_is_changed_by_one_of_its_connectors(evening: AbleEvening) -> None:
    evening.play(writer="mqtt", topic="smart_charging/station_P1_ampere/select/station_dim/set", payload="low")

    assert evening.cloud.dims == {LEFT: "low"}


@pytest.mark.parametrize(
    ("device", "key", "done"),
    [
        pytest.param("P1_2_ampere", "reboot", ("reboot", RIGHT, {}), id="charger"),
        pytest.param("account_ampere", "greet", ("greet", None, {}), id="account"),
    ],
)
def test_a_button_does_what_its_key_says(evening: AbleEvening, device: str, key: str, done: object) -> None:
    evening.play(writer="mqtt", topic=f"smart_charging/{device}/button/{key}/set", payload="press")

    assert evening.cloud.done == [done]


def test_the_number_sets_the_current_and_shows_it(evening: AbleEvening) -> None:
    evening.play(writer="mqtt", topic="smart_charging/P1_1_ampere/number/charging_current/set", payload="10")

    assert evening.cloud.set_currents == [(LEFT, 10.0)]
    assert evening.retained("P1_1_ampere/number/charging_current")["state"] == "10.0"
    assert evening.config("number/smart_charging_P1_1_ampere/charging_current")["max"] == 16.0


def test_connectors_hang_on_the_device_of_their_charge_point(evening: AbleEvening) -> None:
    evening.play(writer="mqtt")

    station = evening.config("binary_sensor/smart_charging_station_P1_ampere/station_online")["device"]
    connector = evening.config("sensor/smart_charging_P1_1_ampere/state")["device"]
    assert station["name"] == "Post P1"
    assert [connector["via_device"]] == station["identifiers"]


def test_what_is_measured_is_shown(evening: AbleEvening) -> None:
    evening.cloud.plug_in(LEFT)
    evening.cloud.start_by_hand(LEFT)

    evening.play(writer="states")

    shown = {key: evening.house.state(f"sensor.{SLUG}_{key}") for key in ("measured_power", "voltage_l2", "current_l3")}
    assert shown == {"measured_power": "11000.0", "voltage_l2": "230.0", "current_l3": "15.94"}
    assert float(evening.house.state(f"sensor.{SLUG}_lifetime_energy") or 0) > 1000


def test_several_chargers_are_set_with_one_command(evening: AbleEvening) -> None:
    evening.play(writer="states", command="set_current", charge_point_id=[LEFT, "Right"], current_a=8)

    assert evening.cloud.set_currents == [(LEFT, 8.0), (RIGHT, 8.0)]
    assert [one["ok"] for one in evening.answer["results"]] == [True, True]


@pytest.mark.parametrize("current", [{"current_a": 12}, {"charging_level": 12}], ids=str)
def test_a_start_sets_the_current_first(evening: AbleEvening, current: dict[str, Any]) -> None:
    evening.cloud.plug_in(LEFT)

    evening.play(writer="states", command="start", charge_point_id="P1", connector_id=1, **current)

    assert (evening.cloud.set_currents, evening.cloud.starts) == ([(LEFT, 12.0)], 1)


def test_an_action_is_answered_with_what_the_cloud_says(evening: AbleEvening) -> None:
    evening.play(writer="states", command="reboot", charge_point_id=LEFT, hard=True)

    assert evening.answer["answer"] == {"status": "Accepted"}
    assert evening.cloud.done == [("reboot", LEFT, {"hard": True})]


def test_an_action_of_the_account_needs_no_charger(evening: AbleEvening) -> None:
    evening.play(writer="states", command="greet")

    assert evening.answer["ok"] is True
    assert evening.cloud.done == [("greet", None, {})]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param({"command": "set_current", "current_a": 60}, "from 6 to 16 for Left", id="too-much"),
        pytest.param({"command": "set_current"}, "current_a is missing", id="no-current"),
        pytest.param({"command": "set", "setting": "dim", "value": "pink"}, "off, low, high", id="no-such-value"),
        pytest.param({"command": "set", "setting": "dim"}, "value:", id="no-value"),
        pytest.param({"command": "explode"}, "set_current, reboot, greet", id="no-such-action"),
        pytest.param({"command": "start", "connector_id": 7}, "no charge point P1:1", id="no-such-connector"),
    ],
)
def test_what_is_not_possible_is_refused_in_words(evening: AbleEvening, event: Mapping[str, Any], words: str) -> None:
    evening.play(writer="states", charge_point_id=LEFT, **event)

    assert evening.answer["ok"] is False
    assert words in evening.answer["error"]
    assert (evening.cloud.set_currents, evening.cloud.starts) == ([], 0)


@pytest.mark.parametrize(
    "event", [{"command": "start"}, {"command": "set_current", "current_a": 8}, {"command": "reboot"}], ids=str
)
def test_a_charger_that_may_only_be_read_is_not_commanded(evening: AbleEvening, event: Mapping[str, Any]) -> None:
    evening.cloud.read_only.add(LEFT)
    evening.cloud.plug_in(LEFT)

    evening.play(writer="mqtt", charge_point_id=LEFT, **event)

    assert "may only be read" in evening.answer["error"]
    assert (evening.cloud.starts, evening.cloud.set_currents, evening.cloud.done) == (0, [], [])
    switches = [topic for topic in evening.broker.retained if "/switch/" in topic and topic.endswith("/config")]
    assert switches == ["homeassistant/switch/smart_charging_P1_2_ampere/charging/config"]


def test_services_exist_only_for_what_a_cloud_can_do(evening: AbleEvening) -> None:
    evening.play(writer="states")

    further = {"set", "set_current", "reboot", "greet"}
    assert {f"{prefix}/{name}" for prefix in ("smart_charging", "ampere") for name in further} <= evening.services


def test_monta_has_no_service_for_what_it_cannot_do(evening: AbleEvening) -> None:
    evening.play(writer="states", cloud="monta")

    names = ("start_charging", "stop_charging", "smart_charging")
    expected = {f"{prefix}/{name}" for prefix in ("smart_charging", "monta") for name in names}
    assert evening.services == {*expected, "smart_charging/diagnostics"}


@dataclass
class Delivered:
    """As much of an HTTP request as the app reads."""

    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: {"X-Secret": "sesame"})
    query: Mapping[str, str] = field(default_factory=lambda: {"path": "chargepoints/P1/boot"})

    async def read(self) -> bytes:
        return self.body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(Delivered(), 200, id="good"),
        pytest.param(Delivered(headers={}), 401, id="without-the-secret"),
        pytest.param(Delivered(body=b" " * 600_000), 413, id="too-large"),
    ],
)
def test_a_delivery_reaches_the_cloud_at_an_address_nobody_can_guess(
    evening: AbleEvening, request_: Delivered, status: int
) -> None:
    evening.play(writer="states", request=request_)

    [endpoint] = evening.endpoints
    kept = next(evening.folder.rglob("push*.json"))
    assert re.fullmatch(r"smart_charging_[\w-]{32}", endpoint)
    assert endpoint.removeprefix("smart_charging_") in kept.read_text(encoding="utf-8")
    assert evening.status == status
    assert evening.cloud.delivered == ([("chargepoints/P1/boot", b"{}")] if status == 200 else [])


def test_the_address_is_the_same_after_a_restart(evening: AbleEvening) -> None:
    evening.play(writer="states")
    first = evening.endpoints

    evening.play(writer="states")

    assert evening.endpoints == first


def test_a_charge_point_goes_with_the_last_of_its_connectors(evening: AbleEvening) -> None:
    evening.play(writer="mqtt")
    evening.cloud.outlets.clear()
    evening.cloud.add_outlet("P2:1", "Other")
    evening.play(writer="mqtt")

    evening.clock.leap(EVENING + timedelta(days=2))
    evening.play(writer="mqtt")

    devices = {json.loads(text)["device"]["name"] for text in evening.configs}
    assert devices == {"Other", "Post P2", "Ampere"}


def test_a_cloud_is_read_no_more_often_than_it_says(evening: AbleEvening) -> None:
    evening.cloud.rest = timedelta(minutes=3)

    evening.play(writer="states")

    assert evening.cloud.reads <= 2


def test_an_estimate_of_the_cloud_is_shown_as_one(evening: AbleEvening) -> None:
    evening.cloud.is_power_estimated = True
    evening.cloud.plug_in(LEFT)
    evening.cloud.start_by_hand(LEFT)

    evening.play(writer="states")

    power = evening.house.home.states[f"sensor.{SLUG}_power"]
    assert (power["state"], power["attributes"]["is_estimate"]) == ("11.0", "true")
    assert evening.house.state(f"sensor.{SLUG}_measured_power") is None
