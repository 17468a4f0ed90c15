"""One login: fetched, shared, renewed ahead of time, replaced when refused, kept across restarts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from smart_charging.errors import AuthError

if TYPE_CHECKING:
    from fakes import Clock
    from smart_charging.demo.stand_in import MontaStandIn
    from smart_charging.monta.client import MontaClient


def logins(monta: MontaStandIn) -> list[str]:
    return [request.path for request in monta.sent("auth/")]


async def test_one_login_serves_all_who_wait_for_it(monta: MontaStandIn, client: MontaClient) -> None:
    await asyncio.gather(*(client.personal_wallet() for _ in range(5)))

    assert logins(monta) == ["auth/token"]


async def test_a_token_is_renewed_five_minutes_ahead(monta: MontaStandIn, client: MontaClient, clock: Clock) -> None:
    await client.personal_wallet()
    clock.advance(minutes=54, seconds=58)
    await client.personal_wallet()
    assert logins(monta) == ["auth/token"]

    clock.advance(seconds=3)
    await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/refresh"]
    assert monta.sent("auth/refresh")[0].json == {"refreshToken": "stand-in-refresh-1"}


async def test_a_revoked_token_is_replaced_once_and_every_request_repeated(
    monta: MontaStandIn, client: MontaClient
) -> None:
    await client.personal_wallet()
    monta.revoke_tokens()

    await asyncio.gather(*(client.personal_wallet() for _ in range(2)))

    assert logins(monta) == ["auth/token", "auth/refresh"]


async def test_a_refused_refresh_falls_back_to_id_and_secret(monta: MontaStandIn, client: MontaClient) -> None:
    await client.personal_wallet()
    monta.revoke_tokens(refresh_too=True)

    await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/refresh", "auth/token"]


async def test_only_refused_credentials_are_a_login_problem(monta: MontaStandIn, client: MontaClient) -> None:
    monta.tokens.client_secret = "changed in the portal"

    with pytest.raises(AuthError, match=r"^POST auth/token: 401"):
        await client.personal_wallet()
