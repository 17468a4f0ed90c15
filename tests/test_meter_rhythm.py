"""How often meters tell what has flowed, learned from what they do not tell for a while."""

from datetime import UTC, datetime, timedelta

import pytest

from smart_charging.charger import Charge, ChargeState
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.services.scheduling.meter_rhythm import LONGEST_PATIENCE, PATIENCE, MeterRhythm
from worlds.household import FakeHass, Household
from worlds.slow_meter import report_every

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHARGE = Charge(id="1", charger_id="1", state=ChargeState.CHARGING, created_at=NOW)
POWER_KW = 9.0


async def watch(rhythm: MeterRhythm, *, every: int, minutes: int, kw: float = POWER_KW, begins: int = 0) -> None:
    for minute in range(minutes + 1):
        told_minute = minute - minute % every
        energy_kwh = kw * max(0, told_minute - begins) / 60
        await rhythm.note(CHARGE, energy_kwh, POWER_KW, NOW + minute * MINUTE)


@pytest.mark.parametrize(("every", "patience"), [(1, PATIENCE), (12, 24 * MINUTE), (40, LONGEST_PATIENCE)])
async def test_a_silence_of_the_meters_rhythm_means_nothing(every: int, patience: timedelta) -> None:
    rhythm = MeterRhythm("1", FakeHass())

    await watch(rhythm, every=every, minutes=90)

    assert rhythm.patience == patience


async def test_a_car_that_begins_late_teaches_nothing(hass: FakeHass) -> None:
    rhythm = MeterRhythm("1", hass)

    await watch(rhythm, every=1, minutes=60, begins=25)

    assert rhythm.patience == PATIENCE


async def test_what_came_while_nobody_could_look_teaches_nothing(hass: FakeHass) -> None:
    rhythm = MeterRhythm("1", hass)
    await watch(rhythm, every=1, minutes=10)

    rhythm.look_away()
    await rhythm.note(CHARGE, POWER_KW, POWER_KW, NOW + 60 * MINUTE)

    assert rhythm.patience == PATIENCE


async def test_it_is_known_after_a_restart(hass: FakeHass) -> None:
    await watch(MeterRhythm("1", hass), every=14, minutes=60)
    again = MeterRhythm("1", hass)

    await again.note(CHARGE, 0.0, POWER_KW, NOW)

    assert again.patience == 28 * MINUTE


@pytest.mark.parametrize("kept", ["soon", None, float("nan"), 1e300, -5])
async def test_what_makes_no_sense_on_the_disk_is_no_rhythm_that_stops_anything(hass: FakeHass, kept: object) -> None:
    hass.store["rhythm_1"] = {"longest_silence_s": kept}
    rhythm = MeterRhythm("1", hass)

    await rhythm.note(CHARGE, 0.0, POWER_KW, NOW)

    assert PATIENCE <= rhythm.patience <= LONGEST_PATIENCE


async def test_a_meter_that_reports_every_quarter_interrupts_no_charge(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_every(home, 15 * MINUTE, monkeypatch)
    home.schedule(energy_kwh=33, mode="now")
    home.plug_in()

    await home.live(hours=3, minutes=45)

    assert (home.state("plan"), home.starts) == ("done", 1)
    home.unplug()
    await home.live(minutes=5)
    home.plug_in()
    await home.live(hours=3, minutes=45)
    assert (home.state("plan"), home.starts) == ("done", 2)


async def test_a_read_that_waits_for_its_quota_does_not_hide_the_rhythm(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_every(home, 15 * MINUTE, monkeypatch)
    home.schedule(energy_kwh=33, mode="now")
    home.plug_in()

    for _ in range(50):
        home.monta.fail_next(Failure.RATE_LIMITED, "charge-points")
        await home.live(minutes=4)

    assert home.starts <= 3


@pytest.fixture
def hass() -> FakeHass:
    return FakeHass()


async def test_no_charge_is_stopped_for_what_nobody_has_read(home: Household) -> None:
    home.schedule(energy_kwh=40, mode="now")
    home.plug_in()
    await home.live(minutes=20)

    home.monta.fail_next(Failure.SERVER_ERROR, "charge-points", times=30)
    await home.live(minutes=40)
    await home.live(minutes=20)

    assert (home.starts, home.stops) == (1, 0)
