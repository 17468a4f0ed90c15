"""The cloud's stand-in behind the HTTP library's back, and time that moves only when told."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import respx

from smart_charging.demo.messages import ConnectionCutError, Request
from smart_charging.demo.stand_in import MontaStandIn

EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
BASE_URL = "https://monta.test/api/v1/"


class Clock:
    """A clock moved by hand, or by whoever sleeps on it."""

    def __init__(self, start: datetime = EVENING) -> None:
        self.at = start
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        """What `now` arguments take."""
        return self.at

    def advance(self, **span: float) -> None:
        """Move on; arguments as for `timedelta`."""
        self.at += timedelta(**span)

    async def sleep(self, seconds: float) -> None:
        """Jump to the end of the sleep, or stay there if somebody else has jumped further."""
        self.slept.append(seconds)
        until = self.at + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        self.at = max(self.at, until)


def mount(stand_in: MontaStandIn, router: respx.MockRouter, base_url: str = BASE_URL) -> respx.Route:
    """Answer every request below the base URL from the stand-in, which checks tokens and records what was sent."""

    async def answer(request: httpx.Request) -> httpx.Response:
        try:
            response = await stand_in.respond(_request(request, base_url))
        except ConnectionCutError as err:
            raise httpx.RemoteProtocolError("server disconnected", request=request) from err
        if isinstance(response.body, str):
            return httpx.Response(response.status, headers=response.headers, html=response.body)
        return httpx.Response(response.status, headers=response.headers, json=response.body)

    return router.route(url__startswith=base_url).mock(side_effect=answer)


def _request(request: httpx.Request, base_url: str) -> Request:
    return Request(
        method=request.method,
        path=str(request.url.copy_with(query=None)).removeprefix(base_url),
        query=dict(request.url.params),
        headers=dict(request.headers),
        json=json.loads(request.content) if request.content else None,
    )
