"""Every endpoint, and what becomes of answers that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smart_charging.demo.failures import Failure
from smart_charging.demo.site import Car
from smart_charging.demo.stand_in import MontaStandIn
from smart_charging.errors import NotFoundError, NotPermittedError, RefusedError, ResponseError, TransportError
from smart_charging.monta.models import ChargeState

if TYPE_CHECKING:
    from fakes import Clock
    from smart_charging.monta.client import MontaClient


async def test_all_pages_of_charge_points_are_read_from_page_0_on(monta: MontaStandIn, client: MontaClient) -> None:
    ids = [monta.add_charge_point() for _ in range(201)]

    points = await client.charge_points()

    assert [point.id for point in points] == ids
    assert [request.query["page"] for request in monta.sent("charge-points")] == ["0", "1", "2"]


async def test_an_empty_list_is_not_an_error(client: MontaClient) -> None:
    assert await client.charge_points() == []


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


async def test_an_18_digit_id_arrives_intact(monta: MontaStandIn, client: MontaClient) -> None:
    point = monta.add_charge_point()
    charge_id = monta.start_by_hand(point)

    assert [charge.id for charge in await client.charges()] == [charge_id] == [700100200300400500]


async def test_wallet_and_transactions_come_without_the_sentence_that_names_the_street(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    monta.site.price = lambda _: 2.0
    point = monta.add_charge_point()
    monta.plug_in(point, Car(wants_kwh=10))
    monta.start_by_hand(point)
    clock.advance(hours=2)
    monta.unplug(point)
    clock.advance(minutes=1)

    wallet, transactions = await client.personal_wallet(), await client.wallet_transactions()

    assert wallet.balance
    assert (wallet.balance.amount, wallet.balance.credit) == (480.0, 25.0)
    assert [transaction.from_amount for transaction in transactions] == [20.0]
    assert "Hidden Lane" not in repr(transactions)
    assert (await client.wallet_transaction(transactions[0].id)) == transactions[0]


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure.SERVER_ERROR, TransportError),
        (Failure.CUT, TransportError),
        (Failure.HTML, ResponseError),
        (Failure.ERROR_ENVELOPE, ResponseError),
        (Failure.FORBIDDEN, NotPermittedError),
    ],
)
async def test_a_failure_becomes_the_error_its_catcher_can_act_on(
    monta: MontaStandIn, client: MontaClient, failure: Failure, error: type[Exception]
) -> None:
    monta.fail_next(failure, "charge-points")

    with pytest.raises(error, match=r"^GET charge-points: ") as raised:
        await client.charge_points()

    assert type(raised.value) is error


async def test_a_charge_nobody_knows_is_not_found(client: MontaClient) -> None:
    with pytest.raises(NotFoundError, match=r"^GET charges/7: 404, RESOURCE_NOT_FOUND, .*\(request-id stand-in-2\)$"):
        await client.charge(7)


async def test_a_second_start_is_refused(monta: MontaStandIn, client: MontaClient) -> None:
    point = monta.add_charge_point()
    await client.start_charge(point)

    with pytest.raises(RefusedError):
        await client.start_charge(point)
