"""The cloud's stand-in behind the HTTP library's back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import respx

from smart_charging.clouds.http.stand_in.messages import Response
from smart_charging.clouds.http.stand_in.server import FORM, Responds
from smart_charging.clouds.monta.client import MontaClient
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import ConnectionCutError, Request

BASE_URL = "https://monta.test/api/v1/"
PAYLOADS = Path(__file__).parents[1] / "payloads"


def mount(stand_in: Responds, router: respx.MockRouter, base_url: str = BASE_URL) -> respx.Route:
    """Answer every request below the base URL from the stand-in, which checks tokens and records what was sent."""

    async def answer(request: httpx.Request) -> httpx.Response:
        return await _answered(stand_in, _request(request, base_url))

    return router.route(url__startswith=base_url).mock(side_effect=answer)


class ShortCut(httpx.AsyncClient):
    """Straight to the stand-in: on days of polling, httpx and respx take more time than all that is tested."""

    def __init__(self, stand_in: Responds, prefix: str = "") -> None:
        super().__init__(verify=False)  # it connects to nobody, and reading certificates takes time
        self._stand_in = stand_in
        self._prefix = prefix

    async def request(self, method: str, url: httpx.URL | str, **content: Any) -> httpx.Response:
        return await _answered(
            self._stand_in,
            Request(
                method=method,
                path=self._prefix + _path(str(url)),
                query={name: str(value) for name, value in content["params"].items()},
                headers={name.lower(): value for name, value in content["headers"].items()},
                json=content.get("data") or (content["json"] and json.loads(json.dumps(content["json"]))),
            ),
        )


def _path(url: str) -> str:
    return httpx.URL(url).path.removeprefix("/") if "://" in url or "%" in url else url.removeprefix("/").split("?")[0]


def shorten(client: MontaClient, stand_in: MontaStandIn) -> MontaClient:
    """Spare a client the way over HTTP; `mount` is for tests of what it does there."""
    client._channel.wire._http = ShortCut(stand_in)
    return client


async def _answered(stand_in: Responds, request: Request) -> httpx.Response:
    try:
        response = await stand_in.respond(request)
    except ConnectionCutError as err:
        raise httpx.RemoteProtocolError("server disconnected") from err
    return received(response)


def received(response: Response) -> httpx.Response:
    """A stand-in's answer as the HTTP library gives it."""
    body: dict[str, Any] = {"html" if isinstance(response.body, str) else "json": response.body}
    cookies = [("set-cookie", f"{name}={value}; Path=/") for name, value in response.cookies.items()]
    headers = [*response.headers.items(), *cookies]
    return httpx.Response(response.status, headers=headers, request=_SENT, **body)


_SENT = httpx.Request("GET", "https://cloud.test/")
"""Cookies have to come from somewhere."""


def _request(request: httpx.Request, base_url: str) -> Request:
    return Request(
        method=request.method,
        path=str(request.url.copy_with(query=None)).removeprefix(base_url),
        query=dict(request.url.params),
        headers=dict(request.headers),
        json=_body(request),
    )


def _body(request: httpx.Request) -> object:
    if request.headers.get("content-type") == FORM:
        return dict(parse_qsl(request.content.decode()))
    return json.loads(request.content) if request.content else None


def payload(name: str) -> Any:
    """An answer as Monta shapes it, by its situation.

    Put together after the field logs named in the issues of nickknissen/hass-monta
    (#65, #125, #134, #171), with every value made up; none is a capture.
    """
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
