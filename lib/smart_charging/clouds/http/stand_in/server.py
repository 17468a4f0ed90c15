"""Serves a stand-in over HTTP on loopback, at a free port."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import parse_qsl

from aiohttp import web

from smart_charging.clouds.http.stand_in.messages import ConnectionCutError, Request, Response

FORM = "application/x-www-form-urlencoded"
_SHUTDOWN_TIMEOUT_S = 0.1
"""For requests that are still open at the end; 0 would wait for ever."""


class Responds(Protocol):
    """A stand-in."""

    async def respond(self, request: Request) -> Response:
        """Answer one request, or raise `ConnectionCutError`."""
        ...


@asynccontextmanager
async def serve_at(stand_in: Responds, prefix: str, *, host: str, port: int) -> AsyncIterator[str]:
    """Run the stand-in until the block ends; yields the base URL.

    Args:
        prefix: The path that all of its own begin with, such as `/api/v1/`.
    """

    async def handle(incoming: web.Request) -> web.StreamResponse:
        try:
            return _outgoing(await stand_in.respond(await _request(incoming)))
        except ConnectionCutError:
            if incoming.transport is not None:
                incoming.transport.abort()
            return web.Response()

    app = web.Application()
    app.router.add_route("*", prefix + "{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_TIMEOUT_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}{prefix}"
    finally:
        await runner.cleanup()


async def _request(incoming: web.Request) -> Request:
    body = await incoming.read()
    return Request(
        method=incoming.method,
        path=incoming.match_info["path"],
        query=dict(incoming.query),
        headers={name.lower(): value for name, value in incoming.headers.items()},
        json=_form(body) if incoming.content_type == FORM else _json(body),
    )


def _form(body: bytes) -> Mapping[str, str]:
    return dict(parse_qsl(body.decode(errors="replace")))


def _json(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def _outgoing(response: Response) -> web.Response:
    outgoing = _without_cookies(response)
    for name, value in response.cookies.items():
        outgoing.set_cookie(name, value)
    return outgoing


def _without_cookies(response: Response) -> web.Response:
    if isinstance(response.body, str):
        return web.Response(
            status=response.status, text=response.body, content_type="text/html", headers=response.headers
        )
    return web.json_response(response.body, status=response.status, headers=response.headers)
