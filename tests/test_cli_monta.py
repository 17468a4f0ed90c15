"""Monta's Partner API at the command line: every operation, and what people and programs get to see of it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smart_charging.cli.main import main
from smart_charging.cli.monta.hidden import HIDDEN
from smart_charging.cli.monta.names import by_group, option_of
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta_partner.operations import Operation, operations
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from worlds.fakes import BASE_URL, mount
from worlds.monta_partner import sent, some_parameters

if TYPE_CHECKING:
    import respx

NAMED = [(group, name, one) for group, members in by_group().items() for name, one in members.items()]

Ended = tuple[int, str, str]
Monta = Callable[..., Ended]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stand_in(router: respx.MockRouter) -> PartnerStandIn:
    """On this machine's own clock, as the command line is; answers anything, by its shape."""
    monta = PartnerStandIn(now=lambda: datetime.now(UTC))
    monta.served.is_by_shape_only = True
    mount(monta, router)
    return monta


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one in which the command is called."""
    monkeypatch.chdir(tmp_path)
    login = "monta_partner_client_id: stand-in-id\nmonta_partner_client_secret: stand-in-secret\n"
    (tmp_path / "secrets.yaml").write_text(login)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def monta(folder: Path, stand_in: PartnerStandIn, capsys: pytest.CaptureFixture[str]) -> Monta:
    def run(*words: str) -> Ended:
        code = main(["monta", *words, "--base-url", BASE_URL])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def written(operation: Operation) -> list[str]:
    """Something for each parameter, as options."""
    given = some_parameters(operation).items()
    return [f"{option_of(name)}={one if isinstance(one, str) else json.dumps(one)}" for name, one in given]


def test_every_operation_has_one_name_in_its_group() -> None:
    assert {one.name for _, _, one in NAMED} == set(operations())
    assert len(NAMED) == 188
    assert all(re.fullmatch(r"[a-z-]+", name) for _, name, _ in NAMED)


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/charges", "charges list"),
        ("GET", "/charges/{chargeId}", "charges get"),
        ("GET", "/charges/{chargeId}/stop", "charges stop"),
        ("GET", "/charges/{chargeId}/breakdown", "charges get-breakdown"),
        ("PATCH", "/charges/{chargeId}", "charges change"),
        ("POST", "/charge-points/{chargePointId}/reboot", "charge-points reboot"),
        ("DELETE", "/charge-points/{chargePointId}/charging-rules/{chargingRuleId}", "charging-rules delete"),
        ("PUT", "/webhooks/config", "webhooks set-config"),
        ("GET", "/webhooks/entries/{entryId}", "webhooks get-entry"),
        ("GET", "/prices/forecast", "prices-forecast get"),
    ],
)
def test_a_short_name_is_a_verb_and_what_is_not_common_to_the_group(method: str, path: str, words: str) -> None:
    group, name = words.split()

    assert (by_group()[group][name].method, by_group()[group][name].path) == (method, path)


def test_no_parameter_has_the_name_of_an_option_of_ours() -> None:
    ours = {"--all", "--body", "--yes", "--json", "--fields", "--curl", "--dry-run", "--credentials", "--base-url"}

    assert [one.name for one in operations().values() if ours & {option_of(each.name) for each in one.parameters}] == []


@pytest.mark.parametrize(
    ("group", "name", "operation"), NAMED, ids=[f"{group} {name}" for group, name, _ in NAMED]
)
def test_every_operation_is_called(
    stand_in: PartnerStandIn, monta: Monta, group: str, name: str, operation: Operation
) -> None:
    given = written(operation) if group != "authentication" else LOGINS[name]

    code, out, err = monta(group, name, *given, "--json", *(["--yes"] if operation.has_effect else []))

    assert (code, err) == (0, "")
    assert bool(out) == (operation.answer is not None)
    assert (stand_in.requests[-1].method, stand_in.requests[-1].status) == (operation.method, operation.status)
    assert not re.search(r"stand-in-(access|refresh|secret)", out)


LOGINS = {
    "get-me": [],
    "token": ["--client-id=stand-in-id", "--client-secret=stand-in-secret"],
    "refresh": ["--refresh-token=stand-in-refresh-1"],
}
