"""Logins, tokens and requests to Charge Amps' two APIs."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from smart_charging.clouds.charge_amps.client import EXTERNAL_URL, ExternalClient, api_url
from smart_charging.clouds.charge_amps.credentials import read_credentials
from smart_charging.clouds.charge_amps.redaction import shortened
from smart_charging.clouds.charge_amps.stand_in.cloud import CUT, HANG, ChargeAmpsStandIn
from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.stand_in.messages import LoggedRequest
from smart_charging.errors import (
    AuthError,
    CloudError,
    ConfigError,
    NotFoundError,
    NotPermittedError,
    RateLimitedError,
    RefusedError,
    ResponseError,
    TransportError,
)
from worlds.charge_amps import external_client, web_client
from worlds.virtual_time import Clock


@pytest.fixture
def amps(clock: Clock) -> ChargeAmpsStandIn:
    return ChargeAmpsStandIn(now=clock)


@pytest.fixture
def client(amps: ChargeAmpsStandIn, clock: Clock) -> ExternalClient:
    return external_client(amps, clock)


def logins(amps: ChargeAmpsStandIn) -> int:
    return len(amps.logins.logged_in_at)


async def test_a_week_of_readings_takes_one_login(
    client: ExternalClient, amps: ChargeAmpsStandIn, clock: Clock
) -> None:
    for _ in range(7 * 24):
        await client.owned()
        clock.advance(hours=1)

    assert logins(amps) == 1
    assert amps.logins.refreshes >= 7 * 24 / 2 - 1


async def test_tokens_outlive_a_restart(amps: ChargeAmpsStandIn, clock: Clock, tmp_path: Path) -> None:
    for _ in range(5):
        await external_client(amps, clock, token_file=tmp_path / "tokens.json").owned()
        clock.advance(minutes=1)

    assert logins(amps) == 1


async def test_the_key_goes_along_with_logins_and_refreshes_alone(
    client: ExternalClient, amps: ChargeAmpsStandIn, clock: Clock
) -> None:
    await client.owned()
    clock.advance(hours=3)
    await client.owned()

    with_key = [request.path for request in amps.requests if "apikey" in request.request.headers]
    assert with_key == ["v5/auth/login", "v5/auth/refreshtoken"]


async def test_the_expired_token_is_sent_with_the_refresh_token(
    client: ExternalClient, amps: ChargeAmpsStandIn
) -> None:
    await client.owned()
    used = amps.requests[-1].request.headers["authorization"].removeprefix("Bearer ")
    amps.logins.revoke()
    await client.owned()

    [refresh] = amps.sent("v5/auth/refreshtoken")
    assert isinstance(refresh.json, dict)
    assert refresh.json["token"] == used


async def test_a_refused_token_is_renewed_once_and_the_request_repeated(
    client: ExternalClient, amps: ChargeAmpsStandIn
) -> None:
    await client.owned()
    amps.requests.clear()
    amps.logins.revoke()

    await client.owned()

    assert [str(request) for request in amps.requests] == [
        "GET v5/chargepoints/owned",
        "POST v5/auth/refreshtoken",
        "GET v5/chargepoints/owned",
    ]


async def test_requests_that_all_need_a_new_token_fetch_one(
    client: ExternalClient, amps: ChargeAmpsStandIn, clock: Clock
) -> None:
    await client.owned()
    clock.advance(hours=3)

    await asyncio.gather(*(client.owned() for _ in range(5)))

    assert (logins(amps), amps.logins.refreshes) == (1, 1)


async def test_whoever_is_pushed_out_by_ten_newer_logins_logs_in_once(
    client: ExternalClient, amps: ChargeAmpsStandIn, clock: Clock
) -> None:
    await client.owned()
    clock.advance(hours=1)
    amps.logins.push_out()

    await client.owned()

    assert logins(amps) == 2


async def test_two_logins_are_never_less_than_ten_minutes_apart(
    client: ExternalClient, amps: ChargeAmpsStandIn, clock: Clock
) -> None:
    for _ in range(60):
        amps.logins.revoke(refresh_too=True)
        with suppress(CloudError):
            await client.owned()
        clock.advance(minutes=1)

    assert all(later - earlier >= timedelta(minutes=10) for earlier, later in pairwise(amps.logins.logged_in_at))


async def test_a_wrong_password_is_said_to_be_wrong(client: ExternalClient, amps: ChargeAmpsStandIn) -> None:
    amps.logins.password = "another"

    with pytest.raises(AuthError, match="refuses e-mail, password or API key"):
        await client.owned()


async def test_four_requests_in_a_second_never_happen(client: ExternalClient, amps: ChargeAmpsStandIn) -> None:
    point_ids = [amps.add_charge_point(f"Post {number}") for number in range(6)]

    for point_id in point_ids:
        await client.status(point_id)

    assert amps.defence.blocks == 0
    assert all(later.at - earlier.at >= timedelta(seconds=1) for earlier, later in pairwise(amps.requests))


@pytest.mark.parametrize("how", [408, 429, 500, 503, HANG, CUT])
async def test_a_cloud_that_fails_is_asked_less_and_less(
    client: ExternalClient, amps: ChargeAmpsStandIn, clock: Clock, how: int | str
) -> None:
    await client.owned()
    amps.requests.clear()
    amps.outage = how

    for _ in range(240):
        with suppress(TransportError):
            await client.owned()
        clock.advance(seconds=15)

    gaps = [later.at - earlier.at for earlier, later in pairwise(amps.requests)]
    assert gaps == sorted(gaps)
    assert len(gaps) < 9
    assert gaps[-1] >= timedelta(minutes=14)


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, RefusedError), (403, NotPermittedError), (404, NotFoundError), (302, ResponseError), (502, TransportError)],
)
async def test_each_status_is_the_error_of_what_to_do_next(
    client: ExternalClient, amps: ChargeAmpsStandIn, status: int, error: type[CloudError]
) -> None:
    amps.fail_next(status, "v5/chargepoints")

    with pytest.raises(error):
        await client.owned()


async def test_no_message_holds_a_charge_point_s_id(
    client: ExternalClient, amps: ChargeAmpsStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    point_id = amps.add_charge_point()
    amps.fail_next(404, "v5/chargepoints")

    with pytest.raises(NotFoundError) as raised:
        await client.status(point_id)

    assert str(raised.value).startswith(f"GET chargepoints/{shortened(point_id)}/status: 404")
    assert point_id not in caplog.text


async def test_the_web_app_s_api_names_its_host_and_needs_no_key(amps: ChargeAmpsStandIn, clock: Clock) -> None:
    client = web_client(amps, clock)
    amps.add_charge_point()

    await client.owned()

    [login] = amps.sent("auth/login")
    assert isinstance(login.json, dict)
    assert login.json["hostName"] == "my.charge.space"
    assert "apikey" not in login.request.headers


async def test_the_web_app_s_token_is_used_until_it_expires(amps: ChargeAmpsStandIn, clock: Clock) -> None:
    client = web_client(amps, clock)

    for _ in range(24):
        await client.owned()
        clock.advance(minutes=30)

    assert logins(amps) == 12 * 60 / 120


async def test_a_command_is_sent_while_readings_pause(client: ExternalClient, amps: ChargeAmpsStandIn) -> None:
    point_id = amps.add_charge_point()
    amps.fail_next(500, "v5/chargepoints", times=1)
    with pytest.raises(TransportError):
        await client.owned()

    with pytest.raises(RateLimitedError):
        await client.owned()
    await client.status(point_id, Urgency.COMMAND)

    assert [str(one) for one in sent_last(amps, 1)] == [f"GET v5/chargepoints/{point_id}/status"]


def sent_last(amps: ChargeAmpsStandIn, number: int) -> list[LoggedRequest]:
    return amps.requests[-number:]


@pytest.mark.parametrize(
    "written",
    [EXTERNAL_URL, f" {EXTERNAL_URL}/ ", f"{EXTERNAL_URL}/api/v5", f"{EXTERNAL_URL}/api/v5/"],
)
def test_an_address_may_be_written_with_or_without_its_path(written: str) -> None:
    assert api_url(written, "/api/v5/") == "https://eapi.charge.space/api/v5/"


def test_credentials_may_lack_a_key_but_no_password(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text("charge_amps_email: a@example.org\ncharge_amps_password: x\n", encoding="utf-8")

    assert read_credentials(file).api_key is None

    file.write_text("charge_amps_email: a@example.org\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="charge_amps_password"):
        read_credentials(file)


async def test_no_secret_is_in_the_file_of_tokens(amps: ChargeAmpsStandIn, clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"

    await external_client(amps, clock, token_file=file).owned()

    kept = file.read_text(encoding="utf-8")
    assert json.loads(kept)["tokens"]["access"]
    assert not [secret for secret in (amps.logins.email, amps.logins.password, amps.logins.api_key) if secret in kept]
