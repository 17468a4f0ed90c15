"""`smart-charging mcp`: which tools there are, and how they are served."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from smart_charging.cli.given import Given
from smart_charging.cli.home_over_rest import TOKEN_VARIABLE, checked_token, token_in
from smart_charging.cli.login import add_credentials_argument
from smart_charging.cli.mcp.operation_tools import allowable_groups, operation_tools
from smart_charging.cli.mcp.tool import Tool
from smart_charging.cli.parser import Parser
from smart_charging.errors import ConfigError

_TOKEN_FILE = ".smart_charging_mcp_token"  # noqa: S105  # a file's name
_HIGHEST_PORT = 65535


def add_arguments(parser: Parser) -> None:
    """Add the options of `mcp`."""
    parser.epilog = "Such as: smart-charging mcp --ha-url http://homeassistant.local:8123 --token-file token.txt"
    parser.add_argument("--ha-url", metavar="URL", help="Home Assistant's address, for the home's chargers")
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help=f"a file with a long-lived access token of an administrator ({TOKEN_VARIABLE} in the environment)",
    )
    parser.add_argument("--sessions", metavar="FILE", help="where the scheduler books its sessions, to list them")
    parser.add_argument("--read-only", action="store_true", help="without tools that start, stop or set something")
    parser.add_argument("--monta", action="store_true", help="with the operations of Monta's Partner API that read")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="GROUP",
        choices=allowable_groups(),
        help="with --monta: also what changes something in this group of operations; once per group",
    )
    add_credentials_argument(parser)
    parser.add_argument("--base-url", metavar="URL", help="where Monta answers, such as its sandbox")
    parser.add_argument("--http", metavar="PORT", help="serve HTTP on this machine's 127.0.0.1 instead of stdio")
    parser.add_argument(
        "--http-token-file",
        default=_TOKEN_FILE,
        metavar="FILE",
        help=f"the token for it, made up if the file is not there (default: {_TOKEN_FILE} in this folder)",
    )


def run(arguments: Namespace) -> int:
    """Serve until the client goes, or Ctrl-C."""
    given = Given(vars(arguments))
    if given.text("ha-url") is None and not given.has("monta"):
        raise ConfigError("write --ha-url for the home's chargers, --monta for Monta's operations, or both")
    if arguments.allow and (given.has("read-only") or not given.has("monta")):
        raise ConfigError("--allow goes with --monta and without --read-only")
    try:
        asyncio.run(_serve(arguments, given))
    except ModuleNotFoundError as err:
        if (err.name or "").partition(".")[0] not in {"mcp", "starlette", "uvicorn"}:
            raise
        raise ConfigError("the Python package mcp is missing; install it with: pip install 'mcp<2'") from err
    return 0


async def _serve(arguments: Namespace, given: Given) -> None:
    from smart_charging.cli.mcp.server import serve_stdio, server_of  # noqa: PLC0415  # the help needs no SDK

    async with _tools(arguments, given) as tools:
        server = server_of(tools)
        if given.text("http") is None:
            await serve_stdio(server)
            return
        from smart_charging.cli.mcp.over_http import LOOPBACK, serve_http, token_of  # noqa: PLC0415  # nor HTTP

        port = int(given.number("http", least=1, most=_HIGHEST_PORT))
        token = token_of(Path(arguments.http_token_file))
        print(f"http://{LOOPBACK}:{port}/mcp with the token in {arguments.http_token_file}", file=sys.stderr)
        await serve_http(server, port=port, token=token)


@asynccontextmanager
async def _tools(arguments: Namespace, given: Given) -> AsyncIterator[Sequence[Tool]]:
    """All tools that the options ask for, with what they talk to."""
    tools: list[Tool] = []
    async with AsyncExitStack() as open_ones:
        if url := given.text("ha-url"):
            tools += await open_ones.enter_async_context(_charging_tools(url, given))
        if given.has("monta"):
            tools += await open_ones.enter_async_context(_operation_tools(arguments))
        yield tools


@asynccontextmanager
async def _charging_tools(url: str, given: Given) -> AsyncIterator[Sequence[Tool]]:
    from smart_charging.cli.mcp.charging_tools import ChargingTools  # noqa: PLC0415  # the help needs no HTTP
    from smart_charging.cli.mcp.home import ChargingHome  # noqa: PLC0415

    file, sessions = given.text("token-file"), given.text("sessions")
    token = checked_token(token_in(Path(file)) if file else os.environ.get(TOKEN_VARIABLE))
    async with ChargingHome(url, token) as home:
        charging = ChargingTools(home, sessions_file=Path(sessions) if sessions else None)
        yield [*charging.reading(), *([] if given.has("read-only") else charging.commanding())]


@asynccontextmanager
async def _operation_tools(arguments: Namespace) -> AsyncIterator[Sequence[Tool]]:
    from smart_charging.clouds.monta_partner.login import opened  # noqa: PLC0415

    async with opened(arguments.credentials, arguments.base_url) as partner:
        yield operation_tools(partner, arguments.allow)
