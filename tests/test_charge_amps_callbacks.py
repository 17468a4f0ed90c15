"""What Charge Amps pushes to those who have an agreement with it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from smart_charging.charger import ChargerState
from smart_charging.clouds.charge_amps.cloud import ChargeAmpsCloud
from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn, Habits
from smart_charging.clouds.charge_amps.stand_in.site import Car
from worlds.charge_amps import SECRET, external_cloud, headers
from worlds.virtual_time import Clock


@pytest.fixture
def amps(clock: Clock) -> ChargeAmpsStandIn:
    stand_in = ChargeAmpsStandIn(now=clock, habits=Habits(report_every=timedelta(0)))
    stand_in.add_charge_point("Garage")
    return stand_in


@pytest.fixture
async def cloud(amps: ChargeAmpsStandIn, clock: Clock) -> ChargeAmpsCloud:
    cloud = external_cloud(amps, clock)
    await cloud.chargers()
    return cloud


@pytest.fixture
def point_id(amps: ChargeAmpsStandIn) -> str:
    return next(iter(amps.site.points))


def boot(point_id: str) -> tuple[str, bytes]:
    return f"chargepoints/{point_id}/boot", json.dumps({"id": point_id, "connectors": []}).encode()


async def test_what_is_pushed_takes_the_place_of_a_reading(
    amps: ChargeAmpsStandIn, cloud: ChargeAmpsCloud, clock: Clock, point_id: str
) -> None:
    heard: list[str] = []
    cloud.follow(lambda: heard.append("news"))
    amps.plug_in(point_id, Car(wants_kwh=60))
    clock.advance(minutes=2)
    events = [amps.session_event(point_id, "Start"), amps.meter_value(point_id)]
    answers = [await cloud.receive(path, headers(), body) for path, body in events]
    amps.requests.clear()

    [charger] = await cloud.chargers()

    assert (answers, heard) == ([200, 200], ["news", "news"])
    assert charger.state is ChargerState.CHARGING
    assert charger.active_charge
    assert charger.active_charge.consumed_kwh == pytest.approx(amps.delivered_kwh(), abs=0.001)
    assert not amps.requests


async def test_a_pushed_status_is_not_taken_for_news_for_long(
    amps: ChargeAmpsStandIn, cloud: ChargeAmpsCloud, clock: Clock, point_id: str
) -> None:
    path, body = amps.heartbeat(point_id)
    await cloud.receive(path, headers(), body)
    amps.plug_in(point_id, Car(wants_kwh=60))
    clock.advance(minutes=1)

    [charger] = await cloud.chargers()

    assert charger.is_plugged_in


async def test_the_end_of_a_session_is_pushed_too(
    amps: ChargeAmpsStandIn, cloud: ChargeAmpsCloud, clock: Clock, point_id: str
) -> None:
    amps.plug_in(point_id, Car(wants_kwh=60))
    clock.advance(minutes=10)
    await cloud.chargers()
    amps.stop_by_hand(point_id)
    path, body = amps.session_event(point_id, "stop")

    assert await cloud.receive(path, headers(), body) == 200
    [charger] = await cloud.chargers()

    assert (charger.state, charger.active_charge) == (ChargerState.FINISHING, None)


async def test_a_restart_has_the_settings_read_again(
    amps: ChargeAmpsStandIn, cloud: ChargeAmpsCloud, clock: Clock, point_id: str
) -> None:
    amps.set_by_hand(point_id, max_current=10.0)
    path, body = boot(point_id)

    assert await cloud.receive(path, headers(), body) == 200
    [charger] = await cloud.chargers()

    assert charger.current_limit_a == 10


@pytest.mark.parametrize("energy", ["totalConsumptionKwh", "totalConsumptionKWh"])
async def test_both_spellings_and_values_of_zero_are_read(
    amps: ChargeAmpsStandIn, cloud: ChargeAmpsCloud, point_id: str, energy: str
) -> None:
    value = {"chargePointId": point_id, "connectorId": 1, energy: 0.0, "measurements": []}
    body = json.dumps({"meterValueList": [value]}).encode()

    assert await cloud.receive(f"/ChargePoints/{point_id}/MeterValue", headers(), body) == 200
    [charger] = await cloud.chargers()

    assert charger.state is ChargerState.CHARGING
    assert charger.active_charge
    assert charger.active_charge.consumed_kwh == 0


@pytest.mark.parametrize(
    ("kind", "secret", "body", "status"),
    [
        pytest.param("heartbeat", "wrong", b"{}", 401, id="another secret"),
        pytest.param("heartbeat", "", b"{}", 401, id="no secret"),
        pytest.param("heartbeat", SECRET, b"{", 400, id="no JSON"),
        pytest.param("heartbeat", SECRET, b"[]", 422, id="another shape"),
        pytest.param("heartbeat", SECRET, b'{"id": "others"}', 422, id="another charge point's status"),
        pytest.param("metervalue", SECRET, b"{}", 422, id="no list"),
        pytest.param("dance", SECRET, b"{}", 422, id="another path"),
        pytest.param("boot", SECRET, b'{"id": "4711"}', 422, id="an unknown charge point"),
    ],
)
async def test_what_cannot_be_taken_is_answered_with_the_reason(
    cloud: ChargeAmpsCloud, kind: str, secret: str, body: bytes, status: int
) -> None:
    point_id = "4711" if b"4711" in body else next(iter(cloud._external._listed))

    assert await cloud.receive(f"chargepoints/{point_id}/{kind}", headers(secret), body) == status


async def test_who_is_not_ready_says_so(amps: ChargeAmpsStandIn, clock: Clock, point_id: str) -> None:
    path, body = amps.heartbeat(point_id)

    assert await external_cloud(amps, clock).receive(path, headers(), body) == 503
