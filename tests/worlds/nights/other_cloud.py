"""Any stand-in of Monta's API as a cloud to play over, given as an aiohttp application; no socket is opened."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any
from unittest.mock import Mock

from aiohttp import StreamReader, web
from aiohttp.test_utils import make_mocked_request

from smart_charging.clouds.monta.stand_in.messages import Request, Response
from worlds.nights.cloud import Flow, TrueCharge, UnknownEventError

Factory = Callable[..., web.Application]


def factory_named(name: str) -> Factory:
    """The factory behind `module:name`."""
    module, _, function = name.partition(":")
    factory: Factory = getattr(import_module(module), function)
    return factory


class OtherCloud:
    """Asks an application as a server would, for its API below `/api/v1/` and for the truth below `/world/`."""

    client_id = "stand-in-id"
    client_secret = "stand-in-secret"

    def __init__(self, app: web.Application) -> None:
        app.freeze()
        self._app = app
        self._has_started = False

    async def respond(self, request: Request) -> Response:
        answer = await self._ask(request.method, "/api/v1/" + request.target, request.json, request.headers)
        if answer.content_type == "application/json":
            return Response(status=answer.status, headers=dict(answer.headers), body=json.loads(answer.text or "{}"))
        return Response(status=answer.status, headers=dict(answer.headers), body=answer.text or "")

    async def happen(self, event: str, **details: object) -> Mapping[str, object]:
        answer = await self._ask("POST", f"/world/{event}", details, {})
        if answer.status == 404:
            raise UnknownEventError(event)
        assert answer.status == 200, f"{event} {details}: {answer.status} {answer.text}"
        told: Mapping[str, object] = json.loads(answer.text or "{}")
        return told

    async def charges(self) -> Sequence[TrueCharge]:
        answer = await self._ask("GET", "/world/charges", None, {})
        return [_charge(row) for row in json.loads(answer.text or "[]")]

    async def _ask(self, method: str, target: str, body: object, headers: Mapping[str, str]) -> web.Response:
        if not self._has_started:
            self._has_started = True
            await self._app.startup()
        sent = b"" if body is None else json.dumps(body).encode()
        told = {**headers, **({"content-type": "application/json", "content-length": str(len(sent))} if sent else {})}
        payload = StreamReader(Mock(_reading_paused=False), 2**16, loop=asyncio.get_running_loop())
        payload.feed_data(sent)
        payload.feed_eof()
        request = make_mocked_request(method, target, headers=told, payload=payload, app=self._app)
        try:
            answer = await self._app._handle(request)
        except web.HTTPException as err:
            return web.Response(status=err.status, text=err.text)
        assert isinstance(answer, web.Response), "a stream is no answer"
        return answer


def _charge(row: Mapping[str, Any]) -> TrueCharge:
    return TrueCharge(
        id=row["id"],
        point_id=row["point_id"],
        by=row["by"],
        state=row["state"],
        created_at=datetime.fromisoformat(row["created_at"]),
        stopped_at=row["stopped_at"] and datetime.fromisoformat(row["stopped_at"]),
        flows=[Flow(datetime.fromisoformat(a), datetime.fromisoformat(b), float(kw)) for a, b, kw in row["flows"]],
    )
