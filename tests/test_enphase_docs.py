"""The page about Enphase: nothing in it is made up, and nothing is left out."""

from __future__ import annotations

import re

import pytest

from smart_charging.clouds.enphase.actions import Actions
from smart_charging.clouds.enphase.arguments import EnphaseSettings
from smart_charging.clouds.enphase.entities import ENPHASE_TABLES
from smart_charging.clouds.enphase.refusals import SENTENCES
from smart_charging.config.monitor import MonitorSettings
from worlds.docs_page import existing_tests, named_tests, page_of

PAGE = page_of("enphase")
ROWS = 29
"""What the integrations of today can do."""


def test_every_test_that_is_named_exists() -> None:
    named = named_tests(PAGE)

    found = existing_tests(named)

    assert named - found == set()
    assert named


def test_every_ability_has_a_row_with_a_test() -> None:
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", PAGE, flags=re.MULTILINE)

    assert [int(number) for number, _ in rows] == list(range(1, ROWS + 1))
    assert all("::test_" in shown for _, shown in rows)


def test_the_page_names_every_argument_and_entity() -> None:
    common, own = MonitorSettings.model_fields, EnphaseSettings.model_fields
    arguments = [field.alias or name for name, field in own.items() if common.get(name) is not field]
    new = [name for name in arguments if name not in {field.alias or name for name, field in common.items()}]
    chargers = [f"{row.domain}.enphase_garage_{row.key}" for row in ENPHASE_TABLES.charger]
    account = [f"{row.domain}.enphase_{row.key}" for row in ENPHASE_TABLES.account]

    missing = [name for name in [*new, *chargers, *account, *Actions.offered] if f"`{name}`" not in PAGE]

    assert missing == []


@pytest.mark.parametrize("said", re.findall(r"^\| \"(.+?)\" \|", PAGE, flags=re.MULTILINE))
def test_what_the_page_quotes_is_said(said: str) -> None:
    assert any(said in sentence for sentence in SENTENCES.values())
