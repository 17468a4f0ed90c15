"""The page about Charge Amps: nothing in it is made up, and nothing is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from smart_charging.clouds.charge_amps.arguments import ChargeAmpsSettings
from smart_charging.clouds.charge_amps.credentials import API_KEY_KEY, CALLBACK_SECRET_KEY, EMAIL_KEY, PASSWORD_KEY
from smart_charging.clouds.charge_amps.entities import CHARGE_AMPS_TABLES
from smart_charging.config.arguments import parse
from smart_charging.config.monitor import MonitorSettings
from worlds.docs_page import existing_tests, named_tests, page_of

ROOT = Path(__file__).parents[1]
PAGE = page_of("charge_amps")
CLOUDS = ROOT / "lib" / "smart_charging" / "clouds"
ROWS = 17
"""What the integrations of today can do."""


def test_every_test_that_is_named_exists() -> None:
    named = named_tests(PAGE)

    found = existing_tests(named)

    assert named - found == set()
    assert named


def test_every_ability_has_a_row_with_a_test() -> None:
    rows = re.findall(r"^\| 001-(\d+) \| .+ \| (.+) \|$", PAGE, flags=re.MULTILINE)

    assert [int(number) for number, _ in rows] == list(range(1, ROWS + 1))
    assert all("::test_" in shown for _, shown in rows)


def test_the_page_names_every_argument_secret_and_entity() -> None:
    common, own = MonitorSettings.model_fields, ChargeAmpsSettings.model_fields
    arguments = [field.alias or name for name, field in own.items() if name not in common]
    connectors = [f"{row.domain}.charge_amps_garage_{row.key}" for row in CHARGE_AMPS_TABLES.charger]
    station = [f"{row.domain}.charge_amps_garage_station_{row.key}" for row in CHARGE_AMPS_TABLES.station]
    secrets = [EMAIL_KEY, PASSWORD_KEY, API_KEY_KEY, CALLBACK_SECRET_KEY]

    assert [name for name in [*arguments, *connectors, *station] if f"`{name}`" not in PAGE] == []
    assert [name for name in secrets if name not in PAGE] == []


def test_its_apps_yaml_is_valid() -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    written = yaml.safe_load(block)["charging_monitor"]

    parse(ChargeAmpsSettings, {key: one for key, one in written.items() if key not in {"module", "class"}})


@pytest.mark.parametrize("said", re.findall(r'^\| "(.+?)" \|', PAGE, flags=re.MULTILINE))
def test_what_the_page_quotes_is_said(said: str) -> None:
    sources = [*(CLOUDS / "charge_amps").glob("*.py"), *(CLOUDS / "http").glob("*.py")]

    assert any(said in file.read_text(encoding="utf-8") for file in sources)


def test_the_licence_is_mit() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
