"""States in words that Monta does not document: OCPP's, odd spellings, none, and those that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from smart_charging.charger import ChargerState, ChargeState
from smart_charging.clouds.monta.models import Charge, ChargePoint
from smart_charging.clouds.monta.translate import charge_from, charger_from
from worlds.fakes import payload
from worlds.virtual_time import EVENING

if TYPE_CHECKING:
    from worlds.household import Household

HOUR = timedelta(hours=1)


def point(word: object, cable: object) -> ChargePoint:
    return ChargePoint.model_validate(payload("charge_point_charging") | {"state": word, "cablePluggedIn": cable})


def charge(word: object, **stamps: object) -> Charge:
    told = dict.fromkeys(("startedAt", "stoppedAt", "failedAt", "timeoutAt", "consumedKwh", "fullyChargedAt"))
    at = EVENING.isoformat()
    return Charge.model_validate(
        payload("charge_paused_by_car") | told | {"state": word, "createdAt": at, "updatedAt": at} | stamps
    )


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (["Available", "chargePointAvailable", "AVAILABLE", "ocpp.available"], ChargerState.PREPARING),
        (["Preparing", "ChargePointPreparing", "ev-connected", "EVConnected"], ChargerState.PREPARING),
        (["Occupied", "ConnectorStatusOccupied", "OCCUPIED"], ChargerState.PREPARING),
        (["Charging", "BUSY_CHARGING", "busyCharging"], ChargerState.CHARGING),
        (["SuspendedEVSE", "suspended_evse"], ChargerState.SUSPENDED_EVSE),
        (["Finishing", "ChargePointFinishing"], ChargerState.FINISHING),
        (["Reserved", "connector_reserved"], ChargerState.RESERVED),
        (["Unavailable", "ChargePointUnavailable", "Inoperative"], ChargerState.INOPERATIVE),
        (["Faulted", "CHARGEPOINT_FAULTED", "Error"], ChargerState.FAULTED),
        (["Disconnected", "offline"], ChargerState.OFFLINE),
        (["hovering", "", "ChargePoint", 17, None], ChargerState.UNKNOWN),
    ],
)
def test_a_charge_points_state_is_read_in_anybodys_words(words: list[object], state: ChargerState) -> None:
    read = {charger_from(point(word, cable=True), [], EVENING).state for word in words}

    assert read == {state}


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (["Charging", "IN_PROGRESS", "in-progress", "Active", "chargeStateCharging"], ChargeState.CHARGING),
        (["SuspendedEV", "suspended", "PAUSED"], ChargeState.PAUSED),
        (["Pending", "STARTING"], ChargeState.STARTING),
        (["Ending", "Stopping"], ChargeState.STOPPING),
        (["finished", "Finishing", "Cancelled", "ENDED", "Released"], ChargeState.STOPPED),
        (["Settled", "COMPLETED"], ChargeState.COMPLETED),
    ],
)
def test_a_charges_state_is_read_in_anybodys_words(words: list[str], state: ChargeState) -> None:
    assert {charge_from(charge(word), EVENING).state for word in words} == {state}


@pytest.mark.parametrize(
    ("stamps", "state"),
    [
        ({}, ChargeState.STARTING),
        ({"startedAt": EVENING.isoformat()}, ChargeState.CHARGING),
        ({"consumedKwh": 0.4}, ChargeState.CHARGING),
        ({"startedAt": EVENING.isoformat(), "stoppedAt": EVENING.isoformat()}, ChargeState.STOPPED),
        ({"timeoutAt": EVENING.isoformat()}, ChargeState.STOPPED),
        ({"createdAt": (EVENING - 3 * HOUR).isoformat(), "updatedAt": None}, ChargeState.STOPPED),
        ({"createdAt": (EVENING - 3 * HOUR).isoformat(), "consumedKwh": 20}, ChargeState.CHARGING),
    ],
)
def test_of_a_state_that_nobody_knows_the_stamps_tell(stamps: dict[str, object], state: ChargeState) -> None:
    assert charge_from(charge("dreaming", **stamps), EVENING).state is state


@pytest.mark.parametrize(
    ("stamps", "state"),
    [
        ({"startedAt": EVENING.isoformat()}, ChargeState.STOPPING),
        ({"startedAt": EVENING.isoformat(), "stoppedAt": (EVENING + HOUR).isoformat()}, ChargeState.STOPPED),
        ({"startedAt": EVENING.isoformat(), "updatedAt": (EVENING - 3 * HOUR).isoformat()}, ChargeState.STOPPING),
    ],
)
def test_a_charge_that_has_stopped_is_not_stopping_whatever_its_word(
    stamps: dict[str, object], state: ChargeState
) -> None:
    assert charge_from(charge("stopping", **stamps), EVENING).state is state


@pytest.mark.parametrize("word", ["Finishing", "stopping"])
async def test_a_charge_that_keeps_its_last_word_until_the_cable_is_out_holds_up_no_later_block(
    home: Household, word: str
) -> None:
    home.monta.habits = replace(home.monta.habits, charge_states={"stopping": word, "stopped": word})
    home.prices(home.clock.at, 1, 9, 1, 9, 9, 9)
    home.schedule(energy_kwh=22, ready_by="23:30")
    home.plug_in()

    await home.live(hours=4)

    assert (home.starts, home.state("plan")) == (2, "done")
    assert home.delivered_kwh == pytest.approx(22, abs=0.4)


def test_a_charge_of_a_time_to_come_has_not_followed_one_that_is_stopping() -> None:
    odd = charge("completed", createdAt=(EVENING + 200 * 24 * HOUR).isoformat())
    stopping = charge("stopping", createdAt=(EVENING - HOUR).isoformat())

    _, shown = charger_from(point("busy-charging", cable=True), [odd, stopping], EVENING).charges

    assert shown.state is ChargeState.STOPPING


def test_of_several_charges_in_an_unknown_state_only_the_newest_may_run() -> None:
    charges = [charge("dreaming", id=number, startedAt=EVENING.isoformat()) for number in (3, 2, 1)]

    read = charger_from(point("hovering", cable=True), charges, EVENING)

    assert [one.state.is_active for one in read.charges] == [True, False, False]


@pytest.mark.parametrize(
    ("word", "cable", "is_in"),
    [
        ("Preparing", None, True),
        ("Occupied", "perhaps", True),
        ("busy-non-released", None, True),
        ("available", None, False),
        ("hovering", None, False),
        ("Reserved", None, False),
        ("Preparing", False, False),
    ],
)
def test_a_charger_that_tells_nothing_of_its_cable_tells_by_its_state(word: str, cable: object, *, is_in: bool) -> None:
    assert charger_from(point(word, cable=cable), [], EVENING).is_plugged_in is is_in


async def test_a_charge_in_an_unknown_state_is_neither_started_twice_nor_left_running(home: Household) -> None:
    home.monta.habits = replace(home.monta.habits, charge_states={"starting": "dozing", "charging": "dreaming"})
    home.schedule(mode="now")
    home.plug_in()

    await home.live(hours=1.5)

    assert (home.starts, home.stops, home.state("plan")) == (1, 1, "done")
    assert home.delivered_kwh == pytest.approx(11, abs=0.4)


async def test_a_car_whose_charge_never_leaves_an_unknown_state_is_not_stranded(home: Household) -> None:
    home.monta.habits = replace(home.monta.habits, charge_states={"starting": "dozing"})
    home.monta.site.points[home.point_id].starts_to_ignore = 1
    home.schedule(mode="now")
    home.plug_in()

    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(11, abs=0.4)


async def test_a_car_whose_cable_is_never_reported_is_charged_by_plan_once_energy_has_flowed(home: Household) -> None:
    home.prices(home.clock.at, 9, 9, 1, 1, 9, 9, 9, 9, 9, 9, 9, 9)
    home.monta.site.points[home.point_id].reports_cable = False
    home.schedule(take_over="always")
    home.plug_in()
    home.monta.start_by_hand(home.point_id)

    await home.live(hours=4)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(11, abs=0.4)
    assert home.charged_between(home.clock.at - 2 * HOUR, home.clock.at) > 8


async def test_a_cable_that_is_never_reported_is_out_once_the_charger_is_free(home: Household) -> None:
    home.monta.site.points[home.point_id].reports_cable = False
    home.schedule(take_over="always", mode="now")
    home.plug_in()
    home.monta.start_by_hand(home.point_id)
    await home.live(hours=1.5)

    home.unplug()
    await home.live(minutes=5)

    assert home.state("plan") == "idle"
