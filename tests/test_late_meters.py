"""A car and a meter that tell at other times: neither too little nor much too much is charged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.habits import Habits, KwhTold
from worlds.household import Household
from worlds.slow_meter import report_every

SOC = "sensor.car_soc"
BATTERY_KWH, TARGET_PERCENT = 90, 80


def tells_percent(home: Household, begins_at_percent: float, battery_kwh: float = BATTERY_KWH) -> Callable[[], None]:
    """A car that knows at any time what it has."""
    began_at = home.clock.at

    def tell() -> None:
        charged_kwh = home.charged_between(began_at, home.clock.at)
        home.say(SOC, str(int(begins_at_percent + charged_kwh / battery_kwh * 100)))

    return tell


@pytest.mark.parametrize("told", [KwhTold.AT_END, KwhTold.SETTLED])
async def test_a_charge_that_tells_no_energy_while_it_runs_is_measured_by_its_charger(
    home: Household, told: KwhTold
) -> None:
    home.monta.habits = Habits(kwh_told=told)
    home.prices(home.clock.at, 1, 9, 1, 9, 9, 9)
    home.schedule(energy_kwh=18, ready_by="23:30")
    home.plug_in()

    await home.live(hours=4)

    assert (home.starts, home.stops, home.state("plan")) == (2, 2, "done")
    assert home.delivered_kwh == pytest.approx(18, abs=0.4)


@pytest.mark.parametrize("begins_at_percent", [60.0, 61.2])
async def test_energy_the_meter_tells_after_a_state_of_charge_is_not_counted_twice(
    home: Household, begins_at_percent: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_every(home, timedelta(minutes=15), monkeypatch)
    tell = tells_percent(home, begins_at_percent)
    tell()
    home.schedule(
        soc_percent=SOC, target_soc_percent=TARGET_PERCENT, battery_kwh=BATTERY_KWH, efficiency=1.0, mode="now"
    )
    home.plug_in()

    for _ in range(26):
        await home.live(minutes=5)
        tell()

    percent = begins_at_percent + home.delivered_kwh / BATTERY_KWH * 100
    assert home.state("plan") == "done"
    assert TARGET_PERCENT - 1 <= percent <= TARGET_PERCENT + 11 / 4 / BATTERY_KWH * 100


async def test_after_a_restart_a_late_meter_does_not_make_a_state_of_charge_look_late(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    need: dict[str, Any] = {
        "soc_percent": SOC,
        "target_soc_percent": TARGET_PERCENT,
        "battery_kwh": 45,
        "efficiency": 1.0,
    }
    report_every(home, timedelta(minutes=9), monkeypatch)
    tell = tells_percent(home, 40, battery_kwh=45)
    tell()
    home.schedule(mode="now", **need)
    home.plug_in()
    await home.live(minutes=44)
    tell()
    await home.restart()
    home.schedule(mode="now", **need)
    await home.live(minutes=3)
    await home.choose("mode", "off")
    await home.live(minutes=25)
    await home.choose("mode", "now")

    for _ in range(33):
        await home.live(minutes=2)
        tell()

    assert 40 + home.delivered_kwh / 45 * 100 >= TARGET_PERCENT - 1


async def test_a_state_of_charge_told_while_the_charger_is_offline_counts_what_had_flowed(home: Household) -> None:
    tell = tells_percent(home, 60)
    tell()
    home.schedule(
        soc_percent=SOC, target_soc_percent=TARGET_PERCENT, battery_kwh=BATTERY_KWH, efficiency=1.0, mode="now"
    )
    home.plug_in()
    await home.live(minutes=20)
    home.monta.lose(home.point_id)
    await home.live(minutes=25)
    tell()
    await home.live(minutes=12)
    home.monta.find(home.point_id)

    await home.live(hours=2)

    assert home.state("plan") == "done"
    assert 60 + home.delivered_kwh / BATTERY_KWH * 100 >= TARGET_PERCENT - 1


@pytest.mark.parametrize(("late_min", "told_every_min"), [(60, 5), (60, 60)])
async def test_a_state_of_charge_that_comes_late_hardly_charges_more_than_one_that_does_not(
    home: Household, late_min: int, told_every_min: int
) -> None:
    begins_at_percent, began_at, efficiency = 30, home.clock.at, 0.9

    def tell() -> None:
        charged_kwh = home.charged_between(began_at, home.clock.at - timedelta(minutes=late_min))
        home.say(SOC, str(int(begins_at_percent + charged_kwh * efficiency / 72 * 100)))

    tell()
    home.schedule(soc_percent=SOC, target_soc_percent=60, battery_kwh=72, mode="now")
    home.plug_in()
    for _ in range(240 // told_every_min):
        await home.live(minutes=told_every_min)
        tell()

    percent = begins_at_percent + home.delivered_kwh * efficiency / 72 * 100
    assert home.state("plan") == "done"
    assert 59 <= percent <= 60 + 3
