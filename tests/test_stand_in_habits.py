"""What the stand-in tells when its habits are others than ours, and that the truth behind stays the same."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.habits import CableStamp, Habits, KwhTold, ListOrder, Words
from smart_charging.clouds.monta.stand_in.messages import Request
from smart_charging.clouds.monta.stand_in.site import Car
from worlds.virtual_time import Clock

Row = Mapping[str, Any]


def cloud_with(clock: Clock, **habits: Any) -> tuple[MontaStandIn, int]:
    """With a car that waits."""
    monta = MontaStandIn(now=clock, habits=Habits(**habits), price=lambda _at: 1.0)
    point_id = monta.add_charge_point(max_kw=11)
    monta.plug_in(point_id, Car(wants_kwh=40))
    return monta, point_id


async def ask(monta: MontaStandIn, path: str, method: str = "GET", json: object = None) -> Any:
    token = monta.tokens.login(monta.tokens.client_id, monta.tokens.client_secret)["accessToken"]
    headers = {"authorization": f"Bearer {token}"}
    return (await monta.respond(Request(method=method, path=path, json=json, headers=headers))).body


async def start(monta: MontaStandIn, point_id: int) -> int:
    return int((await ask(monta, "charges", "POST", {"chargePointId": point_id}))["id"])


async def listed(monta: MontaStandIn) -> list[Row]:
    return list((await ask(monta, "charges"))["data"])


async def test_a_late_list_shows_the_end_of_a_charge_when_it_is_that_old(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, list_lag=timedelta(seconds=30))
    charge_id = await start(monta, point_id)
    clock.advance(hours=1)
    await ask(monta, f"charges/{charge_id}/stop", "POST")
    clock.advance(seconds=20)

    [soon] = await listed(monta)
    alone = await ask(monta, f"charges/{charge_id}")
    clock.advance(seconds=20)
    [later] = await listed(monta)

    assert (soon["state"], alone["state"], later["state"]) == ("charging", "stopped", "stopped")


async def test_a_late_list_is_as_late_as_it_says_however_seldom_one_looks(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, list_lag=timedelta(seconds=30))
    await start(monta, point_id)
    clock.advance(hours=1, seconds=38)

    [row] = await listed(monta)

    assert row["consumedKwh"] == pytest.approx(11)


async def test_a_look_at_the_truth_makes_no_late_list_later(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, list_lag=timedelta(seconds=30))
    await start(monta, point_id)
    clock.advance(hours=1, seconds=28)
    monta.charge_of(point_id)
    clock.advance(seconds=10)

    [row] = await listed(monta)

    assert row["consumedKwh"] == pytest.approx(11, abs=0.1)


@pytest.mark.parametrize("step_s", [7, 600])
async def test_however_often_one_looks_late_lists_change_no_energy(clock: Clock, step_s: int) -> None:
    monta, point_id = cloud_with(clock, list_lag=timedelta(seconds=20), state_lag=timedelta(seconds=60))
    await start(monta, point_id)

    for _ in range(3600 // step_s):
        clock.advance(seconds=step_s)
        await listed(monta)

    charge = monta.charge_of(point_id)
    assert charge
    assert charge.consumed_kwh == pytest.approx(11 * (3600 // step_s * step_s - 8) / 3600)


@pytest.mark.parametrize(("order", "place"), [(ListOrder.NEWEST_FIRST, 0), (ListOrder.OLDEST_FIRST, -1)], ids=str)
async def test_a_list_has_the_order_it_has(clock: Clock, order: ListOrder, place: int) -> None:
    monta, point_id = cloud_with(clock, list_order=order, past_charges=5)
    charge_id = await start(monta, point_id)

    rows = await listed(monta)

    assert len(rows) == 6
    assert rows[place]["id"] == charge_id


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (Words.MONTA, "PowerLoss"),
        (Words.PREFIXED, "ChargePointPowerLoss"),
        (Words.OCPP_201, "PowerLoss"),
        (Words.NONE, None),
    ],
)
async def test_an_end_is_told_in_the_clouds_words(clock: Clock, words: Words, told: str | None) -> None:
    monta, point_id = cloud_with(clock, reasons=words, cable_stamp=CableStamp.OWN_START)
    await start(monta, point_id)
    clock.advance(minutes=5)
    monta.break_off(point_id, "PowerLoss")

    [row] = await listed(monta)

    assert row["stopReason"] == told
    assert row["cablePluggedInAt"] == row["startedAt"]


async def test_a_meter_that_reports_every_quarter_tells_nothing_before_and_all_at_the_end(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, meter_rhythm=timedelta(minutes=15))
    charge_id = await start(monta, point_id)
    clock.advance(minutes=14)
    before = (await ask(monta, f"charges/{charge_id}"))["consumedKwh"]

    clock.advance(minutes=6)
    after_a_report = (await ask(monta, f"charges/{charge_id}"))["consumedKwh"]
    monta.break_off(point_id, None)
    in_the_end = (await ask(monta, f"charges/{charge_id}"))["consumedKwh"]

    assert (before, after_a_report) == (0, 2.75)
    assert in_the_end == pytest.approx(11 * (20 * 60 - 8) / 3600, abs=0.01)


@pytest.mark.parametrize(("is_kept", "state"), [(True, "stopped"), (False, "charging")])
async def test_a_stop_reaches_a_charger_that_was_offline_or_is_lost(clock: Clock, *, is_kept: bool, state: str) -> None:
    monta, point_id = cloud_with(clock, keeps_commands=is_kept)
    charge_id = await start(monta, point_id)
    clock.advance(hours=1)
    monta.lose(point_id)
    await ask(monta, f"charges/{charge_id}/stop", "POST")
    clock.advance(hours=1)
    meanwhile = await ask(monta, f"charges/{charge_id}")
    monta.find(point_id)
    clock.advance(minutes=1)

    told = await ask(monta, f"charges/{charge_id}")

    assert (meanwhile["state"], meanwhile["consumedKwh"]) == ("stopping", pytest.approx(11, abs=0.05))
    assert told["state"] == state
    assert told["consumedKwh"] == pytest.approx(22, abs=0.3)


async def test_a_charge_is_found_by_its_id_some_time_after_its_start(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, look_lag=timedelta(seconds=20))
    charge_id = await start(monta, point_id)

    soon = await ask(monta, f"charges/{charge_id}")
    clock.advance(seconds=20)

    assert soon["status"] == "NOT_FOUND"
    assert (await ask(monta, f"charges/{charge_id}"))["state"] == "charging"


async def test_lists_may_tell_nothing_but_their_rows(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, counts_pages=False)
    await start(monta, point_id)

    assert (await ask(monta, "charges")).keys() == {"data"}


async def test_energy_that_is_told_at_the_end_of_a_charge_has_moved_the_meter_before(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, kwh_told=KwhTold.AT_END)
    before = (await ask(monta, f"charge-points/{point_id}"))["lastMeterReadingKwh"]
    charge_id = await start(monta, point_id)
    clock.advance(hours=1)

    running = await ask(monta, f"charges/{charge_id}")
    meter = (await ask(monta, f"charge-points/{point_id}"))["lastMeterReadingKwh"]
    await ask(monta, f"charges/{charge_id}/stop", "POST")
    clock.advance(seconds=20)

    assert running["consumedKwh"] is None
    assert meter - before == pytest.approx(11, abs=0.1)
    assert (await ask(monta, f"charges/{charge_id}"))["consumedKwh"] == pytest.approx(11, abs=0.1)


async def test_neither_charge_nor_meter_may_tell_energy_before_it_is_settled(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, kwh_told=KwhTold.SETTLED, tells_meter=False)
    charge_id = await start(monta, point_id)
    clock.advance(hours=1)
    await ask(monta, f"charges/{charge_id}/stop", "POST")
    clock.advance(seconds=20)

    stopped = await ask(monta, f"charges/{charge_id}")
    point = await ask(monta, f"charge-points/{point_id}")
    monta.unplug(point_id)
    clock.advance(minutes=2)

    assert {stopped[key] for key in ("consumedKwh", "startMeterKwh", "endMeterKwh")} == {None}
    assert point["lastMeterReadingKwh"] is None
    assert (await ask(monta, f"charges/{charge_id}"))["consumedKwh"] == pytest.approx(11, abs=0.1)


async def test_a_charge_that_has_ended_may_be_called_stopping_until_it_is_settled(clock: Clock) -> None:
    monta, point_id = cloud_with(clock, names_end=False)
    charge_id = await start(monta, point_id)
    await ask(monta, f"charges/{charge_id}/stop", "POST")
    clock.advance(hours=2)

    stopped = await ask(monta, f"charges/{charge_id}")
    monta.unplug(point_id)
    clock.advance(minutes=2)

    assert (stopped["state"], stopped["stoppedAt"]) == ("stopping", None)
    assert (await ask(monta, f"charges/{charge_id}"))["state"] == "completed"


async def test_a_charge_that_is_held_pauses_and_goes_on(clock: Clock) -> None:
    monta, point_id = cloud_with(clock)
    monta.hold(point_id)
    charge_id = await start(monta, point_id)
    clock.advance(hours=1)
    held = await ask(monta, f"charges/{charge_id}")

    monta.let_go(point_id)
    clock.advance(hours=1)

    assert (held["state"], held["consumedKwh"]) == ("paused", 0)
    assert (await ask(monta, f"charges/{charge_id}"))["consumedKwh"] == pytest.approx(11)


async def test_a_sliding_quota_frees_one_request_after_the_other(clock: Clock) -> None:
    monta, _ = cloud_with(clock)
    monta.quota.is_sliding = True
    for _ in range(10):
        await listed(monta)
        clock.advance(seconds=4)

    refused = await ask(monta, "charges")
    clock.advance(seconds=25)  # the refused one counts, too
    await listed(monta)

    assert refused["status"] == "TOO_MANY_REQUESTS"
    assert monta.quota.refused == 1
