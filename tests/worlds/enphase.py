"""Enphase's stand-in behind the HTTP library's back, and an account to read it with."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from smart_charging.clouds.enphase.arguments import EnphaseSettings
from smart_charging.clouds.enphase.client import EnphaseClient
from smart_charging.clouds.enphase.cloud import EnphaseCloud
from smart_charging.clouds.enphase.credentials import Credentials
from smart_charging.clouds.enphase.stand_in.cloud import EnphaseStandIn
from smart_charging.config.arguments import parse
from worlds.fakes import ShortCut
from worlds.virtual_time import Clock

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
