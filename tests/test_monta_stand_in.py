"""The stand-in itself: it must behave like Monta, or everything tested on it proves nothing."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smart_charging.clouds.monta.client import MontaClient
from smart_charging.clouds.monta.stand_in import shapes
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.messages import ConnectionCutError, Request, Response
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.errors import CloudError, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worlds.virtual_time import Clock

SHARED = Path(os.environ.get("SMART_CHARGING_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture
def monta(clock: Clock) -> MontaStandIn:
    """Reached directly or over a socket, without respx in between."""
    return MontaStandIn(now=clock, price=lambda at: 1.0 if at.hour == 20 else 3.0)


async def ask(monta: MontaStandIn, method: str, path: str, json: object = None, **query: str) -> Response:
    """One request with a good token."""
    token = monta.tokens.login(monta.tokens.client_id, monta.tokens.client_secret)["accessToken"]
    headers = {"authorization": f"Bearer {token}"}
    return await monta.respond(Request(method=method, path=path, json=json, query=query, headers=headers))


def client_of(monta: MontaStandIn, base_url: str, clock: Clock) -> MontaClient:
    return MontaClient(
        client_id=monta.tokens.client_id, client_secret=monta.tokens.client_secret, base_url=base_url, now=clock
    )


def plugged_in(monta: MontaStandIn, wants_kwh: float = 16.5) -> int:
    point_id = monta.add_charge_point(max_kw=11)
    monta.plug_in(point_id, Car(wants_kwh=wants_kwh, max_power_kw=22))
    return point_id


def test_a_full_car_pauses_the_charge_at_the_moment_it_is_full(monta: MontaStandIn, clock: Clock) -> None:
    point_id = plugged_in(monta, wants_kwh=5.5)
    monta.start_by_hand(point_id)
    clock.advance(hours=8)

    charge = monta.charge_of(point_id)

    assert charge
    assert charge.started_at
    assert charge.fully_charged_at
    assert charge.state == "paused"
    assert charge.fully_charged_at - charge.started_at == timedelta(minutes=30)


@pytest.mark.parametrize("step_s", [1, 9, 600, 3600])
def test_however_often_one_looks_the_energy_is_the_same(monta: MontaStandIn, clock: Clock, step_s: int) -> None:
    point_id = plugged_in(monta)
    monta.start_by_hand(point_id)
    for _ in range(3600 // step_s):
        clock.advance(seconds=step_s)
        monta.charge_of(point_id)

    charge = monta.charge_of(point_id)
    assert charge
    assert charge.consumed_kwh == pytest.approx(11 * 3592 / 3600)
    assert monta.site.points[point_id].meter_kwh == pytest.approx(1000 + 11 * 3592 / 3600)
    assert len(charge.flows) == 1


def test_a_car_that_pauses_and_goes_on_takes_nothing_in_between(monta: MontaStandIn, clock: Clock) -> None:
    point_id = plugged_in(monta)
    monta.start_by_hand(point_id)
    clock.advance(minutes=30, seconds=8)
    monta.pause_by_car(point_id)
    clock.advance(minutes=30)
    monta.resume_by_car(point_id, more_kwh=1)
    clock.advance(minutes=30)

    charge = monta.charge_of(point_id)

    assert charge
    assert charge.state == "charging"
    assert charge.consumed_kwh == pytest.approx(11.0)
    assert [flow.power_kw for flow in charge.flows] == [11, 11]


def test_a_car_that_refuses_to_charge_takes_nothing(monta: MontaStandIn, clock: Clock) -> None:
    point_id = monta.add_charge_point()
    monta.plug_in(point_id, Car(wants_kwh=5, max_power_kw=0))
    monta.start_by_hand(point_id)
    clock.advance(hours=1)

    charge = monta.charge_of(point_id)

    assert charge
    assert (charge.state, charge.consumed_kwh) == ("charging", 0)


def test_a_start_without_a_cable_goes_on_once_there_is_one(monta: MontaStandIn, clock: Clock) -> None:
    point_id = monta.add_charge_point()
    monta.start_by_hand(point_id)
    clock.advance(minutes=2)
    monta.plug_in(point_id, Car(wants_kwh=5))
    clock.advance(minutes=2)

    charge = monta.charge_of(point_id)

    assert charge
    assert charge.state == "charging"


def test_a_start_without_a_cable_times_out_and_is_settled_later(monta: MontaStandIn, clock: Clock) -> None:
    point_id = monta.add_charge_point()
    charge = monta.site.charges[monta.start_by_hand(point_id)]
    states = []
    for _ in range(3):
        clock.advance(seconds=100)
        monta.site.catch_up()
        states.append(charge.state)

    assert states == ["starting", "stopped", "completed"]
    assert charge.timeout_at == charge.created_at + timedelta(minutes=3)


def test_a_stop_takes_a_moment_in_which_energy_flows_on(monta: MontaStandIn, clock: Clock) -> None:
    point_id = plugged_in(monta)
    monta.start_by_hand(point_id)
    clock.advance(seconds=8 + 355)
    monta.stop_by_hand(point_id)
    clock.advance(minutes=5)

    charge = monta.charge_of(point_id)

    assert charge
    assert (charge.state, charge.stop_reason) == ("stopped", "StoppedByUser")
    assert charge.consumed_kwh == pytest.approx(1.1)
    assert monta.site.points[point_id].state == "busy-non-released"


def test_a_power_loss_ends_the_charge_at_once_and_leaves_the_cable_in(monta: MontaStandIn, clock: Clock) -> None:
    point_id = plugged_in(monta)
    monta.start_by_hand(point_id)
    clock.advance(seconds=8 + 360)
    monta.break_off(point_id)
    clock.advance(minutes=5)

    charge = monta.charge_of(point_id)

    assert charge
    assert (charge.state, charge.stop_reason) == ("stopped", "PowerLoss")
    assert charge.consumed_kwh == pytest.approx(1.1)
    assert monta.site.points[point_id].car is not None


def test_a_pulled_cable_settles_the_charge_quarter_by_quarter(monta: MontaStandIn, clock: Clock) -> None:
    point_id = plugged_in(monta, wants_kwh=16.5)
    charge_id = monta.start_by_hand(point_id)
    clock.advance(hours=3)
    monta.unplug(point_id)
    clock.advance(seconds=30)
    monta.charge_of(point_id)

    charge = monta.site.charges[charge_id]
    expected = 11 * 3592 / 3600 * 1.0 + (16.5 - 11 * 3592 / 3600) * 3.0
    assert (charge.state, charge.stop_reason) == ("completed", "EVDisconnected")
    assert charge.cost == round(expected, 2)
    assert (charge.price, monta.wallet.balance) == (0, 500)  # at a charger of one's own nobody pays


def test_a_driver_pays_for_the_energy_and_not_what_it_cost_the_owner(monta: MontaStandIn, clock: Clock) -> None:
    monta.site.driver_price = 4.2
    point_id = plugged_in(monta, wants_kwh=5)
    charge_id = monta.start_by_hand(point_id)
    clock.advance(hours=1)
    monta.unplug(point_id)
    clock.advance(seconds=30)
    monta.charge_of(point_id)

    told = shapes.charge(monta.site.charges[charge_id], "DKK")

    assert (told["price"], told["averagePricePerKwh"], monta.wallet.balance) == (21, 4.2, 479)
    assert told["cost"] != told["price"]


def test_without_cost_tracking_a_charge_has_no_cost(monta: MontaStandIn, clock: Clock) -> None:
    monta.site.price = None
    point_id = plugged_in(monta, wants_kwh=5)
    charge_id = monta.start_by_hand(point_id)
    clock.advance(hours=1)
    monta.unplug(point_id)
    clock.advance(seconds=30)
    monta.charge_of(point_id)

    told = shapes.charge(monta.site.charges[charge_id], "DKK")

    assert (told["state"], told["cost"], told["price"]) == ("completed", None, 0)


def test_a_charge_point_that_starts_by_itself_begins_with_the_cable(monta: MontaStandIn, clock: Clock) -> None:
    point_id = monta.add_charge_point(starts_by_itself=True)
    monta.plug_in(point_id, Car(wants_kwh=5))
    clock.advance(seconds=10)

    charge = monta.charge_of(point_id)

    assert charge
    assert (charge.state, charge.by) == ("charging", "plug-in")


def test_montas_own_schedule_begins_when_it_said(monta: MontaStandIn, clock: Clock) -> None:
    point_id = plugged_in(monta)
    monta.schedule_by_cloud(point_id, clock.at + timedelta(hours=2))
    clock.advance(hours=1)
    charge = monta.charge_of(point_id)
    assert charge
    assert (charge.state, monta.site.points[point_id].state) == ("scheduled", "busy-scheduled")

    clock.advance(hours=1)

    assert monta.charge_of(point_id) is charge
    assert charge.state == "charging"


def test_a_new_start_settles_the_charge_before(monta: MontaStandIn, clock: Clock) -> None:
    point_id = plugged_in(monta)
    first = monta.start_by_hand(point_id)
    clock.advance(minutes=10)
    monta.stop_by_hand(point_id)
    clock.advance(minutes=10)

    second = monta.start_by_hand(point_id)

    assert (monta.site.charges[first].state, monta.site.charges[second].state) == ("completed", "starting")


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "charge-points/1", {}, 404),
        ("GET", "nowhere", {}, 404),
        ("DELETE", "charges", {}, 404),
        ("POST", "charges", {}, 400),
        ("POST", "auth/token", {}, 400),
        ("GET", "charges", {"page": "-1"}, 400),
        ("GET", "charges", {"perPage": "101"}, 400),
        ("GET", "charges", {"page": "first"}, 400),
        ("GET", "charges/700100200300400500/kwh-consumption", {"consumptionPeriodSizeInSeconds": "60"}, 400),
    ],
)
async def test_nonsense_is_refused_in_an_envelope(
    monta: MontaStandIn, method: str, path: str, query: dict[str, str], status: int
) -> None:
    answer = await ask(monta, method, path, **query)

    assert answer.status == status
    assert isinstance(answer.body, dict)
    assert {"status", "message", "errorCode"} <= answer.body.keys()


async def test_ten_charge_points_come_at_once_unless_more_are_asked_for(monta: MontaStandIn) -> None:
    for _ in range(12):
        monta.add_charge_point()

    answer = await ask(monta, "GET", "charge-points", page="1")

    assert isinstance(answer.body, dict)
    assert answer.body["meta"] == {
        "itemCount": 2,
        "currentPage": 1,
        "perPage": 10,
        "totalPageCount": 2,
        "totalItemCount": 12,
    }


async def test_the_eleventh_request_of_a_window_is_refused_and_the_next_window_is_free(
    monta: MontaStandIn, clock: Clock
) -> None:
    statuses = [(await ask(monta, "GET", "auth/me")).status for _ in range(11)]
    clock.advance(seconds=59.5)
    refused = await ask(monta, "GET", "auth/me")
    clock.advance(seconds=0.5)

    assert statuses == [200] * 10 + [429]
    assert (refused.status, refused.headers["RateLimit-ResetsIn"]) == (429, "1")
    assert (await ask(monta, "GET", "auth/me")).headers["RateLimit-Remaining"] == "9"


async def test_an_outage_lasts_until_it_is_over(monta: MontaStandIn) -> None:
    monta.failures.outage = Failure.SERVER_ERROR
    assert [(await ask(monta, "GET", "auth/me")).status for _ in range(2)] == [500, 500]

    monta.failures.outage = None

    assert (await ask(monta, "GET", "auth/me")).status == 200


async def test_a_cut_before_acting_leaves_nothing_behind(monta: MontaStandIn) -> None:
    point_id = monta.add_charge_point()
    monta.fail_next(Failure.CUT, "charges")

    with pytest.raises(ConnectionCutError):
        await ask(monta, "POST", "charges", {"chargePointId": point_id})

    assert monta.site.charges == {}
    assert [request.status for request in monta.requests] == [None]


@pytest.mark.enable_socket
async def test_the_server_speaks_http_on_loopback(monta: MontaStandIn, clock: Clock) -> None:
    point_id = plugged_in(monta)
    async with serve(monta) as base_url, client_of(monta, base_url, clock) as client:
        charge = await client.start_charge(point_id)
        found = await client.charges()

    assert base_url.startswith("http://127.0.0.1:")
    assert [one.id for one in found] == [charge.id]


@pytest.mark.enable_socket
@pytest.mark.parametrize("failure", sorted(set(Failure) - {Failure.HANG}, key=str))
async def test_every_failure_goes_over_the_socket(monta: MontaStandIn, clock: Clock, failure: Failure) -> None:
    monta.failures.outage = failure

    async with serve(monta) as base_url, client_of(monta, base_url, clock) as client:
        with pytest.raises(CloudError):
            await client.charge_points()


@pytest.mark.enable_socket
async def test_a_request_that_hangs_does_not_keep_the_server_from_ending(monta: MontaStandIn, clock: Clock) -> None:
    monta.fail_next(Failure.HANG, "charge-points")
    async with serve(monta) as base_url, client_of(monta, base_url, clock) as client:
        hanging = asyncio.create_task(client.charge_points())
        while not monta.sent("charge-points"):  # noqa: ASYNC110 - the stand-in has no event for it
            await asyncio.sleep(0.001)

    with pytest.raises(TransportError):
        await hanging


@pytest.mark.enable_socket
async def test_a_server_that_is_gone_cannot_be_reached(monta: MontaStandIn, clock: Clock) -> None:
    async with serve(monta) as base_url:
        pass

    async with client_of(monta, base_url, clock) as client:
        with pytest.raises(TransportError, match=r"^POST auth/token: Monta cannot be reached"):
            await client.charge_points()


def schema_of(document: dict[str, Any], request: Request, status: int) -> dict[str, Any]:
    """The schema that an API description gives for an answer."""
    found = next(
        operations[request.method.lower()]
        for path, operations in document["paths"].items()
        if _same_path(path, f"/{request.path}") and request.method.lower() in operations
    )
    answer = found["responses"][str(status)]
    name = answer.get("$ref", "").rpartition("/")[2]
    answer = document["components"]["responses"][name] if name else answer
    schema = answer["content"]["application/json"]["schema"]
    assert isinstance(schema, dict)
    return schema


def _same_path(pattern: str, path: str) -> bool:
    pairs = list(zip(pattern.split("/"), path.split("/"), strict=False))
    return pattern.count("/") == path.count("/") and all(a == b or a.startswith("{") for a, b in pairs)


def as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own for null."""
    if isinstance(schema, list):
        return [as_json_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: as_json_schema(value) for key, value in schema.items()}
    return {"anyOf": [plain, {"type": "null"}]} if plain.pop("nullable", None) is True else plain


async def every_answer(monta: MontaStandIn, clock: Clock) -> Iterator[tuple[Request, Response]]:
    """A night's requests, good and bad, each with its answer."""
    point_id, charge_id = plugged_in(monta), 700100200300400500
    monta.add_charge_point(None, serial_number=None, type=None, max_kw=None, meter_kwh=None)
    monta.quota.quota = 1000
    seen: list[tuple[Request, Response]] = []
    respond = monta.respond

    async def noted(request: Request) -> Response:
        seen.append((request, answer := await respond(request)))
        return answer

    monta.respond = noted  # type: ignore[method-assign]
    login = {"clientId": monta.tokens.client_id, "clientSecret": monta.tokens.client_secret}
    token = await ask(monta, "POST", "auth/token", login)
    assert isinstance(token.body, dict)
    await ask(monta, "POST", "auth/refresh", {"refreshToken": token.body["refreshToken"]})
    await ask(monta, "POST", "auth/refresh", {"refreshToken": token.body["refreshToken"]})
    await ask(monta, "POST", "charges", {"chargePointId": point_id})
    await ask(monta, "POST", "charges", {"chargePointId": point_id})
    for minutes in (0, 30, 180):
        clock.advance(minutes=minutes)
        for path in ("charge-points", f"charge-points/{point_id}", "charges", f"charges/{charge_id}", "auth/me"):
            await ask(monta, "GET", path)
    await ask(monta, "POST", f"charges/{charge_id}/stop")
    monta.unplug(point_id)
    clock.advance(minutes=1)
    for path in (f"charges/{charge_id}", "wallets/personal", "wallet-transactions", "wallet-transactions/55000001"):
        await ask(monta, "GET", path)
    await ask(monta, "GET", f"charges/{charge_id}/kwh-consumption")
    for failure in (Failure.SERVER_ERROR, Failure.FORBIDDEN, Failure.RATE_LIMITED):
        monta.fail_next(failure)
        await ask(monta, "GET", "charges")
    return iter(seen)


async def test_every_answer_is_as_the_api_is_described(monta: MontaStandIn, clock: Clock) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    description = SHARED / "monta-openapi.json"
    if not description.exists():
        pytest.skip("no description of Monta's API at hand")
    document = json.loads(description.read_text(encoding="utf-8"))
    components = as_json_schema(document["components"])

    wrong = []
    for request, answer in await every_answer(monta, clock):
        schema = {**as_json_schema(schema_of(document, request, answer.status)), "components": components}
        errors = jsonschema.Draft202012Validator(schema).iter_errors(answer.body)
        wrong += [f"{request.method} {request.path} {answer.status}: {error.message}" for error in errors]

    assert wrong == []
