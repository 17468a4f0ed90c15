"""Charge Amps' stand-in behind the HTTP library's back, over either of its APIs, and an account to read it with."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from smart_charging.clouds.charge_amps.arguments import ChargeAmpsSettings
from smart_charging.clouds.charge_amps.client import ExternalClient
from smart_charging.clouds.charge_amps.cloud import ChargeAmpsCloud, web_cloud
from smart_charging.clouds.charge_amps.credentials import Credentials
from smart_charging.clouds.charge_amps.notes import Notes
from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn
from smart_charging.clouds.charge_amps.web_client import WebClient
from smart_charging.clouds.http.note_file import NoteFile
from smart_charging.clouds.protocol import ChargerCloud
from smart_charging.config.arguments import parse
from worlds.fakes import ShortCut
from worlds.virtual_time import Clock

TAG = "0A0B0C0D"
SECRET = "a-secret-of-the-callbacks"
LOG = logging.getLogger("charge_amps")
EXTERNAL, WEB = "v5/", ""
"""What the paths of the two APIs begin with at the stand-in."""


def settings(**arguments: Any) -> ChargeAmpsSettings:
    return parse(ChargeAmpsSettings, {"cloud": "charge_amps", **arguments})


def login(stand_in: ChargeAmpsStandIn, *, with_key: bool = True) -> Credentials:
    logins = stand_in.logins
    return Credentials(
        email=SecretStr(logins.email),
        password=SecretStr(logins.password),
        api_key=SecretStr(logins.api_key) if with_key else None,
        callback_secret=SecretStr(SECRET),
    )


def external_client(stand_in: ChargeAmpsStandIn, clock: Clock, *, token_file: Path | None = None) -> ExternalClient:
    client = ExternalClient(login(stand_in), token_file=token_file, now=clock, sleep=clock.sleep, logger=LOG)
    client.channel._wire._http = ShortCut(stand_in, EXTERNAL)
    return client


def web_client(stand_in: ChargeAmpsStandIn, clock: Clock, *, token_file: Path | None = None) -> WebClient:
    client = WebClient(login(stand_in, with_key=False), token_file=token_file, now=clock, sleep=clock.sleep, logger=LOG)
    client.channel._wire._http = ShortCut(stand_in, WEB)
    return client


def external_cloud(
    stand_in: ChargeAmpsStandIn, clock: Clock, *, notes_file: Path | None = None, **arguments: Any
) -> ChargeAmpsCloud:
    """With the tag, which counts only where the stand-in asks for one."""
    return ChargeAmpsCloud(
        external_client(stand_in, clock),
        Notes(NoteFile(notes_file, LOG)),
        settings=settings(**{"rfid_tag": TAG, **arguments}),
        callback_secret=SecretStr(SECRET),
        logger=LOG,
    )


def cloud_over_web(
    stand_in: ChargeAmpsStandIn, clock: Clock, *, notes_file: Path | None = None, **arguments: Any
) -> ChargerCloud:
    return web_cloud(web_client(stand_in, clock), Notes(NoteFile(notes_file, LOG)), settings(**arguments))


def headers(secret: str = SECRET) -> Mapping[str, str]:
    """Of a callback."""
    return {"x-api-key": secret, "content-type": "application/json"}
