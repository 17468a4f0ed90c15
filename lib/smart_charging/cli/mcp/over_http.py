"""The server over HTTP, for programs of this machine that bring the token."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from smart_charging.errors import ConfigError
from smart_charging.files import replace_file

LOOPBACK = "127.0.0.1"
_SHORTEST = 16


def token_of(file: Path) -> str:
    """The token in the file, which only its owner may read; made up where there is no file yet.

    Raises:
        ConfigError: It is too short to be one.
    """
    if not file.exists():
        replace_file(file, secrets.token_urlsafe(32))
    token = file.read_text(encoding="utf-8").strip()
    if len(token) < _SHORTEST:
        raise ConfigError(f"{file}: a token has {_SHORTEST} characters or more; delete the file to get a new one")
    return token


def app_of(server: Server[Any, Any], token: str) -> Starlette:
    """The server, at any path, for those with the token.

    Pages in a browser are refused: their requests come with another host or an origin.
    """
    safety = TransportSecuritySettings(allowed_hosts=[f"{LOOPBACK}:*", "localhost:*"], allowed_origins=[])
    sessions = StreamableHTTPSessionManager(server, json_response=True, stateless=True, security_settings=safety)

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        brought = Headers(scope=scope).get("authorization", "")
        if hmac.compare_digest(brought.encode(), f"Bearer {token}".encode()):
            await sessions.handle_request(scope, receive, send)
        else:
            await PlainTextResponse("the token is missing or wrong", status_code=401)(scope, receive, send)

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        async with sessions.run():
            yield

    return Starlette(routes=[Mount("/", app=guarded)], lifespan=running)


async def serve_http(server: Server[Any, Any], *, port: int, token: str) -> None:
    """Until Ctrl-C, on this machine's own address only."""
    logging.getLogger("mcp.server.streamable_http").setLevel(logging.CRITICAL)  # a traceback for each request that ends
    config = uvicorn.Config(app_of(server, token), host=LOOPBACK, port=port, log_level="warning")
    await uvicorn.Server(config).serve()
