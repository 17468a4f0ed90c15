"""Monta's operations as tools for language models: which there are, which never, and what is kept from a model."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.memory import create_connected_server_and_client_session as connected

from smart_charging.cli.main import main
from smart_charging.cli.mcp.charging_tools import ChargingTools
from smart_charging.cli.mcp.home import ChargingHome
from smart_charging.cli.mcp.operation_tools import MONEY_GROUPS, SECRET_GROUPS, allowable_groups, operation_tools
from smart_charging.cli.mcp.over_http import app_of, token_of
from smart_charging.cli.mcp.server import server_of
from smart_charging.cli.mcp.short import as_text, fit_for_a_model
from smart_charging.cli.mcp.tool import Tool
from smart_charging.clouds.monta_partner.operations import operations
from smart_charging.errors import ConfigError
from worlds.docs_page import existing_tests, named_tests, page_of
from worlds.fakes import PAYLOADS
from worlds.model import answer_of, refusal_of
from worlds.monta_partner import sent, some_parameters

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn

LIB = PAYLOADS.parents[1] / "lib"
READING = [one for one in operations().values() if not one.has_effect]
TOKEN = "a-token-that-is-long-enough"

Connect = Callable[..., AbstractAsyncContextManager[ClientSession]]


@pytest.fixture
def monta(operator: PartnerStandIn) -> PartnerStandIn:
    """That answers anything, by its shape."""
    operator.served.is_by_shape_only = True
    return operator


@pytest.fixture
def connect(partner: PartnerClient) -> Connect:
    def connected_to(*allowed: str) -> AbstractAsyncContextManager[ClientSession]:
        return connected(server_of(operation_tools(partner, allowed)))

    return connected_to


@pytest.fixture
def bare_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, in which the command is called without a token in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HASS_TOKEN", raising=False)
    return tmp_path


async def names_of(client: ClientSession) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


async def test_by_default_all_that_reads_is_a_tool_and_nothing_else(connect: Connect) -> None:
    async with connect() as client:
        tools = (await client.list_tools()).tools

    secret = {one.name for one in READING if one.group in SECRET_GROUPS} | {"get-charge-point-ocpp-config"}
    assert {tool.name for tool in tools} == {one.name for one in READING} - secret
    assert all(tool.annotations and tool.annotations.readOnlyHint for tool in tools)
    assert len(tools) == 94


async def test_a_group_that_is_allowed_adds_what_changes_something_in_it(connect: Connect) -> None:
    async with connect() as client:
        before = await names_of(client)
    async with connect("charges", "charge-points") as client:
        added = await names_of(client) - before

    assert {"post-charges", "get-charge-stop", "get-charge-restart", "post-charge-point-reboot"} <= added
    assert {operations()[name].group for name in added} == {"charges", "charge-points"}
    assert "delete-charge-point" not in added


async def test_whatever_is_allowed_deletes_money_and_secrets_are_no_tools(connect: Connect) -> None:
    everything = {one.group for one in operations().values()}

    async with connect(*everything) as client:
        offered = [operations()[name] for name in await names_of(client)]

    assert [one.name for one in offered if one.method == "DELETE" or one.group in SECRET_GROUPS] == []
    assert [one.name for one in offered if one.has_effect and one.group in MONEY_GROUPS] == []
    assert [one.name for one in offered if "ocpp-config" in one.name] == []


async def test_every_tool_is_called_and_answers(monta: PartnerStandIn, connect: Connect) -> None:
    async with connect(*allowable_groups()) as client:
        names = await names_of(client)
        for name in names:
            await answer_of(client, name, **some_parameters(operations()[name]))

    assert len(sent(monta)) == len(names)


async def test_a_description_says_what_it_does_where_and_whether_it_changes_something(connect: Connect) -> None:
    async with connect("charges") as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    assert [tools[name].description for name in ("get-charges", "get-charge-stop")] == [
        "Monta, charges: List charges, newest first; 20,000 at most. Times are in UTC, such as 2026-11-01T00:00:00Z.",
        "Monta, charges: Stop a charge. Changes something: ask the person first.",
    ]
    assert tools["get-charge-stop"].inputSchema["required"] == ["chargeId"]


async def test_a_list_is_told_in_pages(monta: PartnerStandIn, connect: Connect) -> None:
    monta.served.made_up_rows = 25

    async with connect() as client:
        first = await answer_of(client, "get-operators")
        last = await answer_of(client, "get-operators", page=2)
        more = await answer_of(client, "get-auditlog-events", perPage=20)
        rest = await answer_of(client, "get-auditlog-events", perPage=20, after=more["after"])

    assert ([len(each["rows"]) for each in (first, last, more, rest)], first["pages"]) == ([10, 5, 20, 5], 3)


async def test_a_wrong_call_is_answered_and_sends_nothing(monta: PartnerStandIn, connect: Connect) -> None:
    async with connect() as client:
        assert "'chargeId' is a required property" in await refusal_of(client, "get-charge")
        assert "'sate' was unexpected" in await refusal_of(client, "get-charges", sate="charging")
        assert "there is no such tool" in await refusal_of(client, "delete-charge-point")

    assert sent(monta) == []


def test_secrets_addresses_serials_and_free_text_are_left_out() -> None:
    answer = {
        "id": 7,
        "name": "Garage",
        "serialNumber": "SN-1",
        "webhookSecret": "psst",
        "note": "by the door",
        "location": {"address": {"address1": "Hidden Lane 1"}},
        "user": {"id": 5, "email": "a@b.test"},
        "connectors": [{"identifier": "X1", "maxKw": 11.0}],
        "deletedAt": None,
    }

    assert fit_for_a_model(answer) == {"id": 7, "name": "Garage", "user": {"id": 5}, "connectors": [{"maxKw": 11}]}


def test_a_long_answer_is_cut_to_what_fits_and_says_so() -> None:
    rows = [{"id": number, "text": "x" * 250} for number in range(100)]

    text = as_text({"rows": rows, "page": 0})

    told = json.loads(text)
    assert len(text) <= 12_000
    assert (len(told["rows"]), told["cut"]) == (25, "ask for fewer rows at once to see the others")
    assert fit_for_a_model({"ids": list(range(40)), "text": "y" * 500}) == {
        "ids": [*range(25), "and 15 more"],
        "text": f"{'y' * 300}...",
    }


@asynccontextmanager
async def served(partner: PartnerClient) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """The HTTP server without a socket: what makes clients of it."""
    app = app_of(server_of(operation_tools(partner, [])), TOKEN)

    def client(headers: dict[str, str] | None = None, **_more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers, follow_redirects=True)

    async with app.router.lifespan_context(app):
        yield client


async def test_over_http_the_sdks_client_needs_the_token(partner: PartnerClient) -> None:
    async with (
        served(partner) as client,
        streamablehttp_client(
            "http://127.0.0.1:8000/mcp", {"Authorization": f"Bearer {TOKEN}"}, httpx_client_factory=client
        ) as (reads, writes, _),
        ClientSession(reads, writes) as session,
    ):
        await session.initialize()

        assert "get-charges" in await names_of(session)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "evil.test"}, 421),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.test"}, 400),
    ],
)
async def test_over_http_strangers_are_refused(partner: PartnerClient, headers: dict[str, str], status: int) -> None:
    async with served(partner) as client, client() as http:
        answer = await http.post("http://127.0.0.1:8000/mcp/", headers=headers, json={})

    assert answer.status_code == status


def test_the_token_for_http_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "token"

    token = token_of(file)

    assert len(token) >= 40
    assert token_of(file) == token
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("short")
    with pytest.raises(ConfigError, match="16 characters or more"):
        token_of(file)


async def test_as_a_process_it_speaks_over_stdin_and_stdout(tmp_path: Path) -> None:
    login = "monta_partner_client_id: an-id\nmonta_partner_client_secret: a-secret\n"
    (tmp_path / "secrets.yaml").write_text(login)
    words = [
        "-m",
        "smart_charging",
        "mcp",
        "--monta",
        "--ha-url",
        "http://127.0.0.1:9",
        "--base-url",
        "http://127.0.0.1:9",
    ]
    server = StdioServerParameters(
        command=sys.executable,
        args=words,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(LIB), "HASS_TOKEN": "abc.def", "NO_PROXY": "127.0.0.1"},
    )

    async with stdio_client(server) as (reads, writes), ClientSession(reads, writes) as session:
        await session.initialize()
        names = await names_of(session)
        refused = await refusal_of(session, "list_chargers")

    assert {"list_chargers", "get_plan", "start_charging", "get-charges"} <= names
    assert len(names) == 94 + 9
    assert "127.0.0.1:9 cannot be reached" in refused


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "write --ha-url for the home's chargers, --monta for Monta's operations, or both"),
        (["--ha-url", "http://ha.test", "--allow", "charges"], "--allow goes with --monta and without --read-only"),
        (["--monta", "--read-only", "--allow", "charges"], "--allow goes with --monta and without --read-only"),
        (["--monta"], "monta_partner_client_id"),
        (["--ha-url", "http://ha.test"], "write --token-file and a file with a token, or set HASS_TOKEN"),
    ],
)
def test_what_is_missing_is_told_in_one_line(
    words: Sequence[str], problem: str, bare_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not list(bare_folder.iterdir())

    code = main(["mcp", *words])

    printed = capsys.readouterr()
    assert (code, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert problem in printed.err


def test_read_only_leaves_out_the_tools_that_command(bare_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[Tool] = []

    async def serve(_server: object) -> None:
        pass

    monkeypatch.setenv("HASS_TOKEN", "abc.def")
    monkeypatch.setattr("smart_charging.cli.mcp.server.server_of", offered.extend)
    monkeypatch.setattr("smart_charging.cli.mcp.server.serve_stdio", serve)

    code = main(["mcp", "--ha-url", "http://ha.test", "--read-only", "--sessions", str(bare_folder / "sessions.jsonl")])

    names = [tool.name for tool in offered]
    assert (code, names) == (0, ["list_chargers", "get_plan", "get_prices", "get_saving", "list_sessions"])


def test_the_page_names_the_tools_and_what_can_be_allowed_and_what_not() -> None:
    page = page_of("mcp")
    tools = ChargingTools(ChargingHome("http://ha.test", "abc"), sessions_file=Path("some.jsonl"))

    listed = set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))

    assert listed == {tool.name for tool in [*tools.reading(), *tools.commanding()]}
    groups = [*SECRET_GROUPS, *MONEY_GROUPS, *allowable_groups()]
    assert [group for group in groups if f"`{group}`" not in page] == []


def test_every_test_that_the_page_names_exists() -> None:
    named = named_tests(page_of("mcp"))

    assert named
    assert named - existing_tests(named) == set()


def test_money_cannot_be_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["mcp", "--monta", "--allow", "wallet-transactions"])

    assert "'wallet-transactions' is not one of " in capsys.readouterr().err


@pytest.mark.usefixtures("bare_folder")
def test_without_the_sdk_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("smart_charging.cli.mcp.server")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("mcp", "mcp.server", "mcp.server.lowlevel"):
        monkeypatch.setitem(sys.modules, name, None)

    code = main(["mcp", "--monta"])

    assert (code, "pip install 'mcp<2'" in capsys.readouterr().err) == (2, True)
