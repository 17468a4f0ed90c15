"""A cloud that answers in other shapes, sizes, words and numbers than it says it would."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import ConnectionCutError, Request, Response
from worlds.hostile.house import AWHILE, Scene, played
from worlds.price_mangling import mangled
from worlds.virtual_apps import Line

_HEADERS = (
    {"date": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"date": "Fri, 31 Dec 9999 23:59:59 -1200"},
    {"date": "yesterday"},
    {"request-id": "\x1b[31mred\x1b[0m\x07"},
    {"request-id": "x" * 5000},
    {"ratelimit-limit": "0", "ratelimit-remaining": "-5", "ratelimit-reset": "1e9"},
    {"ratelimit-limit": "20000000", "ratelimit-remaining": "nan", "ratelimit-reset": "-1"},
    {"retry-after": "9" * 40},
    {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"},
    {"content-type": "application/xml", "content-encoding": "identity"},
)
_BODIES = ("", "null", "[]", "{", "<html>busy</html>", "[" * 5000, '"x"', "\x00", '{"data": null}', '{"data": [[]]}')
_STATUSES = (200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 418, 422, 429, 500, 503, 599)


class OddLine(Line):
    """While it has a `Random`, answers are changed by it."""

    def __init__(self, monta: MontaStandIn) -> None:
        super().__init__(monta)
        self.random: Random | None = None

    async def send(self, request: Request) -> Response:
        response = await super().send(request)
        if self.random is None or self.random.random() < 0.5:
            return response
        return self.random.choice(_CHANGES)(response, self.random)


def case(random: Random) -> str | None:
    """Odd answers for a while; then the cloud answers well, and soon everything has to be shown as it is."""

    async def play(scene: Scene) -> None:
        line = scene.world.line
        assert isinstance(line, OddLine)
        line.random = random
        await scene.pass_time()
        if random.random() < 0.3:
            await scene.restart()
            await scene.pass_time()
        line.random = None
        await scene.pass_time(8 * AWHILE)
        if (shown := scene.shows("account/binary_sensor/cloud_reachable")) != "on":
            raise AssertionError(f"the cloud is still shown as {shown}")

    return played(play, line=OddLine).told()


def _mangle(response: Response, random: Random) -> Response:
    body = response.body if isinstance(response.body, dict) else {"data": []}
    return _with(response, body=_json(mangled(body, random)))


def _mangle_row(response: Response, random: Random) -> Response:
    """One row among good ones."""
    body: Any = response.body
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        return _mangle(response, random)
    place = random.randrange(len(rows))
    odd = [mangled(row, random) if number == place else row for number, row in enumerate(rows)]
    return _with(response, body=_json({**body, "data": odd}))


def _change_status(response: Response, random: Random) -> Response:
    return _with(response, status=random.choice(_STATUSES))


def _change_body(response: Response, random: Random) -> Response:
    return _with(response, body=random.choice(_BODIES))


def _change_headers(response: Response, random: Random) -> Response:
    return _with(response, headers={**response.headers, **random.choice(_HEADERS)})


def _cut(_response: Response, _random: Random) -> Response:
    raise ConnectionCutError


_CHANGES: tuple[Callable[[Response, Random], Response], ...] = (
    *(_mangle, _mangle, _mangle_row, _mangle_row, _mangle_row),
    *(_change_status, _change_body, _change_headers, _change_headers, _cut),
)


def _with(response: Response, **changes: Any) -> Response:
    return Response(**{"status": response.status, "body": response.body, "headers": response.headers, **changes})


def _json(content: Any) -> str:
    try:
        return json.dumps(content, default=str)
    except (ValueError, RecursionError):
        return "{"
