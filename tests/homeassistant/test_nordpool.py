"""Prices from Home Assistant's own Nord Pool integration; only the service it asks is a stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from nordpool_service import QUARTER, NordPoolService, asking, quarters_of, serve_nordpool
from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.ha_install import Installation
from smart_charging.demo.home_assistant import HomeAssistant

pytestmark = pytest.mark.asyncio(loop_scope="module")

AREA, CURRENCY = "DK2", "DKK"
CURRENT_PRICE = "sensor.nord_pool_dk2_current_price"
ACTION = "get_prices_for_date"


def utc_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def nordpool() -> NordPoolService:
    """Dear, but for two quarters that begin soon: nothing is paid in one, and something is given in the other."""
    free_at = datetime.fromtimestamp(utc_now().timestamp() // 900 * 900, UTC) + 2 * QUARTER
    special = {free_at: 0.0, free_at + QUARTER: -120.5}
    return NordPoolService(lambda start: special.get(start, 900.25 + start.hour), clock=utc_now)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home_assistant_installation(
    home_assistant_installation: Installation, nordpool: NordPoolService, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    if not list(home_assistant_installation.folder.glob("lib/*/site-packages/homeassistant/components/nordpool")):
        pytest.skip(f"Home Assistant {home_assistant_installation.version} has no Nord Pool integration")
    async with serve_nordpool(nordpool) as url:
        yield asking(home_assistant_installation, url, tmp_path_factory.mktemp("installation"))


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def entry_id(home_assistant: HomeAssistant) -> str:
    """Nord Pool, added as a person adds it."""
    flows = "/api/config/config_entries/flow"
    form = await home_assistant.post(flows, {"handler": "nordpool"})
    done = await home_assistant.post(f"{flows}/{form['flow_id']}", {"areas": [AREA], "currency": CURRENCY})
    assert done["type"] == "create_entry", done
    entry_id: str = done["result"]["entry_id"]
    return entry_id


Ask = Callable[[date], Awaitable[dict[str, Any]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ask(
    home_assistant: HomeAssistant, entry_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ask]:
    """Calls the action in an AppDaemon without apps; what AppDaemon would hand to one."""
    folder = AppDaemonFolder(folder=tmp_path_factory.mktemp("appdaemon"))
    folder.write({}, {"ha_url": home_assistant.url, "ha_token": home_assistant.token}, plugins=True)
    url = f"http://127.0.0.1:{folder.port}/api/appdaemon/service/"
    async with (
        folder.process() as process,
        httpx.AsyncClient(base_url=url, headers={"x-ad-access": folder.password}) as http,
    ):

        async def knows_the_action() -> bool:
            return ACTION in (await http.get("")).text

        async def ask(day: date) -> dict[str, Any]:
            data = {"config_entry": entry_id, "areas": AREA, "currency": CURRENCY, "date": day.isoformat()}
            answer = await http.post(f"default/nordpool/{ACTION}", json=data)
            handed_over: dict[str, Any] = answer.raise_for_status().json()["response"]
            return handed_over

        await process.wait_for("App initialization complete", timeout_s=30)
        await process.wait_for(knows_the_action, timeout_s=30)
        yield ask


async def test_the_action_answers_through_appdaemon_with_every_quarter_of_the_day(
    ask: Ask, nordpool: NordPoolService
) -> None:
    answer = await ask(nordpool.today)

    rows = answer["result"]["response"][AREA]
    found = {datetime.fromisoformat(row["start"]): row["price"] for row in rows}
    assert found == {start: nordpool.price_per_mwh(start) for start in quarters_of(nordpool.today)}


async def test_a_day_that_is_not_published_yet_is_told_from_a_failure(ask: Ask, nordpool: NordPoolService) -> None:
    answer = await ask(nordpool.today + timedelta(days=1))

    assert (answer["success"], answer["error"]["translation_key"]) == (False, "empty_response")
