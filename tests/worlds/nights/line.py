"""The line to a cloud in a night: what fails there, what passes, and how often the cloud said too many requests."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from smart_charging.clouds.monta.stand_in.failures import Failure, Failures
from smart_charging.clouds.monta.stand_in.messages import (
    ConnectionCutError,
    ErrorAnswerError,
    Request,
    Response,
    envelope,
)
from worlds.nights.cloud import PlayedCloud
from worlds.virtual_apps import Line, check_pulse
from worlds.virtual_time import virtual_now

WINDOW = timedelta(seconds=60)
_QUOTA = {"timeWindow": 60, "quota": 10, "remaining": 0, "resetsIn": 25, "exceeded": True}


async def _nothing(*_about: object) -> None:
    """Nobody listens."""


class TroubledLine(Line):
    """Fails on demand, whatever the cloud behind; tells of all that passes."""

    def __init__(self, cloud: PlayedCloud, *, one_way_s: float = 0.15) -> None:
        super().__init__(cloud, one_way_s=one_way_s)
        self.failures = Failures()
        self.on_request: Callable[[Request], Awaitable[None]] = _nothing
        self.on_answer: Callable[[Request, int], Awaitable[None]] = _nothing
        self.requests = 0
        self.refused_at: list[datetime] = []
        """When the cloud said too many requests, without being made to."""
        self.statuses: Counter[int] = Counter()

    async def _pass(self, request: Request) -> Response:
        await self.on_request(request)
        check_pulse()  # it may just have been killed
        self.requests += 1
        response = await self._respond_or_fail(request)
        await self.on_answer(request, response.status)
        return response

    async def _respond_or_fail(self, request: Request) -> Response:
        match self.failures.due(request.method, request.target):
            case None:
                return await self._respond(request)
            case Failure.CUT_AFTER_ACTING:
                await self._respond(request)
                raise ConnectionCutError
            case failure:
                return await _fail(failure)

    async def _respond(self, request: Request) -> Response:
        response = await self._cloud.respond(request)
        self.statuses[response.status] += 1
        if response.status == 429:
            self.refused_at.append(virtual_now())
        return response

    @property
    def refusals_too_many(self) -> int:
        """Those that came although one within the same minute had told it."""
        many, told_at = 0, datetime.min.replace(tzinfo=virtual_now().tzinfo)
        for at in self.refused_at:
            if at - told_at < WINDOW:
                many += 1
            else:
                told_at = at
        return many


async def _fail(failure: Failure) -> Response:
    match failure:
        case Failure.SERVER_ERROR:
            return envelope(ErrorAnswerError(500, "UNKNOWN", "Unknown Error"))
        case Failure.FORBIDDEN:
            return envelope(ErrorAnswerError(403, "ACCESS_FORBIDDEN", "no access to this resource"))
        case Failure.RATE_LIMITED:
            context = {"rateLimitResponse": _QUOTA}
            return envelope(ErrorAnswerError(429, "TOO_MANY_REQUESTS", "too many requests", context))
        case Failure.ERROR_ENVELOPE:
            return envelope(ErrorAnswerError(200, "UNKNOWN", "Unknown Error"))
        case Failure.HTML:
            return Response(body="<html><body>Down for maintenance</body></html>")
        case Failure.HANG:
            await asyncio.Event().wait()
        case _:
            pass
    raise ConnectionCutError
