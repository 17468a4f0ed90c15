"""The package in a real Home Assistant, with a real AppDaemon behind its scripts, switches and buttons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from smart_charging.charger import Charger
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.dashboard.whole import dashboard_path
from smart_charging.demo.ha_install import Installation
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from smart_charging.setup.ha_dashboard import dashboard_file, ha_dashboard
from smart_charging.setup.ha_package import OLDEST_HOME_ASSISTANT, ha_package
from worlds.documentation import blocks
from worlds.real_house import MONTA_NAMES, PATIENCE_S, Becomes, apps_yaml, fast_monta, running_apps

pytestmark = pytest.mark.asyncio(loop_scope="session")

GARAGE, CARPORT = 410001, 410002
NAMES = {GARAGE: "Garage", CARPORT: "Carport sør"}
SWITCH, SHOWN_BY = "switch.monta_garage_charge", "switch.monta_garage_charging"
ENTITIES = {
    f"{domain}.monta_{word}_{key}"
    for word in ("garage", "carport_sor")
    for domain, key in (("switch", "charge"), ("button", "start_charging"), ("button", "stop_charging"))
}
FRESH = {
    "input_select.monta_garage_mode": "smart",
    "input_number.monta_garage_target_energy": "20.0",
    "input_datetime.monta_garage_ready_by": "07:00:00",
    "input_number.monta_garage_minimum_energy": "0.0",
    "input_number.monta_carport_sor_price_limit": "-1.0",
    "input_boolean.monta_carport_sor_one_block": "off",
}
SET: dict[str, tuple[str, dict[str, object], str]] = {
    "input_select.monta_garage_mode": ("select_option", {"option": "off"}, "off"),
    "input_number.monta_garage_target_energy": ("set_value", {"value": 33.3}, "33.3"),
    "input_datetime.monta_garage_ready_by": ("set_datetime", {"time": "00:00:00"}, "00:00:00"),
    "input_datetime.monta_garage_ready_by_once": (
        "set_datetime",
        {"datetime": "2040-01-02 05:30:00"},
        "2040-01-02 05:30:00",
    ),
    "input_number.monta_garage_minimum_energy": ("set_value", {"value": 5}, "5.0"),
    "input_number.monta_garage_price_limit": ("set_value", {"value": 0}, "0.0"),
    "input_boolean.monta_garage_one_block": ("turn_on", {}, "on"),
    "input_number.monta_carport_sor_target_energy": ("set_value", {"value": 0}, "0.0"),
}
"""Action, its data, and the state after it; at one charger midnight without 0 kWh, at the other 0 kWh by seven."""
SLOTS = [
    {
        "start": f"2026-11-20T{start}:00+00:00",
        "end": f"2026-11-20T{end}:00+00:00",
        "price_per_kwh": price,
        "energy_kwh": 2.75,
    }
    for start, end, price in (("22:45", "23:00", 0), ("23:00", "23:15", -0.1), ("23:15", "23:30", 1.5))
]
TABLE = [
    "| from - to | &emsp;DKK/kWh | &emsp;kWh |",
    "|:--|--:|--:|",
    "| Fri 23:45-00:00 | 0.000 | 2.75 |",
    "| Sat 00:00-00:15 | -0.100 | 2.75 |",
    "| Sat 00:15-00:30 | 1.500 | 2.75 |",
]
AUTOMATION = """\
automation:
  - id: charge_at_will
    alias: Charge at will
    triggers:
      - trigger: event
        event_type: charge_at_will
    actions:
      - action: script.monta_start_charging
        data:
          charge_point_id: "{{ trigger.event.data.charger }}"
          limit_kwh: "{{ trigger.event.data.limit_kwh }}"
        response_variable: told
      - action: input_text.set_value
        target:
          entity_id: input_text.told
        data:
          value: "{{ 'charge ' ~ told.charge_id if told.ok else told.error }}"
input_text:
  told:
    max: 255
"""


def chargers() -> list[Charger]:
    return [Charger.named(str(point_id), name) for point_id, name in NAMES.items()]


def package(patience: timedelta = timedelta(seconds=PATIENCE_S)) -> str:
    return ha_package(chargers(), MONTA_NAMES, patience=patience)


def hasty_package() -> str:
    """Scripts that wait a second, and whose event nobody listens to."""
    scripts, _, _ = package(timedelta(seconds=1)).partition("# Real entities")
    return scripts.replace("monta_", "hasty_")


def folder_with(folder: Path, packages: dict[str, str]) -> Path:
    """What people are told people to have."""
    (folder / "packages").mkdir()
    (folder / "configuration.yaml").write_text("homeassistant:\n  packages: !include_dir_named packages\n")
    for name, text in packages.items():
        (folder / "packages" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module", autouse=True)
def recent_enough(home_assistant_installation: Installation) -> None:
    if home_assistant_installation.series < OLDEST_HOME_ASSISTANT:
        pytest.skip(f"the package needs a newer Home Assistant than {home_assistant_installation.version}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home_assistant(
    home_assistant_installation: Installation, recent_enough: None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HomeAssistant]:
    packages = {"monta": package(), "hasty": hasty_package(), "automation": AUTOMATION}
    async with HomeAssistant(
        tmp_path_factory.mktemp("home"),
        home_assistant_installation,
        packages=packages,
        files={dashboard_file(MONTA_NAMES): ha_dashboard(chargers(), MONTA_NAMES)},
    ) as running:
        yield running
        running.process.kill()  # as in conftest.py


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def monta() -> MontaStandIn:
    stand_in = fast_monta()
    for name in NAMES.values():
        stand_in.add_charge_point(name)
    return stand_in


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def appdaemon(
    home_assistant: HomeAssistant, monta: MontaStandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    folder = tmp_path_factory.mktemp("appdaemon")
    async with serve(monta) as base_url, running_apps(folder, apps_yaml(base_url), monta, home_assistant) as process:
        yield process


@pytest_asyncio.fixture(loop_scope="session")
async def cars(appdaemon: Process, monta: MontaStandIn, becomes: Becomes) -> AsyncIterator[None]:
    """A car at every charger, none of them charging, and none again afterwards."""
    for point in monta.site.points.values():
        if not point.car:
            monta.plug_in(point.id, Car(wants_kwh=50))
    for word in ("garage", "carport_sor"):
        await becomes(f"binary_sensor.monta_{word}_cable", "on")
        await becomes(f"switch.monta_{word}_charging", "off", pending="false")
        await becomes(f"switch.monta_{word}_charge", "off")
    yield
    for point in monta.site.points.values():
        if point.charge and point.charge.is_open:
            monta.stop_by_hand(point.id)


async def ask(home_assistant: HomeAssistant, script: str, **data: object) -> dict[str, Any]:
    """Call a script as the REST API does it."""
    answer = await home_assistant.post(f"/api/services/script/{script}?return_response", data)
    response: dict[str, Any] = answer["service_response"]
    return response


async def test_it_passes_home_assistants_own_check_and_so_does_the_documentations_automation(
    home_assistant_installation: Installation, tmp_path: Path
) -> None:
    (written,) = (block for block in blocks("yaml") if "actions:" in block)
    automation = {"automation": [{"alias": "Documentation", "triggers": [], **yaml.safe_load(written)}]}

    folder = folder_with(tmp_path, {"monta": package(), "documentation": yaml.safe_dump(automation)})

    assert await complaints(home_assistant_installation, folder) == []


async def test_the_check_would_find_a_mistake(home_assistant_installation: Installation, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"monta": package().replace("turn_off:", "turn_of:")})

    assert "turn_of" in "".join(await complaints(home_assistant_installation, folder))


async def complaints(installation: Installation, folder: Path) -> list[str]:
    """What the check says is wrong or outdated; it fetches what only itself needs, once.

    Its exit code does not tell of integrations that are left out.
    """
    command: list[str | Path] = [installation.python, "-m", "homeassistant", "--script", "check_config", "-c", folder]
    async with Process("the check", command, log=folder / "check.log", cwd=folder) as process:
        code = await process.wait()
        lines = process.output().splitlines()
    assert any("Testing configuration" in line for line in lines)
    said = [line for line in lines if "Testing configuration" not in line and not line.startswith("INFO:")]
    return said if code == 0 else [f"exit code {code}", *said]


async def test_a_script_that_nobody_answers_says_so(home_assistant: HomeAssistant) -> None:
    answer = await ask(home_assistant, "hasty_start_charging", charge_point_id="410001")

    assert answer["ok"] is False
    assert answer["error"].startswith("AppDaemon did not answer within 1 s;")


@pytest.mark.usefixtures("cars")
async def test_every_entity_has_the_id_that_was_promised_and_stands_in_the_registry(
    home_assistant: HomeAssistant,
) -> None:
    registered = {entry["entity_id"] for entry in await home_assistant.command("config/entity_registry/list")}

    assert registered >= ENTITIES
    assert SHOWN_BY not in registered


@pytest.mark.usefixtures("cars")
async def test_a_script_answers_with_the_charge_that_it_started(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    started = await ask(home_assistant, "monta_start_charging", charge_point_id="Garage", limit_kwh=20)
    await becomes(SWITCH, "on")
    stopped = await ask(home_assistant, "monta_stop_charging", charge_point_id=[SWITCH, SHOWN_BY])

    charge = monta.charge_of(GARAGE)
    assert charge is not None
    assert (started["ok"], started["charger"], started["charge_id"]) == (True, "Garage", str(charge.id))
    assert [one["charge_id"] for one in stopped["results"]] == [str(charge.id)]


@pytest.mark.usefixtures("cars")
async def test_a_script_answers_for_every_charger_at_once(home_assistant: HomeAssistant, becomes: Becomes) -> None:
    answer = await ask(home_assistant, "monta_start_charging", charge_point_id="all")
    await becomes(SWITCH, "on")
    await becomes("switch.monta_carport_sor_charge", "on")

    assert answer["ok"] is True
    assert [one["charger"] for one in answer["results"]] == list(NAMES.values())


@pytest.mark.usefixtures("cars")
async def test_each_of_ten_calls_at_once_gets_its_own_answer(home_assistant: HomeAssistant) -> None:
    wrong = [f"nobody {number}" for number in range(10)]

    answers = await asyncio.gather(
        *(ask(home_assistant, "monta_stop_charging", charge_point_id=name) for name in wrong)
    )

    assert [answer["charge_point_id"] for answer in answers] == wrong


@pytest.mark.usefixtures("cars")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "charge_point_id is missing"),
        ({"charge_point_id": "Shed"}, "there is no charge point Shed in this account; there is 410001 (Garage)"),
        ({"charge_point_id": "410001", "limit_kwh": 0}, "limit_kwh is '0'; write a number more than 0"),
        ({"charge_point_id": "410001", "limit_minutes": "soon"}, "limit_minutes is 'soon'"),
    ],
    ids=["missing", "unknown", "limit", "words"],
)
async def test_a_script_answers_what_is_wrong(home_assistant: HomeAssistant, data: dict[str, Any], words: str) -> None:
    answer = await ask(home_assistant, "monta_start_charging", **data)

    assert answer["ok"] is False
    assert words in answer["error"]


@pytest.mark.usefixtures("cars")
async def test_an_automation_uses_the_answer_and_the_limit_ends_the_charge(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes
) -> None:
    before = set(monta.site.charges)

    await home_assistant.fire("charge_at_will", charger="sensor.monta_garage_state", limit_kwh=0.005)
    await becomes(SWITCH, "on")

    (charge_id,) = set(monta.site.charges) - before
    await becomes("input_text.told", f"charge {charge_id}")
    await becomes("sensor.monta_garage_last_charge", "stopped", charge_id=str(charge_id))


@pytest.mark.usefixtures("cars")
async def test_an_automation_learns_why_nothing_was_started(home_assistant: HomeAssistant, becomes: Becomes) -> None:
    await home_assistant.fire("charge_at_will", charger="Shed", limit_kwh=5)

    await becomes(
        "input_text.told",
        "there is no charge point Shed in this account; there is 410001 (Garage), 410002 (Carport sør)",
    )


@pytest.mark.usefixtures("cars")
async def test_the_switch_starts_and_stops_by_its_entity(home_assistant: HomeAssistant, becomes: Becomes) -> None:
    await home_assistant.call("switch", "turn_on", entity_id=SWITCH)
    await becomes("sensor.monta_garage_state", "charging")
    shown = await becomes(SWITCH, "on")
    charge = await becomes("sensor.monta_garage_last_charge", "charging")
    await home_assistant.call("switch", "toggle", entity_id=SWITCH)
    await becomes(SWITCH, "off")

    charge_id = charge["attributes"]["charge_id"]
    await becomes("sensor.monta_garage_last_charge", "stopped", charge_id=charge_id)
    assert shown["attributes"]["friendly_name"] == "Monta Garage charge"


@pytest.mark.usefixtures("cars")
async def test_the_switch_starts_and_stops_by_its_area(home_assistant: HomeAssistant, becomes: Becomes) -> None:
    area = await home_assistant.command("config/area_registry/create", name="Driveway")
    place = {"entity_id": SWITCH, "area_id": area["area_id"]}
    await home_assistant.command("config/entity_registry/update", **place)

    await home_assistant.call("switch", "turn_on", area_id=area["area_id"])
    charge = await becomes("sensor.monta_garage_last_charge", "charging")
    await home_assistant.call("switch", "turn_off", area_id=area["area_id"])

    charge_id = charge["attributes"]["charge_id"]
    await becomes("sensor.monta_garage_last_charge", "stopped", charge_id=charge_id)
    await becomes(SWITCH, "off")
    await becomes("switch.monta_carport_sor_charge", "off")


@pytest.mark.usefixtures("cars")
async def test_the_buttons_start_and_stop(home_assistant: HomeAssistant, becomes: Becomes) -> None:
    await home_assistant.call("button", "press", entity_id="button.monta_carport_sor_start_charging")
    await becomes("switch.monta_carport_sor_charge", "on")
    charge = await becomes("sensor.monta_carport_sor_last_charge", "charging")
    await home_assistant.call("button", "press", entity_id="button.monta_carport_sor_stop_charging")

    charge_id = charge["attributes"]["charge_id"]
    await becomes("sensor.monta_carport_sor_last_charge", "stopped", charge_id=charge_id)


@pytest.mark.parametrize(("entity_id", "state"), FRESH.items())
async def test_a_new_helper_is_harmless(becomes: Becomes, entity_id: str, state: str) -> None:
    await becomes(entity_id, state)


async def test_a_new_one_off_departure_lies_behind(home_assistant: HomeAssistant) -> None:
    helper = await home_assistant.state("input_datetime.monta_garage_ready_by_once")

    assert helper is not None
    assert datetime.fromtimestamp(helper["attributes"]["timestamp"], UTC) <= datetime.now(UTC)


async def test_helpers_that_nobody_has_set_get_their_values_without_a_restart_too(
    home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    energy, ready_by = "input_number.monta_garage_target_energy", "input_datetime.monta_garage_ready_by"
    await home_assistant.call("input_number", "set_value", entity_id=energy, value=0)
    await home_assistant.call("input_datetime", "set_datetime", entity_id=ready_by, time="00:00:00")

    await home_assistant.call("automation", "reload")

    await becomes(energy, "20.0")
    await becomes(ready_by, "07:00:00")


async def test_the_dashboard_has_a_view_per_charger(home_assistant: HomeAssistant) -> None:
    dashboards = await home_assistant.command("lovelace/dashboards/list")
    dashboard = await home_assistant.command("lovelace/config", url_path=dashboard_path(MONTA_NAMES))

    assert [view["title"] for view in dashboard["views"]] == [*NAMES.values(), "History"]
    assert [found["title"] for found in dashboards if found["url_path"] == dashboard_path(MONTA_NAMES)] == ["Charging"]


async def test_the_dashboard_shows_the_plan_with_prices_of_0_and_less(home_assistant: HomeAssistant) -> None:
    plan = {"sentence": "Charges tonight.", "slots": SLOTS, "currency": "DKK", "problems": ["a_b is 'x'", "two"]}
    await home_assistant.post("/api/states/sensor.monta_garage_plan", {"state": "waiting", "attributes": plan})

    words, _, _, table = await written(home_assistant)

    assert words.split("\n") == ["Charges tonight.", "- a_b is 'x'", "- two"]
    assert table.split("\n") == TABLE


async def test_the_dashboard_says_that_there_is_no_plan(home_assistant: HomeAssistant) -> None:
    await home_assistant.post("/api/states/sensor.monta_garage_plan", {"state": "unavailable"})

    words, _, _, table = await written(home_assistant)

    assert (words, table) == ("There is no plan now.", "No slots are planned.")


async def test_the_dashboard_shows_the_chart_and_the_database_does_not_keep_it(home_assistant: HomeAssistant) -> None:
    for number in range(3):
        chart = {"state": str(number), "attributes": {"chart": f"data:image/svg+xml;base64,PHN2Zy{number}+"}}
        await home_assistant.post("/api/states/sensor.monta_garage_chart", chart)
        await home_assistant.post("/api/states/sensor.monta_garage_power", {"state": str(number)})

    _, picture, *_ = await written(home_assistant)

    assert '<img src="data:image/svg+xml;base64,PHN2Zy2+" width="100%"' in picture
    async with asyncio.timeout(PATIENCE_S):
        while await states_kept(home_assistant, "sensor.monta_garage_power") < 3:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.2)
    assert await states_kept(home_assistant, "sensor.monta_garage_chart") == 0


async def states_kept(home_assistant: HomeAssistant, entity_id: str) -> int:
    """How many states of the last hour the database holds."""
    found = await home_assistant.command(
        "history/history_during_period",
        start_time=(datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        entity_ids=[entity_id],
        significant_changes_only=False,
    )
    return len(found.get(entity_id, []))


async def written(home_assistant: HomeAssistant) -> list[str]:
    """The first view's texts, as Home Assistant renders them."""
    dashboard = await home_assistant.command("lovelace/config", url_path=dashboard_path(MONTA_NAMES))
    cards = [card for section in dashboard["views"][0]["sections"] for card in section["cards"]]
    templates = [card["content"] for card in cards if card["type"] == "markdown"]
    return [(await home_assistant.post("/api/template", {"template": text})).strip() for text in templates]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def restarted(home_assistant: HomeAssistant) -> None:
    """A restart after people have set every helper."""
    for entity_id, (service, data, _) in SET.items():
        await home_assistant.call(entity_id.partition(".")[0], service, entity_id=entity_id, **data)
    await home_assistant.restart()


@pytest.mark.usefixtures("restarted")
@pytest.mark.parametrize("entity_id", SET)
async def test_a_helper_keeps_over_a_restart_what_was_set(becomes: Becomes, entity_id: str) -> None:
    _, _, state = SET[entity_id]

    await becomes(entity_id, state)


@pytest.mark.usefixtures("cars", "restarted")
async def test_after_a_restart_of_home_assistant_switch_and_scripts_work_again(
    home_assistant: HomeAssistant, becomes: Becomes
) -> None:
    await becomes(SWITCH, "off")

    started = await ask(home_assistant, "monta_start_charging", charge_point_id=SWITCH)
    await becomes(SWITCH, "on")

    assert started["ok"] is True
