from datetime import UTC, datetime, timedelta

import pytest

from smart_charging.planning.need import Need

SEVEN = datetime(2026, 3, 3, 7, tzinfo=UTC)


def test_charging_time_is_energy_by_power() -> None:
    assert Need(energy_kwh=22, power_kw=11, ready_by=SEVEN).charging_time == timedelta(hours=2)


def test_planned_charging_ends_a_margin_before_departure() -> None:
    assert Need(energy_kwh=22, power_kw=11, ready_by=SEVEN).finish_by == SEVEN - timedelta(minutes=10)


@pytest.mark.parametrize(
    ("energy_kwh", "power_kw"),
    [
        pytest.param(-1, 11, id="negative energy"),
        pytest.param(float("nan"), 11, id="energy that is no number"),
        pytest.param(1, 0, id="no power"),
    ],
)
def test_a_need_that_makes_no_sense_is_refused(energy_kwh: float, power_kw: float) -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        Need(energy_kwh=energy_kwh, power_kw=power_kw, ready_by=SEVEN)


def test_a_departure_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Need(energy_kwh=1, power_kw=1, ready_by=SEVEN.replace(tzinfo=None))
