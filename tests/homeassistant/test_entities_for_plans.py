"""What plans regard beside prices, as a real Home Assistant tells it: a calendar, a switch, a meter, forecasts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from smart_charging.services.scheduling.setup_teller import TITLE
from smart_charging.setup.ha_package import OLDEST_HOME_ASSISTANT
from worlds.home_services import HomeServices
from worlds.real_house import PATIENCE_S, Becomes, apps_yaml, fast_monta, notifications, running_apps

pytestmark = pytest.mark.asyncio(loop_scope="session")

ATTIC, CELLAR = 410001, 410002
ATTIC_PLAN, CELLAR_PLAN = "sensor.monta_attic_plan", "sensor.monta_cellar_plan"
CALENDAR, RIPPLE = "calendar.grid_orders", "input_boolean.ripple"
ZONE = ZoneInfo("Europe/Copenhagen")
HOUR = timedelta(hours=1)
FLOWS = "/api/config/config_entries/flow"


@pytest.fixture(scope="module")
def begin() -> datetime:
    """A full hour that no test will see come."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + 3 * HOUR


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def monta() -> MontaStandIn:
    stand_in = fast_monta()
    for name in ("Attic", "Cellar"):
        stand_in.add_charge_point(name)
    return stand_in


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def calendar(home_assistant: HomeAssistant, services: HomeServices) -> str:
    """Home Assistant's own, added as a person adds it."""
    if services.installation.series < OLDEST_HOME_ASSISTANT:
        pytest.skip(f"helpers of a device need a newer Home Assistant than {services.installation.version}")
    if not services.has_libraries:
        pytest.skip("the library of the local calendar cannot be had")
    await add(home_assistant, "local_calendar", {"calendar_name": "Grid orders"})
    return CALENDAR


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grid_meter(home_assistant: HomeAssistant) -> AsyncIterator[str]:
    """A device that counts and measures what comes from the grid; the energy dashboard knows the counter alone."""
    devices = await home_assistant.command("config/device_registry/list")
    device = next(one["id"] for one in devices if one["name"] == "Sun")  # which is always there
    load = {"state": "{{ states('input_number.house_load') }}", "device_id": device}
    counter = {"unit_of_measurement": "kWh", "device_class": "energy", "state_class": "total_increasing"}
    power = {"unit_of_measurement": "W", "device_class": "power", "state_class": "measurement"}
    for name, traits in (("Grid import", counter), ("Grid power", power)):
        await add(home_assistant, "template", {"next_step_id": "sensor"}, {"name": name, **load, **traits})
    costs = {"stat_cost": None, "entity_energy_price": None, "number_energy_price": None}
    flow = {"stat_energy_from": "sensor.grid_import", **costs}
    grid = {"type": "grid", "flow_from": [flow], "flow_to": [], "cost_adjustment_day": 0}
    await home_assistant.command("energy/save_prefs", energy_sources=[grid])
    yield "sensor.grid_power"
    await home_assistant.command("energy/save_prefs", energy_sources=[])


async def add(home: HomeAssistant, *steps: Any) -> None:
    """An integration, by what a person types."""
    handler, *typed = steps
    answer = await home.post(FLOWS, {"handler": handler})
    for step in typed:
        answer = await home.post(f"{FLOWS}/{answer['flow_id']}", step)
    assert answer["type"] == "create_entry", answer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(home_assistant: HomeAssistant, calendar: str, grid_meter: str, begin: datetime) -> None:
    """Half a day of prices, dear until the full hour; CO2 and forecast prices for two days, with a good hour each."""
    hours = [begin + number * HOUR for number in range(-4, 44)]
    prices = [
        {"start": start.isoformat(), "end": end.isoformat(), "value": 4.0 if start < begin else 2.0}
        for start, end in pairwise(hours[:13])
    ]
    shown = {"raw_today": prices, "raw_tomorrow": [], "unit": "kWh", "currency": "DKK"}
    await home_assistant.post("/api/states/sensor.nordpool", {"state": "2.0", "attributes": shown})
    grams = {begin + HOUR: 60, begin + 2 * HOUR: 160}
    carbon = [
        {"from": start.isoformat(), "to": end.isoformat(), "intensity": grams.get(start, 260)}
        for start, end in pairwise(hours)
    ]
    await home_assistant.fire("tell_carbon_intensity", forecast=carbon)
    per_mwh = {begin + 25 * HOUR: 150.5}
    predictions = [{"utctime": start.isoformat(), "prediction": per_mwh.get(start, 3900.0)} for start in hours]
    await home_assistant.fire("tell_price_forecast", predictions=predictions)
    await home_assistant.call("input_number", "set_value", entity_id="input_number.house_load", value=360_000)
    await depart(home_assistant, "sensor.departure", begin + 7 * HOUR)
    await depart(home_assistant, "sensor.departure_soon", begin - HOUR)


async def depart(home: HomeAssistant, entity_id: str, departure: datetime) -> None:
    await home.post(f"/api/states/{entity_id}", {"state": departure.isoformat()})


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def appdaemon(
    home_assistant: HomeAssistant,
    monta: MontaStandIn,
    told: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Process]:
    car = {"energy_kwh": 11, "power_kw": 11, "ready_by": "07:00", "margin_s": 0}
    attic = {"charge_point_id": ATTIC, **car, "ready_by_once": "sensor.departure"}
    cellar = {"charge_point_id": CELLAR, **car, "energy_kwh": 44, "ready_by_once": "sensor.departure_soon"}
    common: dict[str, Any] = {
        "price_entity": "sensor.nordpool",
        "price_forecast": {
            "entity": "sensor.price_forecast",
            "price_unit": "DKK/MWh",
            "price_keys": {"list": "predictions", "start": "utctime", "value": "prediction"},
        },
        "co2_entity": "sensor.carbon_intensity",
        "co2_price_per_kg": 2.0,
        "events": [CALENDAR, "binary_sensor.ripple_control"],
        "peak": {"price_per_kw": 0.01},
    }
    async with serve(monta) as base_url:
        apps = apps_yaml(base_url, chargers=[attic, cellar], **common)
        async with running_apps(tmp_path_factory.mktemp("appdaemon"), apps, monta, home_assistant) as process:
            yield process


def starts(plan: Mapping[str, Any]) -> Sequence[datetime]:
    return [datetime.fromisoformat(slot["start"]) for slot in plan["attributes"]["slots"]]


async def test_of_equal_prices_the_hour_with_the_least_co2_is_planned_and_its_grams_are_told(
    monta: MontaStandIn, becomes: Becomes, begin: datetime
) -> None:
    monta.plug_in(ATTIC, Car(wants_kwh=50))

    plan = await becomes(ATTIC_PLAN, "waiting", co2_planned_g=660.0, problems=[])

    assert starts(plan) == [begin + HOUR]
    assert plan["attributes"]["expected_cost"] == 22.0
    assert plan["attributes"]["sentence"].endswith("; 0.66 kg of CO2")


async def test_a_plan_goes_around_all_events_that_are_added_to_a_calendar(
    home_assistant: HomeAssistant, becomes: Becomes, begin: datetime
) -> None:
    for number, name in ((2, "Another order"), (1, "Grid order")):  # the entity shows the next one alone
        span = {"start_date_time": begin + number * HOUR, "end_date_time": begin + (number + 1) * HOUR}
        times = {key: moment.isoformat() for key, moment in span.items()}
        await home_assistant.call("calendar", "create_event", entity_id=CALENDAR, summary=name, **times)

    plan = await becomes(ATTIC_PLAN, "waiting", co2_planned_g=2860.0)

    assert not {begin + HOUR, begin + 2 * HOUR} & set(starts(plan))
    first, last = ((begin + number * HOUR).astimezone(ZONE) for number in (1, 2))
    assert plan["attributes"]["sentence"].endswith(f"; waits between {first:%H:%M} and {last:%H:%M}: Grid order")


async def test_a_forecast_of_prices_to_come_is_weighed_against_known_ones(
    home_assistant: HomeAssistant, becomes: Becomes, begin: datetime
) -> None:
    await depart(home_assistant, "sensor.departure", begin + 30 * HOUR)

    plan = await becomes(ATTIC_PLAN, "waiting", ready_by=(begin + 30 * HOUR).isoformat())

    first, last = ((begin + number * HOUR).astimezone(ZONE) for number in (25, 26))
    assert f"between {first:%a %H:%M} and {last:%a %H:%M}" in plan["attributes"]["sentence"]
    assert {slot["is_estimate"] for slot in plan["attributes"]["slots"]} == {"true"}


async def test_a_charge_is_stopped_while_a_binary_sensor_is_on_and_goes_on_afterwards(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    monta.plug_in(CELLAR, Car(wants_kwh=50))
    await becomes("sensor.monta_cellar_state", "charging")

    await home_assistant.call("input_boolean", "turn_on", entity_id=RIPPLE)
    plan = await becomes(CELLAR_PLAN, "short", reason="waits until this is over: Ripple control")
    await becomes("sensor.monta_cellar_last_charge", "stopped")
    await home_assistant.call("input_boolean", "turn_off", entity_id=RIPPLE)

    await becomes("sensor.monta_cellar_state", "charging")
    assert plan["attributes"]["sentence"].endswith("; waits until this is over: Ripple control")
    assert len([charge for charge in monta.site.charges.values() if charge.point.id == CELLAR]) == 2


async def test_the_meter_beside_the_counter_of_the_energy_dashboard_is_found_and_counts_towards_the_months_peak(
    home_assistant: HomeAssistant, becomes: Becomes, grid_meter: str
) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (await becomes(ATTIC_PLAN, "waiting"))["attributes"]["peak_kw"] < 1:  # noqa: ASYNC110 - it grows
            await asyncio.sleep(0.2)

    expected = f"the house's load from {grid_meter}, by the energy dashboard"
    async with asyncio.timeout(PATIENCE_S):
        while expected not in "".join((await notifications(home_assistant)).get(TITLE, ())):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.2)


async def test_nothing_of_that_is_complained_of(home_assistant: HomeAssistant, appdaemon: Process) -> None:
    assert re.findall(r"(?:WARNING|ERROR) .*", appdaemon.output()) == []
    assert re.findall(r"(?:WARNING|ERROR) .*(?:monta_|grid|forecast|carbon).*", home_assistant.process.output()) == []
