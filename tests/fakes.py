"""The cloud's stand-in behind the HTTP library's back, and time that moves only when told."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import respx

from smart_charging.stand_in.cloud import MontaStandIn
from smart_charging.stand_in.messages import ConnectionCutError, Request

EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
BASE_URL = "https://monta.test/api/v1/"
PAYLOADS = Path(__file__).parent / "payloads"


class Clock:
    """A clock moved by hand, and by those who sleep on it once nobody has anything else to do."""

    def __init__(self, start: datetime = EVENING) -> None:
        self.at = start
        self._waking_at: list[datetime] = []

    def __call__(self) -> datetime:
        """What `now` arguments take."""
        return self.at

    def advance(self, **span: float) -> None:
        """Move on; arguments as for `timedelta`."""
        self.at += timedelta(**span)

    async def sleep(self, seconds: float) -> None:
        """What `sleep` arguments take: the first to wake moves the clock there."""
        until = self.at + timedelta(seconds=seconds)
        self._waking_at.append(until)
        try:
            while self.at < until:
                await asyncio.sleep(0)
                if until == min(self._waking_at) and self._everybody_else_waits():
                    self.at = until
        finally:
            self._waking_at.remove(until)

    def _everybody_else_waits(self) -> bool:
        """Whether only those who sleep on this clock are left to run; asyncio keeps that to itself."""
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # there is no public way
        return len(ready) < len(self._waking_at)


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


def payload(name: str) -> Any:
    """An answer as Monta shapes it, by its situation.

    Put together after the field logs named in the issues of nickknissen/hass-monta
    (#65, #125, #134, #171), with every value made up; none is a capture.
    """
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
