"""Enphase's stand-in behind the HTTP library's back, and an account to read it with."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from smart_charging.clouds.enphase.arguments import DEFAULT_BASE_URL, DEFAULT_TOKENS_URL, EnphaseSettings
from smart_charging.clouds.enphase.client import EnphaseClient
from smart_charging.clouds.enphase.cloud import EnphaseCloud
from smart_charging.clouds.enphase.credentials import Credentials
from smart_charging.clouds.enphase.stand_in.cloud import EnphaseStandIn
from smart_charging.clouds.enphase.stand_in.habits import Habits
from smart_charging.clouds.enphase.stand_in.site import Car
from smart_charging.clouds.http.stand_in.messages import LoggedRequest, Request, Response
from smart_charging.config.arguments import parse
from worlds.fakes import ShortCut
from worlds.virtual_time import Clock, virtual_now

BASE_URL = "https://enphase.test/"
LOG = logging.getLogger("enphase")


def settings(**arguments: Any) -> EnphaseSettings:
    return parse(EnphaseSettings, {"cloud": "enphase", **arguments})


def client(
    stand_in: EnphaseStandIn,
    clock: Clock,
    *,
    password: str | None = "stand-in-password",  # noqa: S107 - only the stand-in accepts it
    token_file: Path | None = None,
) -> EnphaseClient:
    made = EnphaseClient(
        credentials=Credentials(
            email=SecretStr(stand_in.logins.email), password=SecretStr(password) if password else None
        ),
        base_url=BASE_URL,
        tokens_url=f"{BASE_URL}tokens",
        token_file=token_file,
        now=clock,
        logger=LOG,
    )
    made._wire._http = ShortCut(stand_in)
    made._side._http = ShortCut(stand_in)
    return made


def cloud(
    stand_in: EnphaseStandIn,
    clock: Clock,
    *,
    token_file: Path | None = None,
    notes_file: Path | None = None,
    **arguments: Any,
) -> EnphaseCloud:
    return EnphaseCloud(
        client(stand_in, clock, token_file=token_file),
        settings(**arguments),
        notes_file=notes_file,
        sleep=clock.sleep,
        logger=LOG,
    )


class EnphaseHouse:
    """One charger at one site."""

    base_url = DEFAULT_BASE_URL

    def __init__(self, clock: Clock, habits: Habits) -> None:
        self.cloud = EnphaseStandIn(now=clock, habits=habits)
        self.charger_id = self.cloud.add_charger("Garage")
        logins = self.cloud.logins
        self.credentials = f"enphase_email: {logins.email}\nenphase_password: {logins.password}\n"
        self.arguments: Mapping[str, Any] = {"cloud": "enphase"}
        made = partial(EnphaseClient, now=virtual_now)
        self.clients: Mapping[str, Any] = {"smart_charging.clouds.enphase.cloud.EnphaseClient": made}

    async def respond(self, request: Request) -> Response:
        return await self.cloud.respond(
            replace(request, path="tokens" if request.path == DEFAULT_TOKENS_URL else request.path)
        )

    @property
    def requests(self) -> Sequence[LoggedRequest]:
        return self.cloud.requests

    def plug_in(self, wants_kwh: float) -> None:
        self.cloud.plug_in(self.charger_id, Car(wants_kwh=wants_kwh))

    def unplug(self) -> None:
        self.cloud.unplug(self.charger_id)

    def fail(self, *, is_down: bool) -> None:
        self.cloud.outage = 503 if is_down else None

    @property
    def delivered_kwh(self) -> float:
        return self.cloud.delivered_kwh(self.charger_id)

    @property
    def logins(self) -> int:
        return len(self.cloud.logins.attempts)

    @property
    def refusals(self) -> int:
        return self.cloud.logins.refused + (self.cloud.logins.blocked_until is not None)
