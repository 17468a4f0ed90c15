"""The whole way: a real Home Assistant, a real AppDaemon, the apps, and the cloud's stand-in over HTTP."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from real_house import Becomes, apps_yaml, garage_and_carport, running_apps
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.stand_in.cloud import MontaStandIn
from smart_charging.stand_in.server import serve
from smart_charging.stand_in.site import Car

pytestmark = pytest.mark.asyncio(loop_scope="module")

GARAGE, CARPORT = 410001, 410002
PRICE_ENTITY = "sensor.nordpool"
DEPARTURE_ENTITY = "sensor.departure"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def monta() -> MontaStandIn:
    return garage_and_carport()


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def appdaemon(
    home_assistant: HomeAssistant, monta: MontaStandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[None]:
    car: dict[str, object] = {"charge_point_id": CARPORT, "energy_kwh": 0.012, "power_kw": 11, "margin_s": 0}
    car |= {"ready_by": "07:00", "ready_by_once": DEPARTURE_ENTITY}
    async with serve(monta) as base_url:
        apps = apps_yaml(base_url, price_entity=PRICE_ENTITY, chargers=[car])
        async with running_apps(tmp_path_factory.mktemp("appdaemon"), apps, monta, home_assistant):
            yield


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
    edges = [(now + timedelta(seconds=3 * number)).isoformat() for number in range(5)]
    prices = zip(edges, edges[1:], [1.0, 0.0, -0.1, 1.0], strict=False)
    rows = [{"start": begin, "end": end, "value": price} for begin, end, price in prices]
    attributes = {"raw_today": rows, "raw_tomorrow": [], "unit": "kWh", "currency": "DKK"}
    await home_assistant.post(f"/api/states/{PRICE_ENTITY}", {"state": "1.0", "attributes": attributes})
    await home_assistant.post(f"/api/states/{DEPARTURE_ENTITY}", {"state": edges[-1]})

    monta.plug_in(CARPORT, Car(wants_kwh=50))
    plan = await becomes("sensor.monta_carport_plan", "waiting")
    await becomes("sensor.monta_carport_plan", "charging")
    await becomes("sensor.monta_carport_plan", "done")

    assert [slot["price_per_kwh"] for slot in plan["attributes"]["slots"]] == [0.0, -0.1]
    assert plan["attributes"]["expected_cost"] < 0
    charge = monta.charge_of(CARPORT)
    assert charge is not None
    assert charge.consumed_kwh == pytest.approx(0.012, abs=0.008)


async def test_after_a_restart_of_home_assistant_the_entities_are_back_and_the_switch_works(
    home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    await home_assistant.restart()
    restarted_at = time.monotonic()

    await becomes("sensor.monta_garage_state", "finishing")
    took_s = time.monotonic() - restarted_at
    await home_assistant.call("switch", "turn_on", entity_id="switch.monta_garage_charging")
    await becomes("sensor.monta_garage_state", "charging")

    states = await home_assistant.states()
    assert set(ENTITIES) <= set(states)
    print(f"back after {took_s:.1f} s")  # noqa: T201  # a figure that is asked for
    assert took_s < 10
