"""Settings and dashboard as the app makes them in a real Home Assistant, looked at and pressed in a real browser."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.ha_install import Installation
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from smart_charging.setup.ha_package import OLDEST_HOME_ASSISTANT
from worlds.browser import PHONE, browser_or_skip, browsing
from worlds.real_house import PATIENCE_S, Becomes, apps_yaml, fast_monta, running_apps

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

GARAGE = 410001
PLAN, STATE = "sensor.monta_garage_plan", "sensor.monta_garage_state"
ENERGY, MODE = "input_number.monta_garage_target_energy", "input_select.monta_garage_mode"
PAGE = "/monta-charging/monta-garage"
PICTURE = "ha-markdown img"
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Europe/Copenhagen")


@pytest.fixture(scope="module", autouse=True)
def recent_enough(home_assistant_installation: Installation) -> None:
    if home_assistant_installation.series < OLDEST_HOME_ASSISTANT:
        pytest.skip(f"the dashboard needs a newer Home Assistant than {home_assistant_installation.version}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def monta() -> MontaStandIn:
    stand_in = fast_monta()
    stand_in.plug_in(stand_in.add_charge_point("Garage"), Car(wants_kwh=50))
    return stand_in


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """AppDaemon's."""
    return tmp_path_factory.mktemp("appdaemon")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def appdaemon(home_assistant: HomeAssistant, monta: MontaStandIn, folder: Path) -> AsyncIterator[Process]:
    await show_prices(home_assistant)
    once = away_from_midnight(datetime.now(UTC) + 20 * HOUR).isoformat()
    car = {"charge_point_id": GARAGE, "energy_kwh": 22, "power_kw": 11, "ready_by": "07:00", "ready_by_once": once}
    async with serve(monta) as base_url:
        apps = apps_yaml(base_url, price_entity="sensor.nordpool", chargers=[car], settings_in_home_assistant=True)
        async with running_apps(folder, apps, monta, home_assistant) as process:
            yield process


def away_from_midnight(departure: datetime) -> datetime:
    """Earlier where two hours of charging before it would begin or end at 0:00, as helpers show that nobody has set."""
    return departure - 4 * HOUR if departure.astimezone(ZONE).hour < 4 else departure


async def show_prices(home: HomeAssistant) -> None:
    """Cheaper with every hour, so that a plan waits."""
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    edges = [(begins + number * HOUR).isoformat() for number in range(31)]
    rows = [
        {"start": start, "end": end, "value": 2.0 - place / 20} for place, (start, end) in enumerate(pairwise(edges))
    ]
    prices = {"raw_today": rows, "raw_tomorrow": [], "unit": "kWh", "currency": "DKK"}
    await home.post("/api/states/sensor.nordpool", {"state": "1.0", "attributes": prices})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(home_assistant: HomeAssistant, becomes: Becomes) -> AsyncIterator[Page]:
    program = browser_or_skip()
    await becomes(PLAN, "waiting", wanted_kwh=22.0)
    await becomes(ENERGY, "22.0")
    async with browsing(program, home_assistant, PHONE) as opened:
        await opened.goto(home_assistant.url + PAGE)
        yield opened


async def press(page: Page, name: str) -> None:
    button = page.locator("hui-horizontal-stack-card").get_by_text(name, exact=True).filter(visible=True)
    await button.click(force=True)  # what lies on top of the text takes it


async def test_the_helpers_begin_with_what_apps_yaml_says_and_are_followed(
    home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    await becomes(ENERGY, "22.0", friendly_name="Garage target energy")
    await becomes("input_datetime.monta_garage_ready_by", "07:00:00")
    await becomes("input_number.monta_garage_price_limit", "-1.0")
    await becomes("switch.monta_garage_charge", "off")

    await home_assistant.call("input_number", "set_value", entity_id=ENERGY, value=22)
    await becomes(PLAN, "waiting", wanted_kwh=22.0)


async def test_on_a_phone_one_looks_before_one_acts(page: Page) -> None:
    await page.locator(PICTURE).wait_for()

    places = [await top(page, what) for what in ("ha-markdown p", PICTURE, "ha-markdown table")]
    places += [await top(page, f"hui-tile-card:has-text('{name}')") for name in ("Smart", "Energy wanted")]
    assert places == sorted(places)
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


async def top(page: Page, what: str) -> float:
    """How far down something begins."""
    box = await page.locator(what).filter(visible=True).first.bounding_box()
    assert box, what
    return float(box["y"])


async def test_nothing_is_shown_for_what_is_not_set(page: Page) -> None:
    await page.locator(PICTURE).wait_for()

    assert await seen(page, "No price limit") == 1
    assert await seen(page, r"-1\b|12:00.AM|\b0?0:00\b|[Uu]nknown") == 0


async def seen(page: Page, pattern: str) -> int:
    """How often such a text is there to be read."""
    return int(await page.get_by_text(re.compile(pattern)).filter(visible=True).count())


async def test_the_chart_is_a_picture_that_changes_with_the_plan_in_the_open_page(
    page: Page, home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    picture = page.locator(PICTURE)
    before = await picture.get_attribute("src")
    assert str(before).startswith("data:image/svg+xml;base64,")
    assert await picture.evaluate("img => img.naturalWidth") > 0

    await home_assistant.call("input_number", "set_value", entity_id=ENERGY, value=11)

    await becomes(PLAN, "waiting", wanted_kwh=11.0)
    await changed(page, before)


async def changed(page: Page, before: str | None) -> None:
    """Wait until the picture is another one."""
    for _ in range(100):
        if await page.locator(PICTURE).get_attribute("src") != before:
            return
        await page.wait_for_timeout(100)
    pytest.fail("the picture stays the same")


async def test_now_charges_at_once_off_stops_and_smart_waits_again(page: Page, becomes: Becomes) -> None:
    await press(page, "Now")
    await becomes(MODE, "now")
    await becomes(STATE, "charging")

    await press(page, "Off")
    await becomes(PLAN, "off")
    await becomes("switch.monta_garage_charging", "off", pending="false")

    await press(page, "Smart")
    await becomes(MODE, "smart")
    await becomes(PLAN, "waiting")


async def test_smart_pressed_again_takes_over_from_a_person(
    page: Page, home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    await home_assistant.call("switch", "turn_on", entity_id="switch.monta_garage_charge")
    await becomes(PLAN, "manual")

    await press(page, "Smart")

    await becomes(PLAN, "waiting")


async def test_what_people_set_survives_restarts_of_both(
    home_assistant: HomeAssistant, appdaemon: Process, becomes: Becomes
) -> None:
    await home_assistant.call("input_number", "set_value", entity_id=ENERGY, value=44)

    await home_assistant.restart()
    appdaemon.kill()
    appdaemon.start()
    await appdaemon.wait_for("App initialization complete", timeout_s=30)

    await becomes(ENERGY, "44.0")
    await becomes("switch.monta_garage_charge", "off")
    await show_prices(home_assistant)
    await becomes(PLAN, "waiting", wanted_kwh=44.0)


async def test_what_was_made_is_taken_away_when_that_is_asked_for(home_assistant: HomeAssistant, folder: Path) -> None:
    before = await made_there(home_assistant)

    have_it_removed(folder)

    deadline = time.monotonic() + PATIENCE_S
    while left := await made_there(home_assistant):
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.2)
    assert {"/monta-charging", ENERGY, MODE, "switch.monta_garage_charge"} <= before


def have_it_removed(folder: Path) -> None:
    """As a person edits apps.yaml."""
    (file,) = folder.rglob("apps.yaml")
    file.write_text(file.read_text().replace("settings_in_home_assistant: true", "settings_in_home_assistant: remove"))


async def made_there(home: HomeAssistant) -> set[str]:
    """Helpers, switches and dashboards that did not come with Home Assistant."""
    entities = {one["entity_id"] for one in await home.command("config/entity_registry/list")}
    dashboards = {f"/{one['url_path']}" for one in await home.command("lovelace/dashboards/list")}
    return {one for one in entities | dashboards if "monta" in one}
