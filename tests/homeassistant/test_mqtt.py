"""The MQTT writer between a real Home Assistant, a real broker and a real AppDaemon."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from smart_charging.entities.account import ACCOUNT_ENTITIES, LINK_ENTITIES, QUOTA_ENTITIES
from smart_charging.entities.measured import CURRENT_ENTITIES, MEASURED_ENTITIES
from smart_charging.entities.tables import ALL_OF_A_CHARGER
from smart_charging.entities.wallet import WALLET_ENTITIES
from worlds.documentation import blocks
from worlds.mosquitto import USER, Mosquitto, missing_program
from worlds.real_house import MONITOR, PATIENCE_S, Becomes, apps_yaml, garage_and_carport

pytestmark = pytest.mark.asyncio(loop_scope="session")

GARAGE, CARPORT = 410001, 410002
SWITCH, PLAN = "switch.monta_garage_charging", "sensor.monta_carport_plan"
ZONE = ZoneInfo("Europe/Copenhagen")
UNTOLD = {"soc", "saving_month", "saving_total", "session_paid", "co2_month"}
"""Of a charger: nobody has told it, or nothing is booked."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def monta() -> MontaStandIn:
    return garage_and_carport()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broker(home_assistant: HomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mosquitto]:
    if missing := missing_program():
        assert os.environ.get("CI") != "true", f"{missing} is missing; .ci/run installs it"
        pytest.skip(f"there is no {missing}; on Debian, apt-get install mosquitto")
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    await broker.start()
    try:
        form = await home_assistant.post("/api/config/config_entries/flow", {"handler": "mqtt"})
        typed = {"broker": "127.0.0.1", "port": broker.port, "username": USER, "password": broker.password}
        done = await home_assistant.post(f"/api/config/config_entries/flow/{form['flow_id']}", typed)
        assert done["type"] == "create_entry", done
        yield broker
    finally:
        await broker.process.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def appdaemon(
    home_assistant: HomeAssistant, broker: Mosquitto, monta: MontaStandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    folder = AppDaemonFolder(folder=tmp_path_factory.mktemp("appdaemon"))
    secrets = {
        "monta_client_id": monta.tokens.client_id,
        "monta_client_secret": monta.tokens.client_secret,
        "ha_url": home_assistant.url,
        "ha_token": home_assistant.token,
        "mqtt_host": "127.0.0.1",
        "mqtt_user": USER,
        "mqtt_password": broker.password,
    }
    async with serve(monta) as base_url:
        folder.write(apps(base_url), secrets, plugins=True)
        add_plugin(folder.folder / "appdaemon.yaml", broker.port)
        async with folder.process() as process:
            await process.wait_for("App initialization complete", timeout_s=30)
            yield process


def apps(base_url: str) -> dict[str, Any]:
    ready_by = f"{in_half_a_day().astimezone(ZONE):%H:%M}"
    car = {"charge_point_id": CARPORT, "energy_kwh": 20, "power_kw": 11, "ready_by": ready_by}
    apps = apps_yaml(base_url, price_entity="sensor.nordpool", chargers=[car])
    apps[MONITOR] |= {"writer": "mqtt", "forget_after_s": 2}
    return apps


def in_half_a_day() -> datetime:
    """A departure that leaves time to wait, at any time of the day; to the minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=12)


def add_plugin(file: Path, port: int) -> None:
    """What people are told people to write, and the port, which is not the usual one here."""
    (block,) = (text for text in blocks("yaml") if text.startswith("MQTT:"))
    before, plugins, after = file.read_text().partition("  plugins:\n")
    file.write_text(before + plugins + indent(f"{block}  client_port: {port}\n", "    ") + after)


async def ours(home_assistant: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Our devices by identifier."""
    devices = await home_assistant.command("config/device_registry/list")
    named = {identifier: device for device in devices for _domain, identifier in device["identifiers"]}
    return {identifier: device for identifier, device in named.items() if identifier.startswith("smart_charging_")}


async def entities_of(home_assistant: HomeAssistant, device: dict[str, Any]) -> dict[str, str]:
    """Entity id to unique id."""
    entities = await home_assistant.command("config/entity_registry/list")
    return {e["entity_id"]: e["unique_id"] for e in entities if e["device_id"] == device["id"]}


async def test_each_charger_and_the_account_are_devices_with_all_their_entities(
    home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    await becomes(PLAN, "idle")
    await becomes("number.monta_carport_target_energy", "20.0")
    await becomes("sensor.monta_wallet_balance", "500.0", credit=25.0)

    devices = await ours(home_assistant)
    carport = devices[f"smart_charging_{CARPORT}"]
    assert (carport["name"], carport["manufacturer"], carport["model"]) == ("Carport", "Monta", "Charge point")
    assert devices[f"smart_charging_{GARAGE}"]["model"] == "AC charge point"
    expected = {
        f"{domain}.monta_carport_{key}": f"smart_charging_{CARPORT}_{domain}_{key}"
        for domain, key in ALL_OF_A_CHARGER
        if key not in UNTOLD
        and (domain, key) not in {(row.domain, row.key) for row in (*MEASURED_ENTITIES, *CURRENT_ENTITIES)}
        and (domain, key) not in {("sensor", "chart"), ("sensor", "months_chart")}  # for where there is no image
    }
    assert await entities_of(home_assistant, carport) == expected
    account = await entities_of(home_assistant, devices["smart_charging_account"])
    rows = {f"{row.domain}.monta_{row.key}" for row in WALLET_ENTITIES}
    tables = (ACCOUNT_ENTITIES, LINK_ENTITIES, QUOTA_ENTITIES)
    rows |= {f"{row.domain}.monta_{row.key}" for table in tables for row in table}
    assert set(account) == rows | {"image.monta_prices_chart", "sensor.monta_price"}
    assert carport["configuration_url"] == "https://portal2.monta.app"


async def test_zero_false_and_null_arrive_as_such(becomes: Becomes) -> None:
    await becomes(SWITCH, "off", pending=False, friendly_name="Garage Charging")
    await becomes("binary_sensor.monta_garage_problem", "off", reason=None)
    await becomes("sensor.monta_garage_energy", "0.0", unit_of_measurement="kWh")
    await becomes("sensor.monta_carport_meter", "unknown", device_class="energy")
    await becomes("sensor.monta_carport_state", "available", max_power_kw=None)


async def test_the_switch_obeys_by_entity_by_area_and_by_device(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    device = (await ours(home_assistant))[f"smart_charging_{GARAGE}"]["id"]
    area = (await home_assistant.command("config/area_registry/create", name="Yard"))["area_id"]
    await home_assistant.command("config/device_registry/update", device_id=device, area_id=area)
    monta.plug_in(GARAGE, Car(wants_kwh=50))
    await becomes("binary_sensor.monta_garage_cable", "on")

    for target in ({"entity_id": SWITCH}, {"area_id": area}, {"device_id": device}):
        await home_assistant.call("switch", "turn_on", **target)
        await becomes("sensor.monta_garage_state", "charging")
        await home_assistant.call("switch", "turn_off", **target)
        await becomes("sensor.monta_garage_last_charge", "stopped")
        await becomes("sensor.monta_garage_state", "finishing")
        await becomes(SWITCH, "off", pending=False)

    assert len(monta.site.charges) == 3


async def test_the_buttons_start_and_stop(home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes) -> None:
    await home_assistant.call("button", "press", entity_id="button.monta_garage_start_charging")
    await becomes("sensor.monta_garage_state", "charging")

    await home_assistant.call("button", "press", entity_id="button.monta_garage_stop_charging")

    await becomes("sensor.monta_garage_last_charge", "stopped")
    await becomes("sensor.monta_garage_state", "finishing")
    assert len(monta.site.charges) == 4


async def test_the_chart_is_an_image_that_home_assistant_hands_out(
    home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    await becomes(PLAN, "idle")
    image = await home_assistant.state("image.monta_carport_chart")
    assert image is not None

    assert str(await home_assistant.get(image["attributes"]["entity_picture"])).startswith("<svg ")


async def test_the_mode_is_what_the_plan_goes_by(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    mode = "select.monta_carport_mode"
    await becomes(mode, "smart", options=["smart", "now", "off"], friendly_name="Carport Charging mode")
    monta.plug_in(CARPORT, Car(wants_kwh=50))
    await becomes(PLAN, "waiting", wanted_kwh=20.0)

    await home_assistant.call("select", "select_option", entity_id=mode, option="now")
    await becomes(PLAN, "charging", mode="now")
    await becomes("sensor.monta_carport_state", "charging")
    await home_assistant.call("select", "select_option", entity_id=mode, option="off")
    await becomes(PLAN, "off", mode="off")
    await becomes(mode, "off")
    await becomes("sensor.monta_carport_last_charge", "stopped")
    await home_assistant.call("select", "select_option", entity_id=mode, option="smart")

    await becomes(PLAN, "waiting", mode="smart")
    await becomes(mode, "smart")


async def test_the_second_switch_for_the_mode_is_there_for_those_who_enable_it(home_assistant: HomeAssistant) -> None:
    entities = {one["entity_id"]: one for one in await home_assistant.command("config/entity_registry/list")}

    assert entities["switch.monta_carport_smart_charging"]["disabled_by"] == "integration"
    assert entities["number.monta_carport_price_limit"]["entity_category"] == "config"
    assert entities["sensor.monta_carport_type"]["entity_category"] == "diagnostic"


async def test_all_that_helpers_set_without_mqtt_is_set_at_the_device(
    home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    once = f"{in_half_a_day() + timedelta(days=1):%Y-%m-%d} 05:45"
    await becomes("number.monta_carport_price_limit", "unknown")

    await home_assistant.call("number", "set_value", entity_id="number.monta_carport_price_limit", value=900)
    await home_assistant.call("number", "set_value", entity_id="number.monta_carport_minimum_energy", value=0)
    await home_assistant.call("switch", "turn_on", entity_id="switch.monta_carport_one_block")
    await home_assistant.call("text", "set_value", entity_id="text.monta_carport_ready_by_once", value=once)

    await becomes("number.monta_carport_price_limit", "900.0")
    await becomes("switch.monta_carport_one_block", "on")
    await becomes("text.monta_carport_ready_by_once", once)

    await home_assistant.call("number", "set_value", entity_id="number.monta_carport_price_limit", value=-1)
    await home_assistant.call("switch", "turn_off", entity_id="switch.monta_carport_one_block")
    await home_assistant.call("text", "set_value", entity_id="text.monta_carport_ready_by_once", value="none")
    await becomes("number.monta_carport_price_limit", "unknown")
    await becomes("text.monta_carport_ready_by_once", "none")


async def test_energy_and_departure_set_in_home_assistant_are_planned_and_outlive_a_kill(
    home_assistant: HomeAssistant, appdaemon: Process, monta: MontaStandIn, becomes: Becomes
) -> None:
    target, text = "number.monta_carport_target_energy", "text.monta_carport_ready_by"
    departure = in_half_a_day() - timedelta(hours=1)
    word = f"{departure.astimezone(ZONE):%H:%M}"
    await home_assistant.call("number", "set_value", entity_id=target, value=7.5)
    await home_assistant.call("text", "set_value", entity_id=text, value=word)
    planned = {"wanted_kwh": 7.5, "ready_by": departure.isoformat()}
    await becomes(PLAN, "waiting", **planned)

    assert appdaemon.pid
    os.kill(appdaemon.pid, signal.SIGKILL)
    for entity_id in (target, SWITCH, PLAN, "sensor.monta_garage_state", "sensor.monta_wallet_balance"):
        await becomes(entity_id, "unavailable")
    await appdaemon.wait()
    appdaemon.start()

    await becomes(PLAN, "waiting", **planned)
    await becomes(target, "7.5")
    await becomes(text, word)
    monta.unplug(CARPORT)


async def test_after_a_restart_of_the_broker_entities_are_available_and_commands_work(
    home_assistant: HomeAssistant, broker: Mosquitto, becomes: Becomes
) -> None:
    await broker.process.stop()
    await becomes(SWITCH, "unavailable")

    await broker.start()

    await becomes(SWITCH, "off")
    await home_assistant.call("switch", "turn_on", entity_id=SWITCH)
    await becomes("sensor.monta_garage_state", "charging")
    await home_assistant.call("switch", "turn_off", entity_id=SWITCH)
    await becomes("sensor.monta_garage_last_charge", "stopped")


async def test_after_a_restart_of_home_assistant_the_entities_are_back_and_the_switch_works(
    home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    await home_assistant.restart()

    await becomes("sensor.monta_wallet_balance", "500.0")
    await becomes("number.monta_carport_target_energy", "7.5")
    await becomes(SWITCH, "off")
    await home_assistant.call("switch", "turn_on", entity_id=SWITCH)
    await becomes("sensor.monta_garage_state", "charging")


async def test_a_charger_that_is_renamed_keeps_its_ids(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    before = await entities_of(home_assistant, (await ours(home_assistant))[f"smart_charging_{CARPORT}"])

    monta.site.points[CARPORT].name = "Drive"
    await becomes("sensor.monta_carport_state", "available", friendly_name="Drive State")

    device = (await ours(home_assistant))[f"smart_charging_{CARPORT}"]
    assert device["name"] == "Drive"
    assert await entities_of(home_assistant, device) == before


async def test_a_charger_that_left_the_account_leaves_no_device_and_nothing_at_the_broker(
    home_assistant: HomeAssistant, broker: Mosquitto, monta: MontaStandIn, becomes: Becomes
) -> None:
    assert [topic for topic in await broker.retained("#") if str(CARPORT) in topic] != []

    del monta.site.points[CARPORT]
    await becomes("sensor.monta_carport_state", "unavailable")

    async with asyncio.timeout(PATIENCE_S):
        while f"smart_charging_{CARPORT}" in await ours(home_assistant):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.1)
    assert [topic for topic in await broker.retained("#") if str(CARPORT) in topic] == []
    assert f"smart_charging_{GARAGE}" in await ours(home_assistant)
