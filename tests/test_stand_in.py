"""The stand-in itself: it must behave like Monta, or everything tested on it proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smart_charging.demo.server import serve
from smart_charging.demo.site import Car
from smart_charging.demo.stand_in import MontaStandIn
from smart_charging.errors import TransportError
from smart_charging.monta.client import MontaClient

if TYPE_CHECKING:
    from fakes import Clock


@pytest.fixture
def monta(clock: Clock) -> MontaStandIn:
    return MontaStandIn(now=clock)  # reached directly or over a socket, without respx in between


def test_a_full_car_pauses_the_charge_at_the_moment_it_is_full(monta: MontaStandIn, clock: Clock) -> None:
    point = monta.add_charge_point(max_kw=11)
    monta.plug_in(point, Car(wants_kwh=5.5))
    monta.start_by_hand(point)
    clock.advance(hours=8)

    charge = monta.charge_of(point)

    assert charge
    assert charge.started_at
    assert charge.fully_charged_at
    assert charge.state == "paused"
    assert (charge.fully_charged_at - charge.started_at).total_seconds() == pytest.approx(1800)


def test_a_start_without_a_cable_times_out(monta: MontaStandIn, clock: Clock) -> None:
    point = monta.add_charge_point()
    monta.start_by_hand(point)
    clock.advance(minutes=2)
    waiting = monta.charge_of(point)
    assert waiting
    assert waiting.state == "starting"

    clock.advance(minutes=1)

    assert monta.charge_of(point) is waiting
    assert (waiting.state, waiting.timeout_at) == ("stopped", clock.at)


def test_a_pulled_cable_settles_the_charge_and_the_wallet(monta: MontaStandIn, clock: Clock) -> None:
    monta.site.price = lambda at: 1.0 if at.hour == 20 else 3.0
    point = monta.add_charge_point(max_kw=11)
    monta.plug_in(point, Car(wants_kwh=16.5))
    charge_id = monta.start_by_hand(point)
    clock.advance(hours=3)

    monta.unplug(point)
    clock.advance(seconds=30)
    monta.charge_of(point)

    charge = monta.site.charges[charge_id]
    assert charge.state == "completed"
    assert charge.cost == pytest.approx(11 + 5.5 * 3, abs=0.1)
    assert monta.wallet.balance == pytest.approx(500 - 27.5, abs=0.1)


@pytest.mark.enable_socket
async def test_the_server_speaks_http_on_loopback(monta: MontaStandIn, clock: Clock) -> None:
    point = monta.add_charge_point()
    async with serve(monta) as base_url, _client(monta, base_url, clock) as client:
        found = await client.charge_points()

    assert base_url.startswith("http://127.0.0.1:")
    assert [charge_point.id for charge_point in found] == [point]


@pytest.mark.enable_socket
async def test_a_server_that_is_gone_is_a_transport_error(monta: MontaStandIn, clock: Clock) -> None:
    async with serve(monta) as base_url:
        pass

    async with _client(monta, base_url, clock) as client:
        with pytest.raises(TransportError, match=r"^POST auth/token: "):
            await client.charge_points()


def _client(monta: MontaStandIn, base_url: str, clock: Clock) -> MontaClient:
    return MontaClient(
        client_id=monta.tokens.client_id, client_secret=monta.tokens.client_secret, base_url=base_url, now=clock
    )
