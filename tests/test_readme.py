"""What the README and its pages tell people to write works as it stands there."""

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import respx
import yaml

from smart_charging.charger import ChargerState, ChargeState
from smart_charging.cli.main import main
from smart_charging.clouds.monta.credentials import read_credentials
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.config.arguments import Settings, parse
from smart_charging.config.control import ControlSettings
from smart_charging.config.monitor import MonitorSettings
from smart_charging.config.scheduler import ChargerSchedule, SchedulerSettings
from smart_charging.entities.account import ACCOUNT_ENTITIES, LINK_ENTITIES, QUOTA_ENTITIES
from smart_charging.entities.plan_view import PlanState
from smart_charging.entities.price import PRICE_ENTITIES
from smart_charging.entities.tables import ALL_OF_A_CHARGER, entity_ids
from smart_charging.entities.wallet import WALLET_ENTITIES
from smart_charging.services.sessions.session_log import SESSIONS_FILE, BookedSession
from worlds.documentation import DOCUMENTATION, PAGES, ROOT, blocks
from worlds.fakes import BASE_URL
from worlds.rest_home import HA, TOKEN, RestHome, spot

MODELS: dict[str, type[Settings]] = {
    "charging_monitor": MonitorSettings,
    "charging_control": ControlSettings,
    "charging_scheduler": SchedulerSettings,
}
APPDAEMONS_OWN = {"module", "class", "dependencies"}
NIGHT = BookedSession(
    charger_id="410001",
    charger="Garage",
    plugged_in_at=datetime(2026, 1, 20, 16, 40, tzinfo=UTC),
    unplugged_at=datetime(2026, 1, 21, 6, 5, tzinfo=UTC),
    energy_kwh=22.0,
    cost=12.31,
    cost_at_once=20.1,
    currency="DKK",
)
"""The first of the sessions it shows."""


def apps_yaml() -> dict[str, dict[str, Any]]:
    return whole_apps_yaml()[0]


def whole_apps_yaml() -> list[dict[str, dict[str, Any]]]:
    """Those of Monta; the pages of other clouds have tests of their own, with arguments of their own."""
    wholes = [yaml.safe_load(block) for block in blocks("yaml") if "charging_monitor:" in block]
    return [apps for apps in wholes if "cloud" not in apps["charging_monitor"]]


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text: str) -> list[str]:
    return [slug(heading) for heading in re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?ms)^ *```.*?^ *```", "", text))]


def test_the_readme_is_read_on_one_visit() -> None:
    assert len(PAGES["README.md"].encode()) <= 12_000


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_to_pages_and_headings_that_exist(page: str) -> None:
    inside = [link for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]) if not link.startswith("http")]

    for file, _, heading in (link.partition("#") for link in inside):
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.exists(), file
        assert not heading or heading in anchors(target.read_text(encoding="utf-8")), f"{file}#{heading}"


@pytest.mark.parametrize("page", [page for page in PAGES if page != "README.md"])
def test_the_readme_leads_to_every_page(page: str) -> None:
    assert f"]({page})" in PAGES["README.md"]


@pytest.mark.parametrize("app", MODELS)
def test_its_apps_yaml_is_valid(app: str) -> None:
    arguments = {key: value for key, value in apps_yaml()[app].items() if key not in APPDAEMONS_OWN}

    parse(MODELS[app], arguments)


def test_every_apps_yaml_it_shows_is_valid() -> None:
    kinds: dict[str, type[Settings]] = {
        "ChargingMonitor": MonitorSettings,
        "ChargingControl": ControlSettings,
        "ChargingScheduler": SchedulerSettings,
    }

    for written in (app for apps in whole_apps_yaml() for app in apps.values()):
        arguments = {key: value for key, value in written.items() if key not in APPDAEMONS_OWN}
        parse(kinds[written["class"]], arguments)


@pytest.mark.parametrize("app", MODELS)
def test_its_apps_yaml_names_modules_and_classes_that_exist(app: str) -> None:
    written = apps_yaml()[app]

    source = (ROOT / "apps" / f"{written['module']}.py").read_text(encoding="utf-8")

    assert f"class {written['class']}(" in source


def test_its_secrets_are_found_by_the_apps(tmp_path: Path) -> None:
    (text,) = (block for block in blocks("yaml") if "monta_client_id:" in block)
    file = tmp_path / "secrets.yaml"
    file.write_text(text)

    assert read_credentials(file).client_secret.get_secret_value() == "..."


@pytest.mark.parametrize("app", MODELS)
def test_every_argument_is_explained(app: str) -> None:
    names = {field.alias or name for name, field in MODELS[app].model_fields.items()}

    assert {name for name in names if f"`{name}`" not in DOCUMENTATION} == set()


def test_every_argument_of_a_charger_is_explained() -> None:
    names = {field.alias or name for name, field in ChargerSchedule.model_fields.items()}

    assert {name for name in names if f"`{name}`" not in DOCUMENTATION} == set()


def scheduler_blocks() -> list[dict[str, Any]]:
    """Arguments of the scheduler, in whole or in part."""
    loaded = [yaml.safe_load(block) for block in blocks("yaml") if not re.search(r": !\w+ ", block)]
    wholes = [block["charging_scheduler"] for block in loaded if "charging_scheduler" in block]
    return wholes + [
        block for block in loaded if block.keys() & {"price_action", "price_cloud", "price_entity", "notify"}
    ]


@pytest.mark.parametrize("written", scheduler_blocks())
def test_its_examples_for_the_scheduler_are_valid(written: dict[str, Any]) -> None:
    rest: dict[str, Any] = {"chargers": [{"charge_point_id": 1, "energy_kwh": 20, "ready_by": "07:00"}]}
    rest |= {} if written.keys() & {"price_action", "price_cloud"} else {"price_entity": "sensor.nordpool"}

    parse(SchedulerSettings, rest | {key: value for key, value in written.items() if key not in APPDAEMONS_OWN})


def test_every_entity_of_a_charger_is_listed() -> None:
    assert [key for domain, key in ALL_OF_A_CHARGER if f"`{domain}.monta_garage_{key}`" not in DOCUMENTATION] == []


def test_every_entity_of_the_account_is_listed() -> None:
    tables = (WALLET_ENTITIES, ACCOUNT_ENTITIES, LINK_ENTITIES, QUOTA_ENTITIES, PRICE_ENTITIES)
    names = [f"`{row.domain}.monta_{row.key}`" for table in tables for row in table]

    assert [name for name in names if name not in DOCUMENTATION] == []


@pytest.mark.parametrize("states", [ChargerState, ChargeState, PlanState])
def test_every_state_is_listed(states: Any) -> None:
    assert [state for state in states if state != "unknown" and f"`{state}`" not in DOCUMENTATION] == []


def test_its_library_example_prints_the_chargers(monta: MontaStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    monta.add_charge_point("Garage")
    (example,) = (block for block in blocks("python") if "MontaCloud" in block)
    example = example.replace('client_id="..."', f"client_id={json.dumps(monta.tokens.client_id)}")
    example = example.replace(
        'client_secret="..."', f"client_secret={json.dumps(monta.tokens.client_secret)}, base_url={BASE_URL!r}"
    )

    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102  # our own words

    assert capsys.readouterr().out == "Garage available False\n"


def test_its_package_is_made_for_the_chargers_it_names(capsys: pytest.CaptureFixture[str]) -> None:
    (written,) = re.findall(r"smart-charging (package --charger .*) > ", DOCUMENTATION)

    code = main(shlex.split(written))

    package = yaml.safe_load(capsys.readouterr().out)
    options = package["script"]["monta_stop_charging"]["fields"]["charge_point_id"]["selector"]["select"]["options"]
    assert (code, [option["label"] for option in options]) == (0, ["garage", "Carport", "All chargers"])


def test_its_automation_calls_a_script_of_the_package_with_fields_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = (block for block in blocks("yaml") if "response_variable:" in block)
    action = yaml.safe_load(text)["actions"][0]

    main(["package", "--charger", "410001=garage"])

    scripts = yaml.safe_load(capsys.readouterr().out)["script"]
    assert set(action["data"]) <= set(scripts[action["action"].removeprefix("script.")]["fields"])
    assert action["data"]["charge_point_id"] in set(entity_ids("monta_garage"))


def test_its_commands_are_commands_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    help_text = capsys.readouterr().out
    words = set(re.findall(r"smart-charging (\w+)", DOCUMENTATION)) - {"https"}
    assert ended.value.code == 0
    assert {word for word in words if word not in help_text} == set()


@pytest.mark.parametrize("written", re.findall(r"(?m)^ +\.venv/bin/smart-charging (prices .*)", DOCUMENTATION))
def test_its_commands_about_prices_print_prices(
    written: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    router: respx.MockRouter,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    home = RestHome(router)
    home.states["sensor.nordpool_kwh_dk2_dkk_3_10_025"] = {"state": "1", "attributes": spot()}
    Path("spot.json").write_text(json.dumps(spot()), encoding="utf-8")
    Path("token").write_text(TOKEN, encoding="utf-8")
    Path("apps.yaml").write_text(next(b for b in blocks("yaml") if "charging_monitor:" in b), encoding="utf-8")

    code = main(shlex.split(written.replace("http://homeassistant.local:8123", HA) + " --now 2027-03-10T09:00"))

    assert (code, "0.5200" in capsys.readouterr().out) == (0, True)


def test_its_mqtt_block_is_the_one_of_the_example_file() -> None:
    (block,) = (block for block in blocks("yaml") if block.startswith("MQTT:"))

    example = (ROOT / "appdaemon.yaml.example").read_text(encoding="utf-8")

    assert "".join(f"    # {line}\n" for line in block.splitlines()) in example


def test_its_report_is_the_one_that_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (written,) = re.findall(r"(?m)^ +\.venv/bin/smart-charging (report \w.*)", DOCUMENTATION)
    (shown,) = (block for block in blocks("text") if "paid back" in block)
    (tmp_path / SESSIONS_FILE).write_bytes(NIGHT.line() + b"\n")
    monkeypatch.chdir(tmp_path)

    assert main(shlex.split(written)) == 0

    assert capsys.readouterr().out == shown


def test_every_key_of_the_json_for_programs_is_explained(
    monta: MontaStandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monta.add_charge_point()
    monkeypatch.chdir(tmp_path)
    login = {"monta_client_id": monta.tokens.client_id, "monta_client_secret": monta.tokens.client_secret}
    (tmp_path / "secrets.yaml").write_text(json.dumps(login))
    (tmp_path / SESSIONS_FILE).write_bytes(NIGHT.line() + b"\n")
    for words in (["check", "--base-url", BASE_URL], ["sessions"], ["report", "--month", "2026-01"]):
        main([*words, "--json"])

    keys = set(re.findall(r'"(\w+)":', capsys.readouterr().out))

    assert {"may_start_and_stop", "cost_at_once", "paid_back"} <= keys
    assert {key for key in keys if f"`{key}`" not in DOCUMENTATION} == set()
