"""Prices from Home Assistant's own EnergyZero and easyEnergy; only the services they ask are stand-ins."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.services.pricing.publication import due_days, span_of
from worlds.dutch_services import HOUR, DutchServices
from worlds.home_services import HomeServices
from worlds.real_house import PATIENCE_S, apps_yaml, fast_monta, running_apps

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOURCES = {
    "energyzero": ("energyzero.get_energy_prices", "sensor.energyzero_today_energy_current_hour_price"),
    "easyenergy": ("easyenergy.get_energy_usage_prices", "sensor.easyenergy_today_energy_usage_current_hour_price"),
}


def this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture(scope="module")
def dutch(services: HomeServices) -> DutchServices:
    """All of the next two days is out, at a price that says which hour it is."""
    if not services.has_libraries:
        pytest.skip("the libraries of EnergyZero and easyEnergy cannot be had")
    services.dutch.price_per_kwh = lambda at: round(0.2 + at.hour / 1000, 4)
    services.dutch.published_until = this_hour() + 48 * HOUR
    return services.dutch


@pytest.mark.parametrize("integration", SOURCES)
async def test_a_plan_has_the_prices_of_the_action_up_to_the_end_of_what_it_is_asked_for(
    home_assistant: HomeAssistant, dutch: DutchServices, tmp_path: Path, integration: str
) -> None:
    form = await home_assistant.post("/api/config/config_entries/flow", {"handler": integration})
    if form["type"] == "form":
        form = await home_assistant.post(f"/api/config/config_entries/flow/{form['flow_id']}", {})
    assert form["type"] == "create_entry", form
    action, entity_id = SOURCES[integration]
    monta, name = fast_monta(), integration.capitalize()
    point_id = monta.add_charge_point(name)
    monta.plug_in(point_id, Car(wants_kwh=50))
    car = {"charge_point_id": point_id, "energy_kwh": 11, "power_kw": 11, "ready_by": "07:00"}
    async with serve(monta) as base_url:
        apps = apps_yaml(base_url, chargers=[car], price_action={"action": action, "entity": entity_id})
        async with running_apps(tmp_path, apps, monta, home_assistant):
            plan = await planned(home_assistant, f"sensor.monta_{name.lower()}_plan")

    [slot, *_] = plan["slots"]
    assert (plan["problems"], plan["currency"]) == ([], "EUR")
    assert slot["price_per_kwh"] == dutch.price_per_kwh(datetime.fromisoformat(slot["start"]).astimezone(UTC))
    # the libraries count days by the machine's own clock, wherever that is
    assert datetime.fromisoformat(plan["prices_known_until"]) >= span_of(due_days(datetime.now(UTC))[-1])[1]


async def planned(home: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """The attributes of a plan, once it has slots at known prices."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        plan = await home.state(entity_id)
        attributes: dict[str, Any] = plan["attributes"] if plan else {}
        if any("price_per_kwh" in slot for slot in attributes.get("slots", [])):
            return attributes
        assert time.monotonic() < deadline, f"nothing is planned: {plan}"
        await asyncio.sleep(0.1)
