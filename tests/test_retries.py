"""Starts that lead to nothing are tried again at growing intervals; without a charger."""

from datetime import UTC, datetime, timedelta

import pytest

from smart_charging.charger import Charge, ChargeState
from smart_charging.services.scheduling.meter_rhythm import PATIENCE as DRY
from smart_charging.services.scheduling.retries import FLICKER, PAUSES, RETRIES, StartRetries

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def charge(state: ChargeState = ChargeState.CHARGING, number: int = 1) -> Charge:
    return Charge(id=str(number), charger_id="1", state=state, created_at=NOW)


def test_the_pauses_between_tries_grow_and_the_last_one_stays() -> None:
    retries = StartRetries()
    pauses = []

    for number in range(6):
        retries.tried(NOW + number * timedelta(days=1))
        assert retries.retry_at
        pauses.append(retries.retry_at - NOW - number * timedelta(days=1))

    assert pauses == [*PAUSES, PAUSES[-1], PAUSES[-1]]


def test_it_is_stuck_after_the_first_try_and_all_retries() -> None:
    retries = StartRetries()

    told = []
    for _ in range(RETRIES + 1):
        told.append(retries.is_stuck)
        retries.tried(NOW)

    assert (told, retries.is_stuck) == ([False] * (RETRIES + 1), True)


def test_energy_that_flows_forgives_all_tries() -> None:
    retries = StartRetries()
    retries.note_meter(None, 5.0, NOW)
    for _ in range(4):
        retries.tried(NOW)

    retries.note_meter(charge(), 5.2, NOW)
    trickled = retries.tries
    retries.note_meter(charge(), 5.4, NOW)

    assert (trickled, retries.tries, retries.may_try(NOW)) == (4, 0, True)


def test_the_first_report_of_a_slow_meter_counts_however_long_nothing_charged_before() -> None:
    retries = StartRetries()
    retries.note_meter(None, 0.1, NOW - timedelta(hours=6))
    retries.note_meter(charge(), 0.1, NOW, power_kw=9.0)

    retries.note_meter(charge(), 0.8, NOW + 6 * MINUTE, power_kw=9.0)

    assert not retries.is_dry(charge(), NOW + DRY)


def test_a_stop_by_plan_takes_back_the_try_it_ended() -> None:
    retries = StartRetries()
    retries.tried(NOW)

    retries.ended()
    retries.ended()

    assert (retries.tries, retries.may_try(NOW)) == (0, True)


def test_a_restart_is_one_try_with_its_stop_and_its_start() -> None:
    retries = StartRetries()
    retries.tried(NOW)

    retries.restarts(NOW + 10 * MINUTE)
    may_start = retries.may_try(NOW + 10 * MINUTE)
    retries.tried(NOW + 11 * MINUTE)

    assert (may_start, retries.tries, retries.may_try(NOW + 12 * MINUTE)) == (True, 2, False)


@pytest.mark.parametrize(
    ("state", "is_dry"),
    [
        (ChargeState.STARTING, True),
        (ChargeState.CHARGING, True),
        (ChargeState.PAUSED, True),
        (ChargeState.STOPPING, False),
        (ChargeState.SCHEDULED, False),
    ],
)
def test_only_a_charge_that_should_bring_energy_can_be_dry(state: ChargeState, *, is_dry: bool) -> None:
    retries = StartRetries()
    retries.note_meter(charge(state), 0.0, NOW)

    assert retries.is_dry(charge(state), NOW + DRY) is is_dry


def test_another_charge_is_given_its_own_time_to_begin() -> None:
    retries = StartRetries()
    retries.note_meter(charge(), 0.0, NOW)

    retries.note_meter(charge(number=2), 0.0, NOW + DRY)

    assert not retries.is_dry(charge(number=2), NOW + DRY + MINUTE)


def test_a_charger_out_of_order_is_reported_when_that_lasts() -> None:
    retries = StartRetries()

    retries.cannot(NOW)
    retries.cannot(NOW + 4 * MINUTE)

    assert [retries.is_stuck_at(NOW + 4 * MINUTE), retries.is_stuck_at(NOW + FLICKER)] == [False, True]
    retries.tried(NOW + FLICKER)
    assert not retries.is_stuck_at(NOW + FLICKER)


@pytest.mark.parametrize(("kw", "is_dry"), [(0.1, True), (0.4, True), (1.0, True), (1.4, False), (11.0, False)])
def test_a_trickle_beside_what_is_known_of_car_and_charger_is_no_energy(kw: float, *, is_dry: bool) -> None:
    retries = StartRetries()

    for minute in range(15):
        retries.note_meter(charge(), kw * minute / 60, NOW + minute * MINUTE, power_kw=11.0)

    assert retries.is_dry(charge(), NOW + 14 * MINUTE) is is_dry


def test_energy_after_a_long_rest_is_seen_at_once() -> None:
    retries = StartRetries()
    retries.note_meter(charge(), 3.0, NOW, power_kw=11.0)
    rested = NOW + timedelta(hours=8)

    for minute in range(3):
        retries.note_meter(charge(), 3.0 + 0.18 * minute, rested + minute * MINUTE, power_kw=11.0)

    assert not retries.is_dry(charge(), rested + 3 * MINUTE)


@pytest.mark.parametrize(("measured_kw", "is_dry"), [(11.0, False), (0.3, True), (0.0, True), (None, True)])
def test_power_that_is_measured_flows_even_while_the_meter_tells_nothing(
    measured_kw: float | None, *, is_dry: bool
) -> None:
    retries = StartRetries()

    for minute in range(12):
        retries.note_meter(charge(), 5.0, NOW + minute * MINUTE, power_kw=11.0, measured_kw=measured_kw)

    assert retries.is_dry(charge(), NOW + 11 * MINUTE, DRY) is is_dry
