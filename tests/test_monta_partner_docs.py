"""The page about Monta's Partner API: nothing in it is made up, and nothing is left out."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from smart_charging.clouds.monta_partner.arguments import MontaPartnerSettings
from smart_charging.clouds.monta_partner.client import BASE_URL, PartnerClient
from smart_charging.clouds.monta_partner.credentials import read_credentials
from smart_charging.clouds.monta_partner.entities import MONTA_PARTNER_TABLES
from smart_charging.clouds.monta_partner.operations import name_of, operations
from smart_charging.config.arguments import parse
from smart_charging.config.monitor import MonitorSettings
from smart_charging.errors import ConfigError
from worlds.docs_page import existing_tests, named_tests, page_of
from worlds.fakes import mount

if TYPE_CHECKING:
    import respx

    from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn

PAGE = page_of("monta_partner")
[EXAMPLE] = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_test_that_is_named_exists() -> None:
    named = named_tests(PAGE)

    assert named - existing_tests(named) == set()
    assert named


def test_it_names_every_argument_and_entity() -> None:
    own = [name for name in MontaPartnerSettings.model_fields if name not in MonitorSettings.model_fields]
    chargers = [f"{row.domain}.monta_partner_garage_{row.key}" for row in MONTA_PARTNER_TABLES.charger]
    account = [f"{row.domain}.monta_partner_{row.key}" for row in MONTA_PARTNER_TABLES.account]

    assert [name for name in [*own, *chargers, *account] if f"`{name}`" not in PAGE] == []


def test_its_apps_yaml_is_valid() -> None:
    [block] = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)]
    written = block["charging_monitor"]

    parse(MontaPartnerSettings, {key: one for key, one in written.items() if key not in {"module", "class"}})


def test_it_counts_the_operations_of_every_group() -> None:
    [listed] = re.findall(r"with the number of their operations: (.*?)\.\n", PAGE, flags=re.DOTALL)

    counted = {group: int(number) for group, number in re.findall(r"([\w-]+) (\d+)", listed)}

    assert counted == Counter(operation.group for operation in operations().values())
    assert f"{sum(counted.values())} operations" in PAGE.replace("\n", " ")


@pytest.mark.parametrize(
    ("method", "path", "name"), re.findall(r"^\| `(GET|POST|PUT) (\S+)` \| `(\S+)` \|$", PAGE, flags=re.MULTILINE)
)
def test_its_names_are_those_of_the_rule(method: str, path: str, name: str) -> None:
    assert name_of(method, path) == name
    assert operations()[name].path == path


def test_it_lists_all_methods_of_all_subjects(partner: PartnerClient) -> None:
    rows = re.findall(r"^\| `partner\.(\w+)` \| (.*) \|$", PAGE, flags=re.MULTILINE)
    subjects = {name: subject for name, subject in vars(partner).items() if is_subject(subject)}

    listed = {subject: set(re.findall(r"`(\w+)`", methods)) for subject, methods in rows}

    assert listed == {name: methods_of(subject) for name, subject in subjects.items()}


def is_subject(thing: object) -> bool:
    return type(thing).__module__.startswith("smart_charging.clouds.monta_partner.") and hasattr(thing, "_calls")


def methods_of(thing: object) -> set[str]:
    return {name for name, _ in inspect.getmembers(type(thing), inspect.isfunction) if not name.startswith("_")}


def test_its_example_starts_a_charge_and_finds_it(
    operator: PartnerStandIn, router: respx.MockRouter, capsys: pytest.CaptureFixture[str]
) -> None:
    mount(operator, router, BASE_URL)
    operator.add_charge_point("Garage")
    example = EXAMPLE.replace('client_id="..."', f"client_id={json.dumps(operator.tokens.client_id)}")
    example = example.replace('client_secret="..."', f"client_secret={json.dumps(operator.tokens.client_secret)}")

    exec(compile(example, "monta_partner.md", "exec"), {"__name__": "page"})  # noqa: S102  # our own words

    assert capsys.readouterr().out == "Garage available available\nstarting 20.0\n3\nstopping\n"


def test_the_credentials_stand_beside_those_of_the_public_api(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text("monta_client_id: p\nmonta_client_secret: q\nmonta_partner_client_id: r\n")
    with pytest.raises(ConfigError, match="no value for monta_partner_client_secret"):
        read_credentials(file)

    file.write_text("monta_client_id: p\nmonta_partner_client_id: r\nmonta_partner_client_secret: s\n")

    found = read_credentials(file)
    assert (found.client_id.get_secret_value(), found.client_secret.get_secret_value()) == ("r", "s")
