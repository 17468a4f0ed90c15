"""Monta in our words, at two requests a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smart_charging.charger import ChargerState, ChargeState
from smart_charging.demo.site import Car

if TYPE_CHECKING:
    from fakes import Clock
    from smart_charging.demo.stand_in import MontaStandIn
    from smart_charging.monta.cloud import MontaCloud


async def test_a_charger_is_told_in_our_words(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> None:
    point = monta.add_charge_point("Garage", serial_number=None)
    monta.plug_in(point, Car(wants_kwh=5))
    charge_id = monta.start_by_hand(point)
    clock.advance(minutes=10)

    [charger] = await cloud.chargers()

    assert (charger.id, charger.name, charger.state) == (str(point), "Garage", ChargerState.CHARGING)
    assert charger.active_charge
    assert (charger.active_charge.id, charger.active_charge.currency) == (str(charge_id), "DKK")


async def test_a_cycle_takes_two_requests_for_a_hundred_chargers(monta: MontaStandIn, cloud: MontaCloud) -> None:
    for _ in range(100):
        monta.start_by_hand(monta.add_charge_point())
    await cloud.chargers()
    before = len(monta.requests)

    await cloud.chargers()

    assert [str(request) for request in monta.requests[before:]] == ["GET charge-points", "GET charges"]


async def test_start_and_stop_take_ids_as_text(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> None:
    point = monta.add_charge_point()
    monta.plug_in(point, Car(wants_kwh=5))

    started = await cloud.start(str(point))
    clock.advance(minutes=10)
    stopped = await cloud.stop(started.id)

    assert (started.state, stopped.state) == (ChargeState.STARTING, ChargeState.STOPPING)
