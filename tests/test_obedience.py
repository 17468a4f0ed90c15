"""Tries that lead to nothing, without a charger."""

from datetime import UTC, datetime, timedelta

import pytest

from smart_charging.charger import Charge, ChargeState
from smart_charging.services.scheduling.retries import DRY, FLICKER, PAUSES, RETRIES, Obedience

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def charge(state: ChargeState = ChargeState.CHARGING, number: int = 1) -> Charge:
    return Charge(id=str(number), charger_id="1", state=state, created_at=NOW)


def test_the_pauses_between_tries_grow_and_the_last_one_stays() -> None:
    obedience = Obedience()
    pauses = []

    for number in range(6):
        obedience.tried(NOW + number * timedelta(days=1))
        assert obedience.retry_at
        pauses.append(obedience.retry_at - NOW - number * timedelta(days=1))

    assert pauses == [*PAUSES, PAUSES[-1], PAUSES[-1]]


def test_it_is_stuck_after_the_first_try_and_all_retries() -> None:
    obedience = Obedience()

    told = []
    for _ in range(RETRIES + 1):
        told.append(obedience.is_stuck)
        obedience.tried(NOW)

    assert (told, obedience.is_stuck) == ([False] * (RETRIES + 1), True)


def test_energy_that_flows_forgives_all_tries() -> None:
    obedience = Obedience()
    obedience.look(None, 5.0, NOW)
    for _ in range(4):
        obedience.tried(NOW)

    obedience.look(charge(), 5.2, NOW)
    trickled = obedience.tries
    obedience.look(charge(), 5.4, NOW)

    assert (trickled, obedience.tries, obedience.may_try(NOW)) == (4, 0, True)


def test_a_stop_by_plan_takes_back_the_try_it_ended() -> None:
    obedience = Obedience()
    obedience.tried(NOW)

    obedience.ended()
    obedience.ended()

    assert (obedience.tries, obedience.may_try(NOW)) == (0, True)


def test_a_restart_is_one_try_with_its_stop_and_its_start() -> None:
    obedience = Obedience()
    obedience.tried(NOW)

    obedience.restarts(NOW + 10 * MINUTE)
    may_start = obedience.may_try(NOW + 10 * MINUTE)
    obedience.tried(NOW + 11 * MINUTE)

    assert (may_start, obedience.tries, obedience.may_try(NOW + 12 * MINUTE)) == (True, 2, False)


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
    obedience = Obedience()
    obedience.look(charge(state), 0.0, NOW)

    assert obedience.is_dry(charge(state), NOW + DRY) is is_dry


def test_another_charge_is_given_its_own_time_to_begin() -> None:
    obedience = Obedience()
    obedience.look(charge(), 0.0, NOW)

    obedience.look(charge(number=2), 0.0, NOW + DRY)

    assert not obedience.is_dry(charge(number=2), NOW + DRY + MINUTE)


def test_a_charger_out_of_order_is_reported_when_that_lasts() -> None:
    obedience = Obedience()

    obedience.cannot(NOW)
    obedience.cannot(NOW + 4 * MINUTE)

    assert [obedience.is_stuck_at(NOW + 4 * MINUTE), obedience.is_stuck_at(NOW + FLICKER)] == [False, True]
    obedience.tried(NOW + FLICKER)
    assert not obedience.is_stuck_at(NOW + FLICKER)
