"""Monta in our words, at two requests a cycle."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from smart_charging.charger import Charger, ChargerState, ChargeState
from smart_charging.clouds.monta.models import Charge, ChargePoint
from smart_charging.clouds.monta.models import ChargePointState as PointState
from smart_charging.clouds.monta.models import ChargeState as MontaState
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta.translate import charge_from, charger_from
from smart_charging.errors import NotFoundError, NotPermittedError, RateLimitedError, TransportError
from worlds.fakes import payload
from worlds.virtual_time import EVENING

if TYPE_CHECKING:
    from smart_charging.clouds.http.budget import Budget
    from smart_charging.clouds.monta.client import MontaClient
    from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
    from worlds.virtual_time import Clock
from smart_charging.clouds.monta.cloud import MontaCloud

NOW = EVENING
CYCLE = ["GET charge-points", "GET charges"]


def sent_since(monta: MontaStandIn, count: int) -> list[str]:
    return [str(request) for request in monta.requests[count:]]


def point(state: str | None, *, plugged_in: bool) -> ChargePoint:
    body = payload("charge_point_charging") | {"state": state, "cablePluggedIn": plugged_in}
    return ChargePoint.model_validate(body)


def charge(**changes: object) -> Charge:
    return Charge.model_validate(payload("charge_paused_by_car") | changes)


async def one_charging(monta: MontaStandIn, clock: Clock) -> tuple[int, int]:
    """A charger with a running charge; its id and the charge's."""
    charger = monta.add_charge_point()
    monta.plug_in(charger, Car(wants_kwh=50))
    charge_id = monta.start_by_hand(charger)
    clock.advance(minutes=1)
    return charger, charge_id


def hundred_more(monta: MontaStandIn) -> None:
    """So many newer charges that the ones before do not show in the bulk answer."""
    busy = monta.add_charge_point()
    for _ in range(100):
        monta.start_by_hand(busy)
        monta.unplug(busy)


def by_id(chargers: object, charger_id: int) -> Charger:
    assert isinstance(chargers, list)
    [found] = [charger for charger in chargers if charger.id == str(charger_id)]
    assert isinstance(found, Charger)
    return found


async def test_a_charger_and_its_charge_are_told_in_our_words(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    point_id = monta.add_charge_point("Garage", max_kw=11, meter_kwh=1000)
    monta.plug_in(point_id, Car(wants_kwh=5))
    charge_id = monta.start_by_hand(point_id)
    clock.advance(minutes=6, seconds=8)

    [charger] = await cloud.chargers()

    assert (charger.id, charger.name, charger.state) == (str(point_id), "Garage", ChargerState.CHARGING)
    assert (charger.cloud_state, charger.is_plugged_in) == ("busy-charging", True)
    assert (charger.visibility, charger.type) == ("private", "ac")
    assert (charger.max_power_kw, charger.meter_kwh) == (11.0, 1001.1)
    assert charger.active_charge
    assert (charger.active_charge.id, charger.active_charge.charger_id) == (str(charge_id), str(point_id))
    assert (charger.active_charge.consumed_kwh, charger.active_charge.currency) == (1.1, "DKK")


async def test_a_charger_without_hardware_state_or_name_is_shown(monta: MontaStandIn, cloud: MontaCloud) -> None:
    point_id = monta.add_charge_point(None, serial_number=None, type=None, max_kw=None, meter_kwh=None)
    monta.site.points[point_id].reports_state = False

    [charger] = await cloud.chargers()

    assert (charger.name, charger.state, charger.type) == (f"Charge point {point_id}", ChargerState.UNKNOWN, "unknown")
    assert (charger.cloud_state, charger.meter_kwh, charger.max_power_kw, charger.charges) == (None, None, None, ())


@pytest.mark.parametrize(
    ("word", "plugged_in", "state"),
    [
        ("available", False, ChargerState.AVAILABLE),
        ("available", True, ChargerState.PREPARING),
        ("busy", True, ChargerState.PREPARING),
        ("busy-blocked", True, ChargerState.SUSPENDED_EVSE),
        ("busy-charging", True, ChargerState.CHARGING),
        ("busy-non-charging", True, ChargerState.PREPARING),
        ("busy-non-released", True, ChargerState.FINISHING),
        ("busy-reserved", False, ChargerState.RESERVED),
        ("busy-scheduled", True, ChargerState.SUSPENDED_EVSE),
        ("error", False, ChargerState.FAULTED),
        ("disconnected", False, ChargerState.OFFLINE),
        ("passive", False, ChargerState.INOPERATIVE),
        ("maintenance", False, ChargerState.INOPERATIVE),
        ("exempt", False, ChargerState.UNKNOWN),
        ("other", False, ChargerState.UNKNOWN),
        ("hovering", False, ChargerState.UNKNOWN),
        (None, True, ChargerState.UNKNOWN),
    ],
)
def test_without_a_charge_the_charge_point_says_the_state(
    word: str | None,
    plugged_in: bool,  # noqa: FBT001 - a column of the table
    state: ChargerState,
) -> None:
    charger = charger_from(point(word, plugged_in=plugged_in), [], NOW)

    assert (charger.state, charger.cloud_state) == (state, word)


@pytest.mark.parametrize(
    ("word", "charge_word", "state"),
    [
        ("busy-charging", "paused", ChargerState.SUSPENDED_EV),
        ("busy-charging", "charging", ChargerState.CHARGING),
        ("busy-charging", "stopping", ChargerState.CHARGING),
        ("busy-charging", "starting", ChargerState.PREPARING),
        ("busy-non-released", "starting", ChargerState.PREPARING),
        ("busy-non-charging", "scheduled", ChargerState.SUSPENDED_EVSE),
        ("busy-non-charging", "completed", ChargerState.PREPARING),
        ("busy-non-released", "stopped", ChargerState.FINISHING),
        ("available", "paused", ChargerState.SUSPENDED_EV),
        (None, "charging", ChargerState.CHARGING),
        ("error", "charging", ChargerState.FAULTED),
        ("disconnected", "charging", ChargerState.OFFLINE),
    ],
)
def test_whether_energy_flows_is_the_charges_to_say(word: str | None, charge_word: str, state: ChargerState) -> None:
    assert charger_from(point(word, plugged_in=True), [charge(state=charge_word)], NOW).state is state


def test_every_word_of_monta_for_a_charge_has_one_of_ours() -> None:
    words = set(MontaState) - {MontaState.OTHER, MontaState.UNKNOWN}
    ours = {word: charge_from(charge(state=word.value), NOW).state for word in words}

    active = {word.value for word, state in ours.items() if state.is_active}
    assert active == {"paying", "reserved", "scheduled", "starting", "charging", "paused", "stopping"}
    assert ours[MontaState.COMPLETED] is ChargeState.COMPLETED
    assert {ours[MontaState.RELEASED], ours[MontaState.STOPPED]} == {ChargeState.STOPPED}


def test_every_pair_of_words_makes_a_state_of_ours() -> None:
    pairs = itertools.product(PointState, MontaState)
    chargers = [charger_from(point(one, plugged_in=True), [charge(state=other)], NOW) for one, other in pairs]

    assert {type(charger.state) for charger in chargers} == {ChargerState}


def test_the_active_charge_is_the_newest_that_is_not_over() -> None:
    words = ["completed", "paused", "charging"]

    charger = charger_from(point("busy", plugged_in=True), [charge(id=n, state=w) for n, w in enumerate(words)], NOW)

    assert charger.last_charge
    assert charger.active_charge
    assert (charger.last_charge.id, charger.active_charge.id) == ("0", "1")


async def test_a_charge_keeps_starting_until_a_cable_comes_or_its_time_is_up(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    started = await cloud.start(str(monta.add_charge_point()))
    clock.advance(minutes=2)
    waiting = await cloud.charge(started.id)
    clock.advance(minutes=1)
    over = await cloud.charge(started.id)

    assert (waiting.state, waiting.failed_at) == (ChargeState.STARTING, None)
    assert (over.state, over.failed_at, over.failure_reason) == (
        ChargeState.STOPPED,
        EVENING + timedelta(minutes=3),
        "timed out",
    )


async def test_a_failed_start_says_why(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> None:
    point_id = monta.add_charge_point()
    monta.site.points[point_id].fails_with = "Connector locked"
    monta.plug_in(point_id, Car(wants_kwh=5))

    started = await cloud.start(str(point_id))
    clock.advance(seconds=8)

    failed = await cloud.charge(started.id)
    assert (failed.failed_at, failed.failure_reason) == (clock.at, "Connector locked")


async def test_two_chargers_charge_each_with_its_own_charge(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    ids = [await one_charging(monta, clock) for _ in range(2)]

    chargers = await cloud.chargers()

    active = [(int(charger.id), int(charger.active_charge.id)) for charger in chargers if charger.active_charge]
    assert active == ids


async def test_a_charge_that_ends_between_two_polls_is_seen_completed(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    monta.site.price = lambda _: 0.5
    charger_id, _ = await one_charging(monta, clock)
    await cloud.chargers()
    monta.unplug(charger_id)
    clock.advance(minutes=2)

    [charger] = await cloud.chargers()

    assert charger.last_charge
    assert (charger.last_charge.state, charger.active_charge) == (ChargeState.COMPLETED, None)
    assert charger.last_charge.cost is not None


async def test_a_meter_that_begins_anew_is_passed_on_as_it_is(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    charger_id, _ = await one_charging(monta, clock)
    monta.charge_of(charger_id)
    monta.site.points[charger_id].meter_kwh = 0.006

    [charger] = await cloud.chargers()

    assert charger.meter_kwh == 0.006


async def test_a_cycle_takes_two_requests_for_a_hundred_chargers(monta: MontaStandIn, cloud: MontaCloud) -> None:
    for _ in range(100):
        monta.start_by_hand(monta.add_charge_point())
    await cloud.chargers()
    before = len(monta.requests)

    await cloud.chargers()

    assert sent_since(monta, before) == CYCLE


async def test_a_charger_never_seen_with_a_charge_is_asked_about_once(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    new, (charging, charge_id) = monta.add_charge_point(), await one_charging(monta, clock)
    hundred_more(monta)
    for _ in range(4):
        await cloud.chargers()
        clock.advance(seconds=30)

    chargers = await cloud.chargers()

    assert [
        request.query["chargePointId"] for request in monta.sent("charges") if "chargePointId" in request.query
    ] == [
        str(new),
        str(charging),
    ]
    assert by_id(chargers, new).charges == ()
    assert [one.id for one in by_id(chargers, charging).charges] == [str(charge_id)]


async def test_a_running_charge_that_left_the_bulk_is_asked_about_until_it_is_over(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    charger_id, charge_id = await one_charging(monta, clock)
    await cloud.chargers()
    hundred_more(monta)
    clock.advance(seconds=20)
    asked = f"GET charges/{charge_id}"

    before = len(monta.requests)
    assert by_id(await cloud.chargers(), charger_id).state is ChargerState.CHARGING
    assert asked in sent_since(monta, before)
    monta.unplug(charger_id)
    clock.advance(minutes=2)
    assert by_id(await cloud.chargers(), charger_id).active_charge is None
    before = len(monta.requests)
    clock.advance(minutes=2)
    await cloud.chargers()
    assert asked not in sent_since(monta, before)


async def test_many_running_charges_beyond_the_bulk_are_read_with_one_request(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    charger_ids = [(await one_charging(monta, clock))[0] for _ in range(5)]
    await cloud.chargers()
    hundred_more(monta)
    clock.advance(minutes=1)
    before = len(monta.requests)

    chargers = await cloud.chargers()

    asked = [str(request.query.get("state")) for request in monta.requests[before:] if request.path == "charges"]
    assert asked == ["None", "charging"]
    charges = [by_id(chargers, charger_id).active_charge for charger_id in charger_ids]
    assert [charge and charge.updated_at for charge in charges] == [clock.at] * 5


async def test_one_of_many_that_is_not_charging_any_more_is_read_by_its_id(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    ids = [await one_charging(monta, clock) for _ in range(5)]
    await cloud.chargers()
    hundred_more(monta)
    monta.unplug(ids[2][0])
    clock.advance(minutes=1)

    chargers = await cloud.chargers()

    assert [by_id(chargers, charger_id).active_charge is None for charger_id, _ in ids] == [False] * 2 + [True] + [
        False
    ] * 2


@pytest.mark.parametrize(
    ("chargers", "wanted_s", "planned_s"), [(100, 15, 15), (101, 15, 20), (101, 25, 25), (201, 25, 30)]
)
async def test_reads_of_many_chargers_are_planned_as_far_apart_as_the_quota_needs(
    monta: MontaStandIn, cloud: MontaCloud, chargers: int, wanted_s: int, planned_s: int
) -> None:
    for _ in range(chargers):
        monta.add_charge_point()
    await cloud.chargers()

    assert cloud.plan(timedelta(seconds=wanted_s)) == timedelta(seconds=planned_s)


async def test_without_quota_to_spare_the_last_charges_stand_in(
    monta: MontaStandIn, client: MontaClient, cloud: MontaCloud, clock: Clock
) -> None:
    charger_id, charge_id = await one_charging(monta, clock)
    for _ in range(100):
        monta.add_charge_point()
    await cloud.chargers()
    await asyncio.gather(*(client.personal_wallet() for _ in range(2)))
    monta.unplug(charger_id)
    before = len(monta.requests)

    charger = by_id(await cloud.chargers(), charger_id)

    assert sent_since(monta, before) == ["GET charge-points"] * 2
    assert (charger.is_plugged_in, [charge.id for charge in charger.charges]) == (False, [str(charge_id)])


async def test_after_a_command_without_an_answer_only_news_will_do(monta: MontaStandIn, cloud: MontaCloud) -> None:
    point_id = monta.add_charge_point()
    monta.plug_in(point_id, Car(wants_kwh=5))
    for _ in range(100):
        monta.add_charge_point()
    await cloud.chargers()
    monta.fail_next(Failure.CUT_AFTER_ACTING, "charges")
    with pytest.raises(TransportError):
        await cloud.start(str(point_id))

    charger = by_id(await cloud.chargers(), point_id)

    assert charger.active_charge


async def test_look_ups_for_want_of_quota_take_turns_with_the_newest_charges(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    for _ in range(120):
        monta.add_charge_point()
    for _ in range(3):
        await cloud.chargers()
        clock.advance(seconds=25)
    before = len(monta.requests)

    for _ in range(12):
        await cloud.chargers()
        clock.advance(seconds=25)

    asked = [request for request in monta.requests[before:] if request.path == "charges"]
    singles = sum("chargePointId" in request.query for request in asked)
    assert 3 <= singles <= len(asked) - 3
    assert monta.quota.refused == 0


async def test_a_running_charge_that_vanished_is_forgotten(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    charger_id, charge_id = await one_charging(monta, clock)
    await cloud.chargers()
    hundred_more(monta)
    clock.advance(seconds=20)
    del monta.site.charges[charge_id]

    assert by_id(await cloud.chargers(), charger_id).charges == ()


@pytest.mark.parametrize("failure", [Failure.SERVER_ERROR, Failure.ERROR_ENVELOPE, Failure.RATE_LIMITED])
async def test_a_look_up_that_fails_costs_nobody_the_news(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock, failure: Failure
) -> None:
    charger_id, charge_id = await one_charging(monta, clock)
    await cloud.chargers()
    hundred_more(monta)
    monta.fail_next(failure, f"charges/{charge_id}")

    chargers = await cloud.chargers()

    assert len(chargers) == 2
    assert by_id(chargers, charger_id).state is ChargerState.CHARGING


async def test_a_charger_whose_charges_are_refused_is_shown_and_not_asked_about_again(
    monta: MontaStandIn, cloud: MontaCloud
) -> None:
    charger_id = monta.add_charge_point()
    monta.fail_next(Failure.FORBIDDEN, "charges?chargePointId")

    assert [by_id(await cloud.chargers(), charger_id).charges for _ in range(2)] == [(), ()]
    assert [request.status for request in monta.sent("charges")] == [200, 403, 200]


async def test_credentials_that_may_not_see_charges_show_chargers_without_and_say_so_once(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await one_charging(monta, clock)
    monta.endpoints.scopes = ("charge-points",)

    await cloud.chargers()
    [charger] = await cloud.chargers()

    assert (charger.state, charger.charges) == (ChargerState.CHARGING, ())
    assert [record.message[:61] for record in caplog.records] == [
        "Chargers are shown without their charges: GET charges: 403, A"
    ]


async def test_credentials_that_may_not_see_chargers_are_told_so(monta: MontaStandIn, cloud: MontaCloud) -> None:
    monta.endpoints.scopes = ()

    with pytest.raises(NotPermittedError, match=r"^GET charge-points: 403"):
        await cloud.chargers()


@pytest.mark.parametrize("path", ["charge-points", "charges"])
async def test_a_cycle_that_fails_half_way_fails(monta: MontaStandIn, cloud: MontaCloud, path: str) -> None:
    monta.fail_next(Failure.SERVER_ERROR, path)

    with pytest.raises(TransportError):
        await cloud.chargers()


async def test_start_and_stop_take_and_give_ids_as_text(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> None:
    point_id = monta.add_charge_point()
    monta.plug_in(point_id, Car(wants_kwh=5))

    started = await cloud.start(str(point_id))
    clock.advance(minutes=10)
    stopped = await cloud.stop(str(point_id), started.id)

    assert started.id == stopped.id == "700100200300400500"
    assert (started.state, stopped.state) == (ChargeState.STARTING, ChargeState.STOPPING)


async def test_a_start_whose_answer_was_lost_is_found_among_the_chargers_charges(
    monta: MontaStandIn, cloud: MontaCloud
) -> None:
    point_id = monta.add_charge_point()
    monta.fail_next(Failure.CUT_AFTER_ACTING, "charges")
    with pytest.raises(TransportError):
        await cloud.start(str(point_id))

    [charger] = await cloud.chargers()

    [found] = charger.charges
    assert (found.state, found.created_at) == (ChargeState.STARTING, EVENING)


async def test_what_checks_a_command_does_not_wait_for_polls(
    monta: MontaStandIn, client: MontaClient, cloud: MontaCloud, clock: Clock
) -> None:
    charger_id, _charge_id = await one_charging(monta, clock)
    asked_at = clock.at
    for _ in range(7):
        await client.personal_wallet()

    await cloud.charger(str(charger_id))

    assert clock.at == asked_at


async def test_a_look_at_a_charge_takes_no_quota_that_the_reads_to_come_need(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    _charger_id, charge_id = await one_charging(monta, clock)
    await cloud.chargers()
    cloud.plan(timedelta(seconds=20))

    looks = await asyncio.gather(*(cloud.charge(str(charge_id)) for _ in range(4)), return_exceptions=True)
    clock.advance(seconds=25)

    assert any(isinstance(look, RateLimitedError) for look in looks)
    assert await cloud.chargers()


@pytest.mark.parametrize("text", ["", "garage", "4.1", "0x7"])
async def test_an_id_that_cannot_be_montas_is_not_found(cloud: MontaCloud, text: str) -> None:
    with pytest.raises(NotFoundError, match="Monta's ids are whole numbers"):
        await cloud.charge(text)


async def test_the_latest_transactions_come_first_and_no_more_than_wanted(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    monta.site.driver_price = 1.0
    for _ in range(3):
        charger_id, _charge_id = await one_charging(monta, clock)
        monta.unplug(charger_id)
        clock.advance(minutes=2)

    wallet = await cloud.wallet(transactions=2)

    assert [transaction.id for transaction in wallet.transactions] == ["55000003", "55000002"]
    assert wallet.currency == "DKK"


async def test_closing_the_cloud_closes_the_connections(cloud: MontaCloud) -> None:
    await cloud.aclose()

    with pytest.raises(TransportError, match="the client is closed"):
        await cloud.wallet(transactions=1)


@pytest.mark.parametrize("chargers", [12, 150])
async def test_an_hour_of_polling_meets_no_429_and_no_command_waits(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock, budget: Budget, chargers: int
) -> None:
    ids = [monta.add_charge_point() for _ in range(chargers)]
    polled = 0

    async def poll() -> None:
        nonlocal polled
        for _ in range(120):
            polled += len(await cloud.chargers()) == chargers
            cloud.plan(timedelta(seconds=31))
            await clock.sleep(31)

    async def command() -> None:
        for charger_id in itertools.islice(itertools.cycle(ids), 15):
            asked_at = clock.at
            await cloud.start(str(charger_id))
            assert monta.sent("charges", "POST")[-1].at == asked_at
            await clock.sleep(239)

    await asyncio.gather(poll(), command())

    assert monta.quota.refused == 0
    assert polled == 120
    assert clock.at - EVENING < timedelta(minutes=64)
    assert budget.limited_until is None


async def test_a_poll_without_quota_is_dropped_at_once(
    monta: MontaStandIn, client: MontaClient, cloud: MontaCloud, clock: Clock
) -> None:
    for _ in range(7):
        await client.personal_wallet()

    with pytest.raises(RateLimitedError) as dropped:
        await cloud.chargers()

    assert monta.sent("charge-points") == []
    assert clock.at == EVENING
    assert dropped.value.retry_at == EVENING + timedelta(minutes=1)
