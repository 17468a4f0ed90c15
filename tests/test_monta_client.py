"""Every endpoint, and what becomes of answers that are none."""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import httpx
import pytest

from smart_charging.clouds.monta.client import MontaClient
from smart_charging.clouds.monta.models import ChargeState
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.habits import Habits
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.errors import (
    ConfigError,
    NotFoundError,
    NotPermittedError,
    RateLimitedError,
    RefusedError,
    ResponseError,
    TransportError,
)
from worlds.fakes import BASE_URL, payload
from worlds.virtual_time import EVENING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import respx

    from smart_charging.clouds.http.budget import Budget
    from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
    from worlds.virtual_time import Clock

CLIENT_ID, CLIENT_SECRET = "stand-in-id", "stand-in-secret"


@pytest.fixture
async def scripted(router: respx.MockRouter, clock: Clock) -> AsyncIterator[MontaClient]:
    """A client for answers that no honest stand-in would give."""
    router.post(f"{BASE_URL}auth/token").respond(json=payload("token_with_nine_digits"))
    async with MontaClient(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, base_url=BASE_URL, now=clock) as client:
        yield client


async def test_all_three_pages_are_read_from_page_0_on(monta: MontaStandIn, client: MontaClient) -> None:
    ids = [monta.add_charge_point() for _ in range(201)]

    points = await client.charge_points()

    assert [point.id for point in points] == ids
    assert [request.query["page"] for request in monta.sent("charge-points")] == ["0", "1", "2"]


async def test_an_empty_list_without_any_page_is_not_an_error(client: MontaClient) -> None:
    assert await client.charge_points() == []


async def test_a_walk_ends_at_an_empty_page_whatever_page_count_is_claimed(
    router: respx.MockRouter, scripted: MontaClient
) -> None:
    answer = {"data": [], "meta": {"totalPageCount": 10**9}}
    route = router.get(f"{BASE_URL}charge-points").respond(json=answer)

    assert await scripted.charge_points() == []
    assert route.call_count == 1


@pytest.mark.parametrize("more", [{}, {"meta": None}, {"meta": []}, {"meta": {"totalPageCount": "?"}}])
async def test_pages_are_read_up_to_a_short_one_where_nobody_tells_how_many_there_are(
    router: respx.MockRouter, scripted: MontaClient, more: dict[str, object]
) -> None:
    point = payload("charge_point_charging")
    for page, ids in enumerate([range(100), range(100, 103)]):
        answer = {"data": [point | {"id": number} for number in ids], **more}
        router.get(f"{BASE_URL}charge-points", params={"page": page}).respond(json=answer)

    assert [one.id for one in await scripted.charge_points()] == [*range(103)]


async def test_a_charge_that_slides_onto_the_next_page_counts_once(
    router: respx.MockRouter, scripted: MontaClient
) -> None:
    charge = payload("charge_with_nulls_only")
    for page, ids in enumerate([(3, 2), (2, 1)]):
        answer = {"data": [charge | {"id": n} for n in ids], "meta": {"totalPageCount": 2}}
        router.get(f"{BASE_URL}charges", params={"page": page}).respond(json=answer)

    assert sorted(found.id for found in await scripted.charges()) == [1, 2, 3]


async def test_the_newest_charge_is_the_one_created_last_in_whatever_order_they_come(
    router: respx.MockRouter, scripted: MontaClient
) -> None:
    created = ["2026-11-20T18:00:00Z", "2026-11-20T20:00:00+01:00", "2026-11-20T17:00:00Z"]
    charges = [payload("charge_with_nulls_only") | {"id": n, "createdAt": at} for n, at in enumerate(created)]
    router.get(f"{BASE_URL}charges").respond(json={"data": charges, "meta": {"totalPageCount": 1}})

    assert [charge.id for charge in await scripted.charges()] == [1, 0, 2]


async def test_an_active_charge_on_page_2_is_found(monta: MontaStandIn, client: MontaClient, clock: Clock) -> None:
    parked = monta.add_charge_point()
    monta.plug_in(parked, Car(wants_kwh=50))
    active = monta.start_by_hand(parked)
    clock.advance(minutes=1)
    for _ in range(100):
        monta.start_by_hand(monta.add_charge_point())
    clock.advance(minutes=10)

    charges = await client.charges()

    assert [charge.id for charge in charges if charge.state is ChargeState.CHARGING] == [active]
    assert len(monta.sent("charges")) == 2


async def test_charges_are_asked_for_by_point_state_and_time_in_utc(monta: MontaStandIn, client: MontaClient) -> None:
    await client.charges(
        charge_point_id=410001,
        state=ChargeState.CHARGING,
        from_at=datetime(2026, 11, 20, 1, 30, tzinfo=timezone(timedelta(hours=2))),
        to_at=datetime(2026, 11, 20, 20, 0, 0, 999999, tzinfo=UTC),
    )

    assert monta.sent("charges")[0].query == {
        "chargePointId": "410001",
        "state": "charging",
        "fromDate": "2026-11-19T23:30:00Z",
        "toDate": "2026-11-20T20:00:00Z",
        "page": "0",
        "perPage": "100",
    }


async def test_a_charge_runs_from_start_to_stop(monta: MontaStandIn, client: MontaClient, clock: Clock) -> None:
    point = monta.add_charge_point()
    monta.plug_in(point, Car(wants_kwh=20))

    started = await client.start_charge(point)
    clock.advance(minutes=30)
    running = await client.charge(started.id)
    stopping = await client.stop_charge(started.id)
    clock.advance(minutes=1)
    stopped = await client.charge(started.id)

    states = [charge.state for charge in (started, running, stopping, stopped)]
    assert states == [ChargeState.STARTING, ChargeState.CHARGING, ChargeState.STOPPING, ChargeState.STOPPED]
    assert stopped.consumed_kwh == pytest.approx(11 * (30 * 60 - 8 + 5) / 3600, abs=0.001)
    assert monta.sent("charges", "POST")[0].json == {"chargePointId": point}


async def test_a_started_charge_may_come_wrapped(router: respx.MockRouter, scripted: MontaClient) -> None:
    router.post(f"{BASE_URL}charges").respond(json={"charge": payload("charge_with_nulls_only")})

    assert (await scripted.start_charge(388111)).id == 20441234


async def test_an_18_digit_id_arrives_intact(monta: MontaStandIn, client: MontaClient) -> None:
    charge_id = monta.start_by_hand(monta.add_charge_point())

    assert [charge.id for charge in await client.charges()] == [charge_id] == [700100200300400500]


async def test_one_charge_point_can_be_asked_for(monta: MontaStandIn, client: MontaClient) -> None:
    point = monta.add_charge_point("Carport")

    assert (await client.charge_point(point)).name == "Carport"


async def test_scopes_tell_what_the_credentials_may_do(monta: MontaStandIn, client: MontaClient) -> None:
    monta.endpoints.scopes = ("charge-points", "control-charging")

    assert (await client.me()).scopes == ("charge-points", "control-charging")


async def test_energy_comes_by_the_quarter(monta: MontaStandIn, client: MontaClient, clock: Clock) -> None:
    point = monta.add_charge_point(max_kw=8)
    monta.plug_in(point, Car(wants_kwh=5))
    charge_id = monta.start_by_hand(point)
    clock.advance(hours=2)

    consumption = await client.kwh_consumption(charge_id, period=timedelta(minutes=15))

    assert consumption.periods
    assert [period.value for period in consumption.periods] == [2.0, 2.0, 1.0]
    assert consumption.periods[0].time == EVENING + timedelta(seconds=8)


async def test_wallet_and_transactions_are_read(monta: MontaStandIn, client: MontaClient, clock: Clock) -> None:
    monta.site.driver_price = 2.0
    point = monta.add_charge_point()
    monta.plug_in(point, Car(wants_kwh=10))
    charge_id = monta.start_by_hand(point)
    clock.advance(hours=2)
    monta.unplug(point)
    clock.advance(minutes=1)

    wallet, transactions = await client.personal_wallet(), await client.wallet_transactions()

    assert wallet.balance
    assert (wallet.balance.amount, wallet.balance.credit) == (480.0, 25.0)
    assert [(one.charge_id, one.from_amount) for one in transactions] == [(charge_id, 20.0)]
    assert await client.wallet_transaction(transactions[0].id) == transactions[0]


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure.SERVER_ERROR, TransportError),
        (Failure.CUT, TransportError),
        (Failure.HTML, ResponseError),
        (Failure.ERROR_ENVELOPE, ResponseError),
        (Failure.FORBIDDEN, NotPermittedError),
        (Failure.RATE_LIMITED, RateLimitedError),
    ],
)
async def test_a_failure_becomes_the_error_its_catcher_can_act_on(
    monta: MontaStandIn, client: MontaClient, failure: Failure, error: type[Exception]
) -> None:
    monta.fail_next(failure, "charge-points")

    with pytest.raises(error, match=r"^GET charge-points: ") as raised:
        await client.charge_points()

    assert type(raised.value) is error
    assert len(monta.sent("charge-points")) == 1


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx.Response(400, json={"errorCode": "BAD_REQUEST"}), RefusedError, "400, BAD_REQUEST, Monta refuses"),
        (httpx.Response(400, json={"errorCode": "Elm Street 5"}), RefusedError, "400, Monta refuses the request"),
        (httpx.Response(404, text="gone"), NotFoundError, "404, Monta does not know it"),
        (httpx.Response(408), TransportError, "408, Monta gave up waiting"),
        (httpx.Response(503, html="<html>"), TransportError, "503, Monta's server failed"),
        (httpx.Response(302, headers={"location": "https://elsewhere.test"}), ResponseError, "302, not a status"),
        (httpx.Response(204), ResponseError, "the answer is not JSON"),
        (httpx.Response(200, headers={"content-encoding": "gzip"}, content=b""), ResponseError, "the answer is not"),
    ],
)
async def test_a_status_becomes_the_error_its_catcher_can_act_on(
    router: respx.MockRouter, scripted: MontaClient, answer: httpx.Response, error: type[Exception], words: str
) -> None:
    router.get(f"{BASE_URL}charges/7").mock(return_value=answer)

    with pytest.raises(error, match=rf"^GET charges/7: {words}") as raised:
        await scripted.charge(7)

    assert type(raised.value) is error


async def test_a_charge_nobody_knows_is_not_found(client: MontaClient) -> None:
    with pytest.raises(NotFoundError, match=r"^GET charges/7: 404, RESOURCE_NOT_FOUND, .*\(request-id stand-in-2\)$"):
        await client.charge(7)


async def test_stopping_by_the_charge_points_id_finds_no_charge(monta: MontaStandIn, client: MontaClient) -> None:
    point = monta.add_charge_point()
    monta.start_by_hand(point)

    with pytest.raises(NotFoundError):
        await client.stop_charge(point)


async def test_a_second_start_is_refused(monta: MontaStandIn, client: MontaClient) -> None:
    point = monta.add_charge_point()
    await client.start_charge(point)

    with pytest.raises(RefusedError, match=r"^POST charges: 400"):
        await client.start_charge(point)


async def test_a_stop_after_the_end_is_refused(monta: MontaStandIn, client: MontaClient, clock: Clock) -> None:
    point = monta.add_charge_point()
    monta.plug_in(point, Car(wants_kwh=5))
    charge = await client.start_charge(point)
    clock.advance(hours=1)
    monta.unplug(point)
    clock.advance(minutes=1)

    with pytest.raises(RefusedError, match=rf"^POST charges/{charge.id}/stop: 400"):
        await client.stop_charge(charge.id)


async def test_a_start_whose_answer_is_lost_is_not_sent_again(monta: MontaStandIn, client: MontaClient) -> None:
    point = monta.add_charge_point()
    monta.fail_next(Failure.CUT_AFTER_ACTING, "charges")

    with pytest.raises(TransportError, match=r"^POST charges: the connection failed"):
        await client.start_charge(point)

    assert len(monta.site.charges) == len(monta.sent("charges")) == 1


async def test_an_answer_that_never_comes_is_given_up_on(monta: MontaStandIn, clock: Clock) -> None:
    monta.fail_next(Failure.HANG)

    async with MontaClient(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        base_url=BASE_URL,
        now=clock,
        timeout=timedelta(milliseconds=20),
    ) as client:
        with pytest.raises(TransportError, match=r"^POST auth/token: no answer within 0\.02 s$"):
            await client.charge_points()


async def test_a_broken_answer_is_not_quoted(router: respx.MockRouter, scripted: MontaClient) -> None:
    garbage = httpx.RemoteProtocolError("illegal chunk header: b'Elm Street 5'")
    router.get(f"{BASE_URL}charges/7").mock(side_effect=garbage)

    with pytest.raises(TransportError) as raised:
        await scripted.charge(7)

    assert str(raised.value) == "GET charges/7: the connection failed (RemoteProtocolError)"
    assert "Elm" not in "".join(traceback.format_exception(raised.value))


async def test_a_server_that_cannot_be_found_is_named_with_the_reason(
    router: respx.MockRouter, scripted: MontaClient
) -> None:
    router.get(f"{BASE_URL}charges/7").mock(side_effect=httpx.ConnectError("Name or service not known"))

    with pytest.raises(TransportError, match=r"^GET charges/7: Monta cannot be reached \(Name or service not known\)$"):
        await scripted.charge(7)


async def test_a_closed_client_says_so(client: MontaClient) -> None:
    await client.aclose()

    with pytest.raises(TransportError, match=r"^POST auth/token: the client is closed$"):
        await client.charge_points()


@pytest.mark.parametrize("base_url", ["", "monta.com/api/v1", "ftp://monta.com", "https://", "https://a\tb"])
def test_a_base_url_that_is_none_is_a_configuration_error(base_url: str) -> None:
    with pytest.raises(ConfigError, match=r"^base_url: .* is not a URL; write https://host/path/$"):
        MontaClient(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, base_url=base_url)


@pytest.mark.parametrize("told", ["body only", "header only", "neither"])
async def test_a_429_silences_the_whole_client_until_the_reset(
    monta: MontaStandIn, client: MontaClient, clock: Clock, told: str
) -> None:
    await client.personal_wallet()
    monta.quota.tells_in_body, monta.quota.tells_in_headers = told == "body only", told == "header only"
    clock.advance(seconds=20)
    monta.quota.use(9)
    with pytest.raises(RateLimitedError, match=r"^GET charge-points: 429, rate limited until 20:") as first:
        await client.charge_points()
    with pytest.raises(RateLimitedError, match=r"^GET wallets/personal: not sent") as second:
        await client.personal_wallet()

    assert first.value.retry_at == second.value.retry_at
    assert first.value.retry_at == EVENING + timedelta(seconds=81 if told == "neither" else 61)
    clock.at = first.value.retry_at
    await client.personal_wallet()
    assert monta.quota.refused == 1


async def test_what_others_use_with_the_same_credentials_is_noticed_before_it_hurts(
    monta: MontaStandIn, client: MontaClient, budget: Budget
) -> None:
    await client.personal_wallet()
    monta.quota.use(5)
    await client.personal_wallet()

    assert budget.requests_left == 10 - 3 - 5
    with pytest.raises(RateLimitedError):
        await client.personal_wallet()
    assert monta.quota.refused == 0


async def test_1500_charge_points_are_read_to_the_end_while_a_command_goes_at_once(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    ids = [monta.add_charge_point() for _ in range(1500)]
    reading = asyncio.create_task(client.charge_points())
    await clock.sleep(30)

    await client.start_charge(ids[0])
    points = await reading

    assert [point.id for point in points] == ids
    assert monta.sent("charges")[0].at == EVENING + timedelta(seconds=30)
    assert monta.quota.refused == 0
    assert clock.at - EVENING < timedelta(minutes=3)


async def test_each_request_leaves_one_line_at_debug(
    monta: MontaStandIn, client: MontaClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="smart_charging"):
        await client.personal_wallet()

    lines = [record.message for record in caplog.records if record.name.startswith("smart_charging")]
    assert [line.split(" after ")[0] for line in lines] == [
        "POST auth/token: 200 (request-id stand-in-1)",
        "GET wallets/personal: 200 (request-id stand-in-2)",
    ]
    assert all(line.endswith(" ms") for line in lines)


async def _whole_api(monta: MontaStandIn, client: MontaClient, clock: Clock) -> list[object]:
    monta.site.price = lambda _: 2.0
    point = monta.add_charge_point("Hidden Lane 13")
    monta.plug_in(point, Car(wants_kwh=10))
    charge = await client.start_charge(point)
    clock.advance(minutes=20)
    await client.stop_charge(charge.id)
    clock.advance(minutes=1)
    monta.unplug(point)
    clock.advance(minutes=1)
    return [
        await client.charge_points(),
        await client.charges(),
        await client.personal_wallet(),
        await client.wallet_transactions(),
        await client.me(),
    ]


async def test_nothing_private_is_logged_or_shown_even_at_debug(
    monta: MontaStandIn, client: MontaClient, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    shown = repr([await _whole_api(monta, client, clock), client, vars(client)]) + caplog.text

    assert "GET wallet-transactions" in shown
    private = ["stand-in-secret", "stand-in-access", "stand-in-refresh", "SN-PRIVATE", "Hidden Lane", "Secretville"]
    private += ["55.123", "11.456", "4711", "stand-in-id"]
    assert [word for word in private if word in shown] == []


@pytest.mark.parametrize(
    ("address", "warnings"),
    [
        ("http://charging.example/api/v1/", 1),
        ("http://192.168.1.7:8080/", 1),
        ("http://127.0.0.1:8080/", 0),
        ("http://[::1]/", 0),
        ("http://localhost/", 0),
        ("https://charging.example/", 0),
    ],
)
async def test_credentials_that_travel_unencrypted_are_warned_of(
    address: str, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    await MontaClient(client_id="a", client_secret="b", base_url=address).aclose()

    assert caplog.text.count("is not encrypted") == warnings


async def test_the_only_row_of_a_young_account_may_be_odd_and_several_may_not(
    monta: MontaStandIn, client: MontaClient
) -> None:
    odd: dict[str, object] = {"id": 5, "chargePointId": 410001, "state": None, "createdAt": None}
    monta.habits = Habits(odd_charges=[odd])

    assert await client.charges() == []

    monta.habits = Habits(odd_charges=[odd, odd | {"id": 6}])
    with pytest.raises(ResponseError):
        await client.charges()
