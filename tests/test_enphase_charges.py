"""Charges, energy and power, made of what Enphase tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.charger import ChargeState
from smart_charging.clouds.enphase.arguments import EnergyUnit
from smart_charging.clouds.enphase.charger import Activity, Mode
from smart_charging.clouds.enphase.charges import ChargeBook
from smart_charging.clouds.enphase.lifetime import LifetimeEnergy, TodayEnergy
from smart_charging.clouds.enphase.models import ChargerStatus
from smart_charging.clouds.enphase.power import PowerEstimate, most_kw
from smart_charging.clouds.enphase.translate import Reading, SessionReading, mode_shown, reading_from

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FLOWING, FULL, WAITING, NONE = Activity.FLOWING, Activity.PAUSED_BY_CAR, Activity.WAITING, Activity.NONE


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def row(**fields: Any) -> ChargerStatus:
    return ChargerStatus.model_validate({"sn": "EV1", "connected": True, "pluggedIn": True, **fields})


def read(
    *,
    kwh: float | None = None,
    activity: Activity = FLOWING,
    plugged_in: bool = True,
    connected: bool = True,
    plugged_in_at: datetime | None = None,
    began_at: datetime | None = None,
    plugged_out_at: datetime | None = None,
) -> Reading:
    told = SessionReading(plugged_in_at=plugged_in_at, began_at=began_at, plugged_out_at=plugged_out_at, energy_kwh=kwh)
    return Reading(serial="EV1", is_connected=connected, is_plugged_in=plugged_in, activity=activity, session=told)


class Told:
    """A book that is told one reading after the other."""

    def __init__(self, *readings: tuple[float, Reading]) -> None:
        self.book = ChargeBook(serial="EV1")
        for minutes, reading in readings:
            self.book.update(reading, at(minutes))

    @property
    def energies(self) -> list[float | None]:
        return [charge.consumed_kwh for charge in self.book.seen()]

    @property
    def states(self) -> list[ChargeState]:
        return [charge.state for charge in self.book.seen()]


def test_a_session_that_is_stopped_and_started_again_has_two_charges() -> None:
    told = Told(
        (0, read(kwh=0.0, plugged_in_at=NOON)),
        (30, read(kwh=5.0, activity=NONE, plugged_in_at=NOON)),
        (60, read(kwh=5.0, plugged_in_at=NOON)),
        (70, read(kwh=6.5, plugged_in_at=NOON)),
    )

    assert told.states == [ChargeState.CHARGING, ChargeState.STOPPED]
    assert told.energies == [1.5, 5.0]
    assert {charge.cable_plugged_in_at for charge in told.book.seen()} == {NOON}


def test_a_charge_begins_when_enphase_says_so_and_ids_are_made_of_that() -> None:
    told = Told((5, read(kwh=1.0, plugged_in_at=at(-60), began_at=at(2))))

    (charge,) = told.book.seen()

    assert (charge.started_at, charge.created_at) == (at(2), at(2))
    assert charge.id == "EV1-20260303120200"


def test_the_beginning_of_the_session_s_first_charge_is_not_that_of_its_second() -> None:
    told = Told(
        (0, read(kwh=0.0, plugged_in_at=NOON, began_at=NOON)),
        (30, read(kwh=5.0, activity=NONE, plugged_in_at=NOON, began_at=NOON)),
        (60, read(kwh=5.0, plugged_in_at=NOON, began_at=NOON)),
    )

    assert [charge.created_at for charge in told.book.seen()] == [at(60), NOON]


def test_energy_that_is_told_late_belongs_to_the_charge_that_used_it() -> None:
    told = Told(
        (0, read(kwh=0.0)),
        (30, read(kwh=4.0, activity=NONE)),
        (35, read(kwh=4.8, activity=NONE)),
        (60, read(kwh=4.8)),
    )

    assert told.energies == [0.0, 4.8]


def test_a_counter_that_begins_anew_with_each_charge_is_understood() -> None:
    told = Told((0, read(kwh=0.0)), (30, read(kwh=4.0, activity=NONE)), (60, read(kwh=0.1)), (70, read(kwh=1.5)))

    assert told.energies == [1.5, 4.0]


def test_the_last_session_is_not_taken_for_the_one_that_begins() -> None:
    last = partial(read, kwh=22.0, plugged_in_at=at(-600), began_at=at(-590))
    told = Told((-30, last(activity=NONE)), (-10, last(activity=NONE, plugged_in=False)), (0, last()))

    assert told.energies == [0.0]

    told.book.update(read(kwh=0.4, plugged_in_at=at(-1)), at(5))
    assert told.energies == [0.4]


def test_a_cable_that_was_out_and_in_between_two_reads_begins_another_session() -> None:
    told = Told((0, read(kwh=3.0, plugged_in_at=at(-60))), (10, read(kwh=0.2, plugged_in_at=at(5))))

    assert told.energies == [0.2, 3.0]
    assert told.states == [ChargeState.CHARGING, ChargeState.STOPPED]


def test_a_charge_is_over_once_the_cable_is_out() -> None:
    told = Told((0, read(kwh=1.0)), (5, read(kwh=1.4, plugged_in=False, plugged_in_at=NOON, plugged_out_at=at(4))))

    (charge,) = told.book.seen()

    assert (charge.state, charge.stopped_at) == (ChargeState.COMPLETED, at(4))
    assert charge.stop_reason == "EVDisconnected"
    assert charge.consumed_kwh == 1.4


def test_a_car_that_takes_no_more_is_full_until_it_takes_some_again() -> None:
    told = Told((0, read(kwh=0.0)), (30, read(kwh=5.0)), (40, read(kwh=5.0, activity=FULL)))

    assert told.book.seen()[0].fully_charged_at == at(40)
    assert told.states == [ChargeState.PAUSED]

    told.book.update(read(kwh=5.2), at(50))
    assert told.book.seen()[0].fully_charged_at is None


def test_a_charger_that_waits_for_sun_pauses_its_charge() -> None:
    told = Told((0, read(kwh=0.0)), (30, read(kwh=5.0, activity=WAITING)))

    assert told.states == [ChargeState.PAUSED]
    assert told.book.seen()[0].fully_charged_at is None


def test_a_full_car_does_not_undo_a_stop() -> None:
    told = Told((0, read(kwh=3.0)), (10, read(kwh=3.0, activity=NONE)), (20, read(kwh=3.0, activity=FULL)))

    assert told.states == [ChargeState.STOPPED]


def test_a_charger_that_is_away_keeps_its_charge() -> None:
    told = Told((0, read(kwh=1.0)), (10, read(activity=NONE, plugged_in=False, connected=False)))

    assert told.states == [ChargeState.CHARGING]


def test_a_restart_for_a_new_current_is_one_charge() -> None:
    told = Told((0, read(kwh=1.0)))
    told.book.restarting_until = at(4)
    told.book.update(read(kwh=1.2, activity=NONE), at(1))
    told.book.update(read(kwh=1.4), at(2))

    assert told.states == [ChargeState.CHARGING]
    assert told.energies == [1.4]


def test_a_restart_that_fails_ends_the_charge() -> None:
    told = Told((0, read(kwh=1.0)))
    told.book.restarting_until = at(4)
    told.book.update(read(kwh=1.2, activity=NONE), at(5))

    assert told.states == [ChargeState.STOPPED]
    assert told.book.seen()[0].stop_reason == "Other"


@given(st.lists(st.tuples(st.sampled_from(list(Activity)), st.booleans(), st.floats(0, 3)), max_size=30))
def test_no_energy_is_counted_twice_or_lost(steps: list[tuple[Activity, bool, float]]) -> None:
    book, session, delivered, plugged_in_at = ChargeBook(serial="EV1"), 0.0, 0.0, NOON
    was_in = False
    seen_kwh: dict[str, float] = {}
    for number, (activity, is_in, kwh) in enumerate(steps):
        now = at(10 * number)
        if is_in and not was_in:
            session, plugged_in_at = 0.0, now
        flows = is_in and activity is FLOWING
        session, delivered = session + kwh * flows, delivered + kwh * flows
        was_in = is_in
        reading = read(kwh=session, activity=activity if is_in else NONE, plugged_in=is_in, plugged_in_at=plugged_in_at)
        book.update(reading, now)
        book = ChargeBook.from_dict("EV1", book.to_dict())
        seen_kwh |= {charge.id: charge.consumed_kwh or 0.0 for charge in book.seen()}

    assert sum(seen_kwh.values()) == pytest.approx(delivered, abs=0.02)


@pytest.mark.parametrize(
    ("energy", "counts_wh", "unit", "kwh"),
    [
        pytest.param(150, True, EnergyUnit.AUTO, 0.15, id="the newer form counts Wh, few as well"),
        pytest.param(9867, True, EnergyUnit.AUTO, 9.867, id="the newer form counts Wh"),
        pytest.param(3.52, False, EnergyUnit.AUTO, 3.52, id="the older form counts kWh"),
        pytest.param(4200, False, EnergyUnit.AUTO, 4.2, id="no car takes that many kWh"),
        pytest.param(12, True, EnergyUnit.KWH, 12, id="kWh, as its owner says"),
        pytest.param(12, False, EnergyUnit.WH, 0.012, id="Wh, as its owner says"),
        pytest.param(None, True, EnergyUnit.AUTO, None, id="not told"),
    ],
)
def test_a_session_s_energy_is_in_the_unit_of_its_form(
    energy: float | None, *, counts_wh: bool, unit: EnergyUnit, kwh: float | None
) -> None:
    status = row(session_d={"e_c": energy})

    session = reading_from(status, None, counts_wh=counts_wh, unit=unit).session

    assert session
    assert session.energy_kwh == (None if kwh is None else pytest.approx(kwh))


@pytest.mark.parametrize(
    ("word", "charging", "mode", "activity"),
    [
        ("CHARGING", False, None, FLOWING),
        ("FINISHING", True, None, FLOWING),
        ("FINISHING", False, None, NONE),
        ("SUSPENDED_EV", True, None, FULL),
        ("SUSPENDED", True, None, FULL),
        ("SUSPENDED_EVSE", True, Mode.MANUAL, NONE),
        ("SUSPENDED_EVSE", True, Mode.GREEN, WAITING),
        ("SUSPENDED_EVSE", True, Mode.SCHEDULED, WAITING),
        ("AVAILABLE", False, None, NONE),
        ("AVAILABLE", True, None, FLOWING),
        ("FAULTED", True, None, NONE),
        ("SOMETHING_NEW", True, None, FLOWING),
        (None, False, None, NONE),
    ],
)
def test_whether_current_flows_is_told_by_the_connector_first(
    word: str | None, *, charging: bool, mode: Mode | None, activity: Activity
) -> None:
    status = row(connectorStatusType=word, charging=charging)

    assert reading_from(status, mode, counts_wh=True, unit=EnergyUnit.AUTO).activity is activity


@pytest.mark.parametrize(
    ("fields", "known", "mode"),
    [
        ({"mode": 0}, None, Mode.MANUAL),
        ({"mode": 1}, None, Mode.GREEN),
        ({"mode": 7}, None, None),
        ({"sch_d": {"info": [{"type": "greencharging"}]}}, None, Mode.GREEN),
        ({"mode": 1}, Mode.MANUAL, Mode.GREEN),
        ({"mode": 0}, Mode.SCHEDULED, Mode.SCHEDULED),
        ({}, Mode.SMART, Mode.SMART),
        ({}, None, None),
    ],
)
def test_the_mode_is_the_scheduler_s_and_else_the_status_s(
    fields: dict[str, Any], known: Mode | None, mode: Mode | None
) -> None:
    assert mode_shown(row(**fields), known) is mode


def lifetime(*told: float | None) -> list[float | None]:
    energy, seen = LifetimeEnergy(), []
    for number, kwh in enumerate(told):
        energy.update(kwh, at(10 * number))
        energy = LifetimeEnergy.from_dict(energy.to_dict())
        seen.append(energy.kwh)
    return seen


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        pytest.param((100, 101, 103), [100, 101, 103], id="grows"),
        pytest.param((100, None, 101), [100, 100, 101], id="a gap"),
        pytest.param((100, 99.99, 100, 99.99, 100), [100] * 5, id="noise"),
        pytest.param((100, 70, 101), [100, 100, 101], id="a dip"),
        pytest.param((100, 0.2, 0.3, 1.3), [100, 100, 100.3, 101.3], id="a reset"),
        pytest.param((100, 0, 101), [100, 100, 101], id="a zero"),
        pytest.param((100, 100000, 101), [100, 100, 101], id="a leap"),
    ],
)
def test_lifetime_energy_never_goes_back(told: tuple[float | None, ...], shown: list[float]) -> None:
    assert lifetime(*told) == pytest.approx(shown)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1000)), max_size=20))
def test_lifetime_energy_only_grows(told: list[float | None]) -> None:
    seen = [kwh for kwh in lifetime(*told) if kwh is not None]

    assert seen == sorted(seen)


def test_today_begins_at_midnight_of_the_site() -> None:
    today = TodayEnergy()
    today.add(2.0, at(0))
    today.add(1.0, at(60))

    assert today.kwh == 3.0

    today.add(0.5, at(24 * 60))
    assert TodayEnergy.from_dict(today.to_dict()).kwh == 0.5


class Watts:
    """An estimate that is told one energy after the other."""

    def __init__(self) -> None:
        self.estimate = PowerEstimate()

    def at(self, minutes: float, kwh: float | None, *, is_flowing: bool = True) -> float | None:
        return self.estimate.update(kwh, at(minutes), is_flowing=is_flowing, guess_kw=7.0, cap_kw=11.0)


def test_power_is_guessed_by_the_current_until_the_energy_has_grown() -> None:
    watts = Watts()

    assert [watts.at(0, 0.0), watts.at(4, 0.0), watts.at(5, 0.5)] == pytest.approx([7.0, 7.0, 6.0])


def test_power_is_zero_while_nothing_flows_and_begins_anew_after_that() -> None:
    watts = Watts()
    watts.at(0, 0.0)
    watts.at(6, 1.0)

    assert watts.at(7, 1.0, is_flowing=False) == 0
    assert watts.at(60, 1.4) == 7.0


def test_power_is_never_more_than_the_charger_can_deliver() -> None:
    watts = Watts()
    watts.at(0, 0.0)

    assert watts.at(1, 3.0) == 11.0


def test_power_is_zero_when_no_energy_is_told_for_long() -> None:
    watts = Watts()
    watts.at(0, 0.0)
    watts.at(5, 0.5)

    assert watts.at(14, 0.5) == pytest.approx(6.0)
    assert watts.at(21, 0.5) == 0


@pytest.mark.parametrize(
    ("current_a", "voltage_v", "phases", "kw"),
    [
        (32, 230, 1, 7.36),
        (16, 230, 3, 11.04),
        (16, 400, 3, 11.085),
        (80, 240, 1, 19.2),
        (40, 230, 3, 27.6),
        (None, 230, 3, None),
    ],
)
def test_the_most_power_follows_from_current_voltage_and_phases(
    current_a: float | None, voltage_v: float, phases: int, kw: float | None
) -> None:
    assert most_kw(current_a, voltage_v, phases) == (None if kw is None else pytest.approx(kw, abs=0.01))
