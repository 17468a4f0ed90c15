"""The whole way: a real Home Assistant, a real AppDaemon, the apps, and the cloud's stand-in over HTTP."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
import yaml

from smart_charging.charger import Charger
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car, Charge
from smart_charging.demo.ha_install import Installation
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from smart_charging.setup.ha_package import ha_package
from worlds.documentation import DOCUMENTATION
from worlds.real_house import (
    MONTA_NAMES,
    PATIENCE_S,
    Becomes,
    apps_yaml,
    garage_and_carport,
    notifications,
    running_apps,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

GARAGE, CARPORT, PORCH, SHED = 410001, 410002, 410003, 410004
PRICE_ENTITY = "sensor.nordpool"
DEPARTURE_ENTITY = "sensor.departure"
PORCH_PLAN = "sensor.monta_porch_plan"
ZONE = ZoneInfo("Europe/Copenhagen")
HOUR = timedelta(hours=1)
PORCH_PACKAGE = ha_package([Charger.named(str(PORCH), "Porch")], MONTA_NAMES)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home_assistant(
    home_assistant_installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HomeAssistant]:
    packages = {"porch": PORCH_PACKAGE, "notify": "notify:\n"}
    async with HomeAssistant(
        tmp_path_factory.mktemp("home"), home_assistant_installation, packages=packages
    ) as running:
        yield running
        running.process.kill()  # as in conftest.py


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def monta() -> MontaStandIn:
    stand_in = garage_and_carport()
    for name in ("Porch", "Shed"):
        stand_in.add_charge_point(name)
    return stand_in


def porch() -> Mapping[str, object]:
    """The lines that the package's head tells people to copy into apps.yaml."""
    lines = re.findall(r"^#   (.*)", PORCH_PACKAGE, re.MULTILINE)
    (charger,) = yaml.safe_load("\n".join(lines))["chargers"]
    return {**charger, "power_kw": 11}


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def appdaemon(
    home_assistant: HomeAssistant, monta: MontaStandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    car: dict[str, object] = {"charge_point_id": CARPORT, "energy_kwh": 0.012, "power_kw": 11, "margin_s": 0}
    car |= {"ready_by": "07:00", "ready_by_once": DEPARTURE_ENTITY}
    async with serve(monta) as base_url:
        notify, chargers = "notify.persistent_notification", [car, porch(), car | {"charge_point_id": SHED}]
        apps = apps_yaml(base_url, price_entity=PRICE_ENTITY, chargers=chargers, notify=notify)
        folder = tmp_path_factory.mktemp("appdaemon")
        async with running_apps(folder, apps, monta, home_assistant) as process:
            yield process


ENTITIES: dict[str, tuple[str, dict[str, object]]] = {
    "sensor.monta_garage_state": ("available", {"device_class": "enum", "icon": "mdi:ev-station"}),
    "binary_sensor.monta_garage_cable": ("off", {"device_class": "plug", "friendly_name": "Garage cable"}),
    "sensor.monta_garage_meter": (
        "1000.0",
        {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"},
    ),
    "sensor.monta_garage_last_charge": ("unknown", {"device_class": "enum"}),
    "sensor.monta_garage_visibility": ("private", {"options": ["public", "private", "unknown"]}),
    "sensor.monta_garage_type": ("ac", {"options": ["ac", "dc", "unknown"]}),
    "switch.monta_garage_charging": ("off", {"pending": "false", "charge_point_id": str(GARAGE)}),
    "sensor.monta_carport_state": ("available", {"friendly_name": "Carport state"}),
    "sensor.monta_carport_meter": ("unknown", {"unit_of_measurement": "kWh"}),
    "sensor.monta_carport_type": ("unknown", {}),
    "sensor.monta_carport_plan": ("idle", {"device_class": "enum", "friendly_name": "Carport charging plan"}),
    "sensor.monta_wallet_balance": (
        "500.0",
        {"device_class": "monetary", "unit_of_measurement": "DKK", "credit": 25.0},
    ),
    "sensor.monta_wallet_latest_transaction": ("unknown", {"device_class": "timestamp"}),
}


@pytest.mark.parametrize("entity_id", ENTITIES)
async def test_an_entity_stands_in_home_assistant_with_all_that_makes_it_readable(
    entity_id: str, becomes: Becomes
) -> None:
    state, attributes = ENTITIES[entity_id]

    entity = await becomes(entity_id, state, **attributes)

    assert entity["attributes"]["friendly_name"]


async def test_an_event_starts_and_a_switch_stops_a_charge(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    monta.plug_in(GARAGE, Car(wants_kwh=50))
    await becomes("binary_sensor.monta_garage_cable", "on")

    await home_assistant.fire("monta_command", command="start", charge_point_id=GARAGE, request_id="r-1")
    await becomes("sensor.monta_garage_state", "charging")
    charge = await becomes("sensor.monta_garage_last_charge", "charging")
    await home_assistant.call("switch", "turn_off", entity_id="switch.monta_garage_charging")
    await becomes("sensor.monta_garage_last_charge", "stopped")
    await becomes("sensor.monta_garage_state", "finishing")

    assert len(charge["attributes"]["charge_id"]) == 18
    await becomes("switch.monta_garage_charging", "off", pending="false")


async def test_the_switch_starts_and_an_event_stops_a_charge(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    await home_assistant.call("switch", "turn_on", entity_id="switch.monta_garage_charging")
    await becomes("sensor.monta_garage_state", "charging")

    await home_assistant.fire("monta_command", command="stop", charge_point_id=str(GARAGE))

    await becomes("sensor.monta_garage_last_charge", "stopped")
    assert len(monta.site.charges) == 2


async def test_a_price_of_zero_and_a_negative_price_arrive_as_such_and_the_plan_is_kept(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    edges = [now - HOUR, *(now + timedelta(seconds=3 * number) for number in range(1, 5))]
    await show_prices(home_assistant, edges, [1.0, 0.0, -0.1, 1.0])
    await home_assistant.post(f"/api/states/{DEPARTURE_ENTITY}", {"state": edges[-1].isoformat()})

    monta.plug_in(CARPORT, Car(wants_kwh=50))
    plan = await becomes("sensor.monta_carport_plan", "waiting")
    await becomes("sensor.monta_carport_plan", "charging")
    await becomes("sensor.monta_carport_plan", "done")

    assert [slot["price_per_kwh"] for slot in plan["attributes"]["slots"]] == [0.0, -0.1]
    assert plan["attributes"]["expected_cost"] < 0
    charge = monta.charge_of(CARPORT)
    assert charge is not None
    assert charge.consumed_kwh == pytest.approx(0.012, abs=0.008)


async def show_prices(home: HomeAssistant, edges: Sequence[datetime], prices: Sequence[float]) -> None:
    """Let the price entity say them, the first from the first edge to the second and so on."""
    rows = [
        {"start": start.isoformat(), "end": end.isoformat(), "value": price}
        for (start, end), price in zip(pairwise(edges), prices, strict=True)
    ]
    attributes = {"raw_today": rows, "raw_tomorrow": [], "unit": "kWh", "currency": "DKK"}
    await home.post(f"/api/states/{PRICE_ENTITY}", {"state": "1.0", "attributes": attributes})


async def test_a_session_that_is_booked_becomes_savings_in_kroner(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    assert "sensor.monta_carport_saving_total" not in await home_assistant.states()

    monta.unplug(CARPORT)

    plan = await becomes("sensor.monta_carport_plan", "idle")
    saving = await becomes("sensor.monta_carport_saving_total", "0.01", unit_of_measurement="DKK")
    month = await becomes("sensor.monta_carport_saving_month", "0.01", device_class="monetary", state_class="total")
    assert datetime.fromisoformat(month["attributes"]["last_reset"]).astimezone(ZONE).day == 1
    assert "slots" not in plan["attributes"]
    assert saving["attributes"]["friendly_name"] == "Carport saving in total"


async def set_helper(home: HomeAssistant, key: str, service: str, **data: object) -> None:
    """Of the porch, by a person."""
    domain = {"select_option": "input_select", "set_value": "input_number", "set_datetime": "input_datetime"}[service]
    await home.call(domain, service, entity_id=f"{domain}.monta_porch_{key}", **data)


async def set_departure(home: HomeAssistant, departure: datetime) -> str:
    """As the plan then has it."""
    await set_helper(home, "ready_by", "set_datetime", time=f"{departure.astimezone(ZONE):%H:%M}:00")
    return departure.isoformat()


@pytest.fixture(scope="module")
def later() -> datetime:
    """When prices begin to differ; far enough ahead for the clock not to matter."""
    return datetime.fromtimestamp(datetime.now(UTC).timestamp() // 900 * 900, UTC) + HOUR


PORCH_PRICES = [1.0, 0.5, 1.0, 0.0, -0.25, 1.0]


def hours_from(later: datetime) -> list[datetime]:
    """Edges of those prices."""
    return [later + number * HOUR for number in (-2, 1, 3, 4, 5, 6, 12)]


async def test_a_plan_follows_the_packages_helpers_and_has_all_that_the_readme_says(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, later: datetime
) -> None:
    await show_prices(home_assistant, hours_from(later), PORCH_PRICES)
    await set_helper(home_assistant, "target_energy", "set_value", value=16.5)
    ready_by = await set_departure(home_assistant, later + 11 * HOUR)

    monta.plug_in(PORCH, Car(wants_kwh=50))

    plan = await becomes(PORCH_PLAN, "waiting", wanted_kwh=16.5, ready_by=ready_by, mode="smart", problems=[])
    shown = plan["attributes"]
    assert {slot["price_per_kwh"] for slot in shown["slots"]} == {0.0, -0.25}
    assert (shown["expected_cost"], shown["delivered_kwh"], shown["shortfall_kwh"]) == (-2.75, 0.0, 0.0)
    unused = ("peak_", "co2_", "later_", "tonight_")  # neither fees nor CO2 nor several days ahead are configured
    promised = {name for name in promised_attributes() if not name.startswith(unused)}
    assert promised - set(shown) == {"reason", "shortfall_reason"}  # there is none of either


def promised_attributes() -> set[str]:
    """Those of the plan, out of the documentation's table."""
    _, _, table = DOCUMENTATION.partition("| attribute | meaning |\n|---|---|\n")
    rows, _, _ = table.partition("\n\n")
    return {name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}


async def test_next_start_and_planned_end_are_timestamps_to_home_assistant(
    home_assistant: HomeAssistant, becomes: Becomes, later: datetime
) -> None:
    shown = (await becomes(PORCH_PLAN, "waiting"))["attributes"]

    for key, attribute in (("next_start", "next_start"), ("planned_end", "planned_end")):
        entity_id = f"sensor.monta_porch_{key}"
        await becomes(entity_id, shown[attribute], device_class="timestamp")
        template = f"{{{{ (states('{entity_id}') | as_datetime | as_timestamp) - {later.timestamp()} }}}}"
        after = await home_assistant.post("/api/template", {"template": template})
        assert 4 * 3600 <= float(after) <= 6 * 3600


async def test_a_plan_is_told_by_a_notify_action(home_assistant: HomeAssistant, becomes: Becomes) -> None:
    plan = await becomes(PORCH_PLAN, "waiting")
    async with asyncio.timeout(PATIENCE_S):
        while not (told := await notifications(home_assistant)).get("Porch"):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.1)

    sentence = plan["attributes"]["sentence"]
    assert told["Porch"] == [f"{sentence}; -2.75 DKK in all, 19.25 DKK less than at once"]


async def test_a_departure_that_moves_moves_the_plan(
    home_assistant: HomeAssistant, becomes: Becomes, later: datetime
) -> None:
    ready_by = await set_departure(home_assistant, later + 3 * HOUR)

    plan = await becomes(PORCH_PLAN, "waiting", ready_by=ready_by)

    assert {slot["price_per_kwh"] for slot in plan["attributes"]["slots"]} == {0.5}
    await set_departure(home_assistant, later + 11 * HOUR)


async def test_the_modes_of_the_helper_start_and_stop(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    await set_helper(home_assistant, "mode", "select_option", option="now")
    await becomes(PORCH_PLAN, "charging", mode="now")
    await becomes("sensor.monta_porch_state", "charging")

    await set_helper(home_assistant, "mode", "select_option", option="off")
    await becomes(PORCH_PLAN, "off", mode="off")
    await becomes("sensor.monta_porch_last_charge", "stopped")
    await set_helper(home_assistant, "mode", "select_option", option="smart")

    await becomes(PORCH_PLAN, "waiting", mode="smart")
    assert len([charge for charge in monta.site.charges.values() if charge.point.id == PORCH]) == 1
    assert complaints_about_us(home_assistant) == []


@dataclass(frozen=True, kw_only=True)
class Away:
    """What was so while Home Assistant was stopped."""

    planned: Mapping[str, Any]
    """The porch's plan of before."""
    charge: Charge
    """The shed's."""
    stopped_at: datetime
    started_at: datetime
    """Of Home Assistant."""
    back_after_s: float
    """Our entities, once Home Assistant had started."""
    pressed: Mapping[str, Any]
    """The garage's switch when it was stopped, a start pressed a moment before."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def away(home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, later: datetime) -> Away:
    """A restart of Home Assistant in the middle of two plans, one of which begins meanwhile, and of a press."""
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=7)
    step = timedelta(seconds=20)  # of most slots: among longer ones, a start near a quarter hour would be moved to it
    edges = [later - 2 * HOUR, soon - step, soon, soon + step, soon + 2 * step, *hours_from(later)[1:]]
    await show_prices(home_assistant, edges, [1.0, 1.0, 0.0, 1.0, *PORCH_PRICES])
    await home_assistant.post(f"/api/states/{DEPARTURE_ENTITY}", {"state": (soon + step).isoformat()})
    monta.plug_in(SHED, Car(wants_kwh=50))
    await becomes("sensor.monta_shed_plan", "waiting", next_start=soon.isoformat())
    planned = (await becomes(PORCH_PLAN, "waiting"))["attributes"]
    before = {charge.id for charge in monta.site.charges.values() if charge.point.id != GARAGE}
    monta.site.delays = replace(monta.site.delays, start=timedelta(seconds=4))
    await home_assistant.call("switch", "turn_on", entity_id="switch.monta_garage_charging")
    pressed = await becomes("switch.monta_garage_charging", "on", pending="true")

    await home_assistant.stop()
    stopped_at = datetime.now(UTC)
    async with asyncio.timeout(PATIENCE_S):
        while not (begun := {c.id for c in monta.site.charges.values() if c.point.id != GARAGE} - before):  # noqa: ASYNC110 - the stand-in tells nobody
            await asyncio.sleep(0.05)
    started_at = datetime.now(UTC)
    await home_assistant.start()
    restarted_at = time.monotonic()
    await becomes("sensor.monta_garage_state", "charging")
    back_after_s = time.monotonic() - restarted_at
    (charge,) = (monta.site.charges[charge_id] for charge_id in begun)
    return Away(
        planned=planned,
        charge=charge,
        stopped_at=stopped_at,
        started_at=started_at,
        back_after_s=back_after_s,
        pressed=pressed["attributes"],
    )


async def test_a_charge_begins_by_plan_while_home_assistant_is_away(away: Away) -> None:
    assert away.stopped_at < away.charge.created_at < away.started_at
    assert away.charge.by == "api"


async def test_a_start_pressed_just_before_a_restart_of_home_assistant_is_carried_out_once_and_shown(
    monta: MontaStandIn, becomes: Becomes, away: Away
) -> None:
    assert away.pressed["pending"] == "true"

    await becomes("switch.monta_garage_charging", "on", pending="false", started_by="person")

    running = [charge for charge in monta.site.charges.values() if charge.point.id == GARAGE and charge.is_open]
    assert len(running) == 1


async def test_after_a_restart_of_home_assistant_the_entities_are_back_and_the_switch_works(
    home_assistant: HomeAssistant, becomes: Becomes, away: Away
) -> None:
    await home_assistant.call("switch", "turn_off", entity_id="switch.monta_garage_charging")
    await becomes("sensor.monta_garage_state", "finishing")

    states = await home_assistant.states()
    assert set(ENTITIES) <= set(states)
    print(f"back after {away.back_after_s:.1f} s")  # noqa: T201  # a figure that is asked for
    assert away.back_after_s < 10


async def test_after_a_restart_of_home_assistant_plan_and_helpers_are_what_they_were(
    becomes: Becomes, away: Away
) -> None:
    kept = {key: away.planned[key] for key in ("slots", "ready_by", "wanted_kwh", "mode", "problems")}

    await becomes(PORCH_PLAN, "waiting", **kept)
    await becomes("input_number.monta_porch_target_energy", "16.5")
    await becomes("input_select.monta_porch_mode", "smart")


async def test_over_a_restart_of_home_assistant_what_failed_is_said_once_and_nothing_is_told_again(
    home_assistant: HomeAssistant, appdaemon: Process, away: Away
) -> None:
    said = Counter(re.findall(r"(?:WARNING|ERROR) (charging_.*|Error.*)", appdaemon.output()))

    assert [line for line, times in said.items() if times > 1] == []
    assert "Porch" not in await notifications(home_assistant)  # Home Assistant has forgotten it
    assert complaints_about_us(home_assistant) == []


def complaints_about_us(home: HomeAssistant) -> Sequence[str]:
    """What Home Assistant has said about the scheduled chargers since its start."""
    return re.findall(r".* (?:WARNING|ERROR) .*monta_(?:porch|carport|shed).*", home.process.output())
