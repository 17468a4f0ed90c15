"""Prices from Home Assistant's own Nord Pool integration; only the service it asks is a stand-in."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from smart_charging.cli.main import main
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from worlds.home_services import HomeServices
from worlds.nordpool_service import DELIVERY_ZONE, QUARTER, NordPoolService, delivery_day, quarters_of
from worlds.real_house import PATIENCE_S, apps_yaml, fast_monta, running_apps

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACTION = "get_prices_for_date"
AREA, CURRENCY = "DK2", "DKK"
BY_ACTION: dict[str, Any] = {
    "action": f"nordpool.{ACTION}",
    "entity": "sensor.nord_pool_dk2_current_price",
    "data": {"areas": AREA, "currency": CURRENCY},
}
CHEAP = [0.0, -0.1205]
"""Per kWh, the two quarters everybody charges in: nothing is paid for the one, and something is given for the other."""
DAY = timedelta(days=1)
AFTER_A_RESTART_S = PATIENCE_S + 60
"""The action may be there later than Home Assistant is; it is tried again 20 s after a failure, and then 40 s after."""


@pytest.fixture(scope="module")
def today() -> date:
    return delivery_day(datetime.now(UTC))


@pytest.fixture(scope="module")
def nordpool(services: HomeServices, today: date) -> NordPoolService:
    """Today and tomorrow are out, and dear, but for two quarters that begin soon."""
    if (service := services.nordpool) is None:
        pytest.skip(f"Home Assistant {services.installation.version} has no Nord Pool to ask")
    soon = datetime.fromtimestamp(datetime.now(UTC).timestamp() // 900 * 900, UTC) + 2 * QUARTER
    cheap = {soon + number * QUARTER: 1000 * price for number, price in enumerate(CHEAP)}
    service.price_per_mwh = lambda start: cheap.get(start, 900.25 + start.hour)
    service.last_published = today + DAY
    return service


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def entry_id(home_assistant: HomeAssistant, nordpool: NordPoolService) -> str:
    """Nord Pool, added as a person adds it."""
    flows = "/api/config/config_entries/flow"
    form = await home_assistant.post(flows, {"handler": "nordpool"})
    done = await home_assistant.post(f"{flows}/{form['flow_id']}", {"areas": [AREA], "currency": CURRENCY})
    assert done["type"] == "create_entry", done
    entry_id: str = done["result"]["entry_id"]
    return entry_id


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> AppDaemonFolder:
    return AppDaemonFolder(folder=tmp_path_factory.mktemp("appdaemon"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def by_action(home_assistant: HomeAssistant, entry_id: str, folder: AppDaemonFolder) -> AsyncIterator[Process]:
    """A car whose prices come from the action."""
    async with plugged_in(home_assistant, folder, "Action", price_action=BY_ACTION) as appdaemon:
        yield appdaemon


Ask = Callable[[date], Awaitable[dict[str, Any]]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ask(by_action: Process, entry_id: str, folder: AppDaemonFolder) -> AsyncIterator[Ask]:
    """Calls the action; what AppDaemon would hand to an app."""
    url = f"http://127.0.0.1:{folder.port}/api/appdaemon/service/"
    async with httpx.AsyncClient(base_url=url, headers={"x-ad-access": folder.password}) as http:

        async def knows_the_action() -> bool:
            return ACTION in (await http.get("")).text

        async def ask(day: date) -> dict[str, Any]:
            data = {"config_entry": entry_id, "areas": AREA, "currency": CURRENCY, "date": day.isoformat()}
            answer = await http.post(f"default/nordpool/{ACTION}", json=data)
            handed_over: dict[str, Any] = answer.raise_for_status().json()["response"]
            return handed_over

        await by_action.wait_for(knows_the_action, timeout_s=30)
        yield ask


@asynccontextmanager
async def plugged_in(
    home: HomeAssistant, folder: Path | AppDaemonFolder, name: str, **prices: Any
) -> AsyncIterator[Process]:
    """The apps, and a car at a charger of that name that wants two quarters within half a day."""
    monta = fast_monta()
    point_id = monta.add_charge_point(name)
    monta.plug_in(point_id, Car(wants_kwh=50))
    ready_by = f"{datetime.now(DELIVERY_ZONE) + DAY / 2:%H:%M}"
    car = {"charge_point_id": point_id, "energy_kwh": 5.5, "power_kw": 11, "ready_by": ready_by}
    async with serve(monta) as base_url:
        apps = apps_yaml(base_url, chargers=[car], **prices)
        async with running_apps(folder, apps, monta, home) as process:
            yield process


async def is_planned(
    home: HomeAssistant, name: str, prices_per_kwh: Sequence[float], within_s: float = PATIENCE_S
) -> None:
    """Wait until a charger's plan is made of slots at these prices."""
    deadline = time.monotonic() + within_s
    while True:
        plan = await home.state(f"sensor.monta_{name.lower()}_plan")
        found = [slot.get("price_per_kwh") for slot in plan["attributes"].get("slots", [])] if plan else []
        if found == prices_per_kwh:
            return
        assert time.monotonic() < deadline, f"nothing is planned at {prices_per_kwh}: {plan}"
        await asyncio.sleep(0.1)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110  # the service tells nobody
            await asyncio.sleep(0.01)


def complaints(appdaemon: Process) -> Sequence[str]:
    """What our apps found wrong, and what AppDaemon found wrong in them; that it lost its connection is its own."""
    return re.findall(r"(?:WARNING|ERROR) (?:charging_|Error).*", appdaemon.output())


async def test_the_action_answers_through_appdaemon_with_every_quarter_of_the_day(
    ask: Ask, nordpool: NordPoolService, today: date
) -> None:
    answer = await ask(today)

    rows = answer["result"]["response"][AREA]
    found = {datetime.fromisoformat(row["start"]): row["price"] for row in rows}
    assert found == {start: nordpool.price_per_mwh(start) for start in quarters_of(today)}


async def test_a_day_that_is_not_published_yet_is_told_from_a_failure(ask: Ask, today: date) -> None:
    answer = await ask(today + 2 * DAY)

    assert (answer["success"], answer["error"]["translation_key"]) == (False, "empty_response")


async def test_a_plan_has_the_prices_of_the_action_per_kwh_zero_and_negative_ones_too(
    home_assistant: HomeAssistant, by_action: Process
) -> None:
    await is_planned(home_assistant, "Action", CHEAP)

    assert complaints(by_action) == []


async def test_nord_pool_is_found_by_itself_and_asked_in_the_currency_of_the_home(
    home_assistant: HomeAssistant, tmp_path: Path
) -> None:
    async with plugged_in(home_assistant, tmp_path, "Found") as appdaemon:
        await is_planned(home_assistant, "Found", CHEAP)

        assert f"Prices come from nordpool.{ACTION}, found by itself" in appdaemon.output()
        assert complaints(appdaemon) == []


async def test_after_a_restart_of_home_assistant_a_plan_is_back_and_prices_that_were_missing_are_fetched(
    home_assistant: HomeAssistant, nordpool: NordPoolService, today: date, by_action: Process, tmp_path: Path
) -> None:
    await is_planned(home_assistant, "Action", CHEAP)
    nordpool.last_published = today - DAY
    nordpool.asked.clear()
    async with plugged_in(home_assistant, tmp_path, "Late", price_action=BY_ACTION) as late:
        await until(lambda: nordpool.asked != [])
        nordpool.last_published = today + DAY

        await home_assistant.restart()

        await is_planned(home_assistant, "Action", CHEAP)
        await is_planned(home_assistant, "Late", CHEAP, AFTER_A_RESTART_S)
        assert [*complaints(by_action), *complaints(late)] == []


async def test_today_and_tomorrow_may_be_two_entities(
    home_assistant: HomeAssistant, nordpool: NordPoolService, today: date, tmp_path: Path
) -> None:
    entities = {"sensor.prices_today": today, "sensor.prices_tomorrow": today + DAY}
    for entity_id, day in entities.items():
        prices = {start.isoformat(): nordpool.price_per_mwh(start) / 1000 for start in quarters_of(day)}
        rows = [{"start": start, "price": price} for start, price in prices.items()]
        await home_assistant.post(f"/api/states/{entity_id}", {"state": "0", "attributes": {"prices": rows}})

    async with plugged_in(home_assistant, tmp_path, "Pair", price_entity=list(entities)) as appdaemon:
        await is_planned(home_assistant, "Pair", CHEAP)
        assert complaints(appdaemon) == []


async def test_the_command_line_asks_the_action_and_prints_every_quarter_of_the_day(
    home_assistant: HomeAssistant,
    nordpool: NordPoolService,
    today: date,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(home_assistant.token, encoding="utf-8")
    words = ["prices", "--ha-url", home_assistant.url, "--token-file", str(token_file), "--json"]
    words += ["--action", BY_ACTION["action"], "--entity", BY_ACTION["entity"], "--data", json.dumps(BY_ACTION["data"])]

    code = await asyncio.to_thread(main, words)

    slots = json.loads(capsys.readouterr().out)["slots"]
    found = {datetime.fromisoformat(slot["start"]): slot["price_per_kwh"] for slot in slots}
    assert code == 0
    assert [found[at] for at in quarters_of(today)] == pytest.approx(
        [nordpool.price_per_mwh(at) / 1000 for at in quarters_of(today)]
    )


async def test_the_command_line_says_in_one_line_what_home_assistant_refuses(
    home_assistant: HomeAssistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["prices", "--ha-url", home_assistant.url, "--action", f"nordpool.{ACTION}", "--data", '{"areas": "MARS"}']

    for token in (home_assistant.token, "made.up"):
        monkeypatch.setenv("HASS_TOKEN", token)
        assert await asyncio.to_thread(main, words) == 2

    failed, refused = capsys.readouterr().err.splitlines()
    assert f"nordpool.{ACTION} failed (400); Home Assistant's log says why" in failed
    assert "refuses the token" in refused
