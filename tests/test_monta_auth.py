"""One login: fetched, shared, renewed ahead of time, replaced when refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.monta.client import MontaClient
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.errors import AuthError, NotPermittedError, RateLimitedError, ResponseError, TransportError
from worlds.fakes import BASE_URL, payload
from worlds.virtual_time import EVENING

if TYPE_CHECKING:
    import respx

    from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
    from worlds.virtual_time import Clock


def logins(monta: MontaStandIn) -> list[str]:
    return [request.path for request in monta.sent("auth/")]


async def test_one_login_serves_all_who_wait_for_it(monta: MontaStandIn, client: MontaClient) -> None:
    await asyncio.gather(*(client.personal_wallet() for _ in range(5)))

    assert logins(monta) == ["auth/token"]
    assert monta.sent("auth/token")[0].json == {"clientId": "stand-in-id", "clientSecret": "stand-in-secret"}


async def test_a_token_is_renewed_five_minutes_ahead(monta: MontaStandIn, client: MontaClient, clock: Clock) -> None:
    await client.personal_wallet()
    clock.advance(minutes=54, seconds=58)
    await client.personal_wallet()
    assert logins(monta) == ["auth/token"]

    clock.advance(seconds=3)
    await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/refresh"]
    assert monta.sent("auth/refresh")[0].json == {"refreshToken": "stand-in-refresh-1"}


async def test_who_only_uses_what_is_spare_renews_two_minutes_sooner_so_that_others_need_not(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    await client.personal_wallet()
    clock.advance(minutes=53, seconds=30)
    await client.personal_wallet()
    assert logins(monta) == ["auth/token"]

    await client.personal_wallet(urgency=Urgency.SPARE)
    clock.advance(minutes=2)
    await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/refresh"]


async def test_a_token_that_lives_for_minutes_is_not_renewed_sooner_by_anybody(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    monta.tokens.access_life = timedelta(minutes=4)
    await client.personal_wallet()
    clock.advance(minutes=1)

    await client.personal_wallet(urgency=Urgency.SPARE)

    assert logins(monta) == ["auth/token"]


async def test_each_renewal_uses_the_refresh_token_of_the_one_before(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    for _ in range(4):
        await client.personal_wallet()
        clock.advance(hours=2)

    assert logins(monta) == ["auth/token", "auth/refresh", "auth/refresh", "auth/refresh"]


async def test_one_renewal_serves_all_who_wait_for_it(monta: MontaStandIn, client: MontaClient, clock: Clock) -> None:
    await client.personal_wallet()
    clock.advance(minutes=56)

    await asyncio.gather(*(client.personal_wallet() for _ in range(5)))

    assert logins(monta) == ["auth/token", "auth/refresh"]


async def test_a_revoked_token_is_replaced_once_and_every_request_repeated(
    monta: MontaStandIn, client: MontaClient
) -> None:
    await client.personal_wallet()
    monta.revoke_tokens()

    await asyncio.gather(*(client.personal_wallet() for _ in range(2)))

    assert logins(monta) == ["auth/token", "auth/refresh"]
    assert [request.status for request in monta.sent("wallets")] == [200, 401, 401, 200, 200]


async def test_a_start_and_a_stop_survive_a_revoked_token_and_act_once(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    point = monta.add_charge_point()
    monta.plug_in(point, Car(wants_kwh=9))
    await client.personal_wallet()

    monta.revoke_tokens()
    charge = await client.start_charge(point)
    clock.advance(minutes=2)
    monta.revoke_tokens()
    await client.stop_charge(charge.id)

    assert [request.status for request in monta.sent("charges", "POST")] == [401, 200, 401, 200]
    assert len(monta.site.charges) == 1


async def test_a_refused_refresh_falls_back_to_id_and_secret(monta: MontaStandIn, client: MontaClient) -> None:
    await client.personal_wallet()
    monta.revoke_tokens(refresh_too=True)

    await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/refresh", "auth/token"]


async def test_a_refresh_token_past_its_time_is_not_tried(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    await client.personal_wallet()
    clock.advance(days=30, seconds=1)

    await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/token"]


@pytest.mark.parametrize("failure", [Failure.HTML, Failure.ERROR_ENVELOPE, Failure.FORBIDDEN])
async def test_a_refresh_that_answers_rubbish_falls_back_to_id_and_secret(
    monta: MontaStandIn, client: MontaClient, clock: Clock, failure: Failure
) -> None:
    await client.personal_wallet()
    clock.advance(hours=2)
    monta.fail_next(failure, "auth/refresh")

    await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/refresh", "auth/token"]


@pytest.mark.parametrize("failure", [Failure.SERVER_ERROR, Failure.CUT, Failure.RATE_LIMITED])
async def test_a_refresh_that_fails_on_the_way_is_no_reason_to_log_in_anew(
    monta: MontaStandIn, client: MontaClient, clock: Clock, failure: Failure
) -> None:
    await client.personal_wallet()
    clock.advance(hours=2)
    monta.fail_next(failure, "auth/refresh")

    with pytest.raises(TransportError, match=r"^POST auth/refresh: "):
        await client.personal_wallet()

    clock.advance(minutes=4)
    await client.personal_wallet()
    assert logins(monta) == ["auth/token", "auth/refresh", "auth/refresh"]


async def test_a_refused_refresh_token_is_not_tried_again(monta: MontaStandIn, client: MontaClient) -> None:
    await client.personal_wallet()
    monta.revoke_tokens(refresh_too=True)
    monta.fail_next(Failure.SERVER_ERROR, "auth/token")
    with pytest.raises(TransportError):
        await client.personal_wallet()

    await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/refresh", "auth/token", "auth/token"]


async def test_a_poll_whose_token_cannot_be_renewed_now_is_dropped_and_a_command_is_not(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    point = monta.add_charge_point()
    monta.tokens.access_life = timedelta(seconds=30)
    for _ in range(7):
        await client.personal_wallet()
    clock.advance(seconds=20)
    asked_at = clock.at

    with pytest.raises(RateLimitedError, match=r"^POST auth/refresh: not sent"):
        await client.personal_wallet()
    await client.start_charge(point)

    assert clock.at == asked_at


async def test_a_token_that_lasts_for_ever_is_no_trouble(router: respx.MockRouter, clock: Clock) -> None:
    answer = payload("token_with_nine_digits") | {"accessTokenExpirationDate": "9999-12-31T23:59:59Z"}
    router.post(f"{BASE_URL}auth/token").respond(json=answer, headers={"Date": "Fri, 20 Nov 2026 19:50:00 GMT"})
    router.get(f"{BASE_URL}wallets/personal").respond(json=payload("wallet_in_debt"))

    async with MontaClient(client_id="id", client_secret="secret", base_url=BASE_URL, now=clock) as client:
        assert (await client.personal_wallet()).id == 7001


async def test_a_refused_token_is_not_used_again_although_its_renewal_failed(
    monta: MontaStandIn, client: MontaClient
) -> None:
    await client.personal_wallet()
    monta.revoke_tokens()
    monta.fail_next(Failure.SERVER_ERROR, "auth/refresh")
    with pytest.raises(TransportError):
        await client.personal_wallet()

    await client.personal_wallet()

    assert [request.status for request in monta.sent("wallets")] == [200, 401, 200]


async def test_refused_credentials_are_a_login_problem(monta: MontaStandIn, client: MontaClient) -> None:
    monta.tokens.client_secret = "changed in the portal"

    with pytest.raises(AuthError, match=r"^POST auth/token: 401, CONSUMER_NOT_FOUND, Monta refuses the client id"):
        await client.personal_wallet()


async def test_403_is_not_a_login_problem_and_costs_no_new_token(monta: MontaStandIn, client: MontaClient) -> None:
    monta.endpoints.scopes = ("charge-points",)

    with pytest.raises(NotPermittedError, match=r"^GET wallets/personal: 403, ACCESS_FORBIDDEN"):
        await client.personal_wallet()

    assert logins(monta) == ["auth/token"]


async def test_a_fresh_token_that_is_refused_is_not_a_login_problem_either(
    monta: MontaStandIn, client: MontaClient
) -> None:
    monta.tokens.access_life = timedelta(0)

    with pytest.raises(ResponseError, match=r"^GET wallets/personal: 401"):
        await client.personal_wallet()

    assert [str(request) for request in monta.requests] == [
        "POST auth/token",
        "GET wallets/personal",
        "POST auth/refresh",
        "GET wallets/personal",
    ]


@pytest.mark.parametrize("off_by", [timedelta(hours=3), timedelta(hours=-3), timedelta(seconds=121)])
async def test_a_clock_that_is_off_does_not_wear_out_tokens(
    monta: MontaStandIn, clock: Clock, off_by: timedelta
) -> None:
    async with MontaClient(
        client_id="stand-in-id", client_secret="stand-in-secret", base_url=BASE_URL, now=lambda: clock.at + off_by
    ) as client:
        await client.personal_wallet()
        await client.personal_wallet()

    assert logins(monta) == ["auth/token"]


async def test_without_a_clock_given_the_hosts_own_says_when_a_token_ends(monta: MontaStandIn, clock: Clock) -> None:
    async with MontaClient(client_id="stand-in-id", client_secret="stand-in-secret", base_url=BASE_URL) as client:
        with freeze_time(EVENING, real_asyncio=True) as frozen:
            await client.personal_wallet()
            clock.advance(minutes=56)
            frozen.move_to(clock.at)
            await client.personal_wallet()

    assert logins(monta) == ["auth/token", "auth/refresh"]
