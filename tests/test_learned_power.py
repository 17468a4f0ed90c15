"""Power learned from a meter, without a charger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smart_charging.charger import Charge, ChargeState
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.services.cars.learned_power import FALLBACK_KW, LearnedPower
from worlds.household import FakeHass, Household
from worlds.slow_meter import report_every

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hass() -> FakeHass:
    return FakeHass()


@pytest.fixture
def power(hass: FakeHass) -> LearnedPower:
    return LearnedPower("1", hass)


async def watch(
    power: LearnedPower,
    kw: float,
    *,
    minutes: int = 10,
    every: int = 1,
    state: ChargeState = ChargeState.CHARGING,
    guess_kw: float | None = 11.0,
) -> None:
    for minute in range(minutes + 1):
        reported_kwh = kw * (minute - minute % every) / 60
        charge = Charge(id="1", charger_id="1", state=state, created_at=NOW, consumed_kwh=reported_kwh)
        await power.learn(charge, guess_kw, NOW + minute * MINUTE)


async def test_until_something_is_learned_the_guess_counts(power: LearnedPower) -> None:
    await watch(power, 7.4, minutes=5)

    assert (power.power_kw(11.0), power.power_kw(None)) == (11.0, FALLBACK_KW)


@pytest.mark.parametrize("kw", [3.7, 7.4, 22.0])
async def test_what_flows_counts_instead(power: LearnedPower, kw: float) -> None:
    await watch(power, kw)

    assert power.power_kw(11.0) == pytest.approx(kw, rel=0.01)


async def test_a_meter_that_reports_every_five_minutes_will_do(power: LearnedPower) -> None:
    await watch(power, 7.4, minutes=30, every=5)

    assert power.power_kw(11.0) == pytest.approx(7.4, rel=0.01)


async def test_what_was_told_before_a_restart_is_not_measured_from_the_restart_on(power: LearnedPower) -> None:
    charge = Charge(id="1", charger_id="1", state=ChargeState.CHARGING, created_at=NOW - 9 * MINUTE)
    for minute in range(21):
        told_kwh = 11.0 / 4 * ((minute + 9) // 15)
        await power.learn(replace(charge, consumed_kwh=told_kwh), 11.0, NOW + minute * MINUTE)

    assert power.power_kw(11.0) == 11.0


@pytest.mark.parametrize("begins_s", range(0, 300, 30))
async def test_what_late_reads_can_explain_is_no_other_power(power: LearnedPower, begins_s: int) -> None:
    charge = Charge(id="1", charger_id="1", state=ChargeState.CHARGING, created_at=NOW)
    known_kw = set()
    for read_s in range(0, 5400, 120):
        told_kwh = 9.0 * ((read_s - begins_s) // 300 * 300) / 3600
        running = replace(charge, consumed_kwh=told_kwh) if read_s >= begins_s else None
        known_kw.add(await power.learn(running, 9.0, NOW + timedelta(seconds=read_s)))
        known_kw.add(await power.learn(running, 9.0, NOW + timedelta(seconds=read_s + 60), is_fresh=False))

    assert known_kw == {9.0}


@pytest.mark.parametrize("begins_s", [10, 30, 50])
async def test_a_car_that_begins_some_seconds_after_its_charge_takes_no_other_power(
    power: LearnedPower, begins_s: int
) -> None:
    charge = Charge(id="1", charger_id="1", state=ChargeState.CHARGING, created_at=NOW)
    known_kw = set()
    for read_s in (0, 60, 300 + begins_s - 4, *range(480 + begins_s, 2400, 120)):
        told_kwh = 4.2 * max(0, (read_s - begins_s) // 300 * 300) / 3600
        known_kw.add(await power.learn(replace(charge, consumed_kwh=told_kwh), 4.2, NOW + timedelta(seconds=read_s)))

    assert known_kw == {4.2}


async def test_charges_of_an_earlier_read_are_no_measure_of_power(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_every(home, 5 * MINUTE, monkeypatch)
    home.schedule(energy_kwh=30, mode="now")
    home.plug_in()
    await home.live(minutes=9, seconds=30)

    for _ in range(6):
        home.monta.fail_next(Failure.SERVER_ERROR, "charges", method="GET", times=3)
        await home.live(minutes=5)

    assert f"power_{home.point_id}" not in home.hass.store


async def test_the_minutes_a_car_took_to_begin_are_forgotten(power: LearnedPower) -> None:
    charge = Charge(id="1", charger_id="1", state=ChargeState.CHARGING, created_at=NOW)

    for minute in range(20):
        flowed_kwh = 9.0 * max(0, minute - 4) / 60
        await power.learn(replace(charge, consumed_kwh=flowed_kwh), 9.0, NOW + minute * MINUTE)

    assert power.power_kw(9.0) == pytest.approx(9.0, rel=0.05)


async def test_the_next_car_may_take_less_than_the_last_one(power: LearnedPower) -> None:
    await watch(power, 11.0, guess_kw=7.4)
    seen_kw = power.power_kw(7.4)

    power.forget_car()

    assert seen_kw == pytest.approx(11.0, rel=0.06)
    assert power.power_kw(7.4) == 7.4


async def test_what_a_nearly_full_car_takes_counts_for_this_car_only(power: LearnedPower) -> None:
    charge = Charge(id="1", charger_id="1", state=ChargeState.CHARGING, created_at=NOW, consumed_kwh=0.0)
    for minute in range(90):
        kwh = 7.4 * min(minute, 45) / 60 + 2.2 * max(0, minute - 45) / 60
        await power.learn(replace(charge, consumed_kwh=kwh), 11.0, NOW + minute * MINUTE)
    taken_kw = power.power_kw(11.0)

    power.forget_car()

    assert taken_kw == pytest.approx(2.2, rel=0.06)
    assert power.power_kw(11.0) == pytest.approx(7.4, rel=0.06)


@pytest.mark.parametrize("kw", [10.7, 0.0, 0.3])
async def test_rounding_and_trickles_are_no_power(power: LearnedPower, kw: float) -> None:
    await watch(power, kw)

    assert power.power_kw(11.0) == 11.0


async def test_nothing_is_learned_from_a_charge_that_rests(power: LearnedPower) -> None:
    await watch(power, 5.0, state=ChargeState.PAUSED)

    assert power.power_kw(11.0) == 11.0


async def test_another_guess_is_newer(power: LearnedPower) -> None:
    await watch(power, 7.4)

    assert power.power_kw(3.7) == 3.7


async def test_it_is_known_after_a_restart(power: LearnedPower, hass: FakeHass) -> None:
    await watch(power, 7.4, guess_kw=None)
    again = LearnedPower("1", hass)

    await again.recall(None)

    assert again.power_kw(None) == pytest.approx(7.4, rel=0.01)


@pytest.mark.parametrize(("charge_id", "expected_kw"), [("1", 7.4), ("2", 3.7)])
async def test_after_a_restart_a_car_is_known_by_its_charge(
    power: LearnedPower, hass: FakeHass, charge_id: str, expected_kw: float
) -> None:
    await watch(power, 7.4, guess_kw=3.7)

    again = LearnedPower("1", hass)
    charge = Charge(id=charge_id, charger_id="1", state=ChargeState.STOPPED, created_at=NOW)
    await again.recall(3.7, [charge])

    assert again.power_kw(3.7) == pytest.approx(expected_kw, rel=0.01)


async def test_a_meter_that_begins_anew_in_the_middle_teaches_nothing_wrong(power: LearnedPower) -> None:
    await watch(power, 7.4, minutes=20)

    for minute in range(21, 30):
        charge = Charge(
            id="1", charger_id="1", state=ChargeState.CHARGING, created_at=NOW, consumed_kwh=0.1 * (minute - 20)
        )
        await power.learn(charge, 11.0, NOW + minute * MINUTE)

    assert power.power_kw(11.0) == pytest.approx(7.4, rel=0.01)


async def measure(power: LearnedPower, *kw: float, charge_id: str = "1") -> None:
    charge = Charge(id=charge_id, charger_id="1", state=ChargeState.CHARGING, created_at=NOW)
    for number, measured_kw in enumerate(kw):
        await power.learn(charge, 11.0, NOW + number * MINUTE / 2, measured_kw=measured_kw)


async def test_measured_power_counts_within_two_minutes_and_without_a_meter(power: LearnedPower) -> None:
    await measure(power, 7.4, 7.4, 7.4, 7.4)

    assert power.power_kw(11.0) == 7.4


async def test_the_minute_in_which_a_car_begins_is_not_its_power(power: LearnedPower) -> None:
    await measure(power, 1.4, 4.2, 7.4, 7.4, 7.4, 7.4)

    assert power.power_kw(11.0) == 7.4


async def test_a_car_that_begins_slowly_is_not_learned_before_it_has_settled(power: LearnedPower) -> None:
    await measure(power, 7.4, 7.4)

    assert power.power_kw(11.0) == 11.0


@pytest.mark.parametrize("late_s", [0, 20, 60])
async def test_lists_that_are_late_are_no_other_power(power: LearnedPower, late_s: int) -> None:
    charge = Charge(id="1", charger_id="1", state=ChargeState.CHARGING, created_at=NOW)
    lists_s = range(105, 1800, 60)
    known_kw = set()
    for read_s in [5, 15, 30, 60, *lists_s]:
        told_s = read_s - (late_s if read_s in lists_s else 0)
        told_at, told_kwh = NOW + timedelta(seconds=told_s), 11.0 * (told_s // 10 * 10) / 3600
        told = replace(charge, updated_at=told_at, consumed_kwh=told_kwh)
        known_kw.add(await power.learn(told, 11.0, NOW + timedelta(seconds=read_s)))

    assert known_kw == {11.0}


async def test_a_power_that_is_almost_the_set_one_is_the_set_one(power: LearnedPower) -> None:
    await watch(power, 6.0)
    charge = Charge(id="2", charger_id="1", state=ChargeState.CHARGING, created_at=NOW)

    for minute in range(30):
        told = replace(charge, consumed_kwh=10.8 * minute / 60)
        await power.learn(told, 11.0, NOW + (20 + minute) * MINUTE)

    assert power.power_kw(11.0) == 11.0
