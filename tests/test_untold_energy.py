"""Charges whose energy nobody tells while they run, nor any meter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smart_charging.charger import Charge, ChargeState
from smart_charging.clouds.monta.stand_in.habits import Habits, KwhTold
from smart_charging.services.sessions.untold_energy import UntoldEnergy
from worlds.household import Household

SILENT = Habits(kwh_told=KwhTold.SETTLED, tells_meter=False)
REMARK = "no energy is told, so it is worked out by time, at 11 kW"
PHONE = {"notify": [{"action": "notify.phone", "about": ["plan", "done", "stuck"]}]}


def two_cheap_hours(home: Household, **car: object) -> None:
    home.prices(home.clock.at, 1, 9, 1, 9, 9, 9)
    home.schedule(ready_by="23:30", common=PHONE, **car)


async def test_a_charge_whose_energy_nobody_tells_ends_after_the_time_it_takes(home: Household) -> None:
    home.monta.habits = SILENT
    two_cheap_hours(home, energy_kwh=17)
    home.plug_in()

    await home.live(hours=4)

    assert (home.starts, home.stops, home.state("plan")) == (2, 2, "done")
    assert home.delivered_kwh == pytest.approx(17, abs=0.4)


async def test_it_is_said_once_that_energy_was_worked_out(home: Household) -> None:
    home.monta.habits = SILENT
    two_cheap_hours(home, energy_kwh=6)
    home.plug_in()

    await home.live(hours=3)

    said = [data["message"] for action, data in home.hass.calls if action == "notify.phone"]
    assert [REMARK in message for message in said] == [False, True]
    assert home.attributes("plan")["reason"] == REMARK


async def test_no_cost_is_shown_for_energy_that_nobody_tells(home: Household) -> None:
    home.monta.habits = SILENT
    two_cheap_hours(home, energy_kwh=9)
    home.plug_in()

    await home.live(minutes=40)

    assert home.attributes("plan").get("cost_so_far") is None


async def test_what_was_worked_out_outlives_a_restart(home: Household) -> None:
    home.monta.habits = SILENT
    two_cheap_hours(home, energy_kwh=15)
    home.plug_in()
    await home.live(hours=1, minutes=30)

    await home.restart()
    two_cheap_hours(home, energy_kwh=15)
    await home.live(hours=2)

    assert home.starts == 2
    assert home.delivered_kwh == pytest.approx(15, abs=0.4)


@pytest.mark.parametrize("step_s", [-5400, 5400, 2_000_000_000])
async def test_a_step_of_the_clock_is_no_time_in_which_energy_flows(home: Household, step_s: int) -> None:
    untold = UntoldEnergy("7", home.hass)
    charge = Charge(id="1", charger_id="7", state=ChargeState.CHARGING, created_at=home.clock.at)

    for minute in range(30):
        stepped = timedelta(minutes=minute, seconds=step_s if minute > 10 else 0)
        await untold.update([charge], 9.0, charge.created_at + stepped)

    assert untold.kwh == pytest.approx(9.0 * 29 / 60, abs=0.3)


@pytest.mark.parametrize("ahead_s", [-200, 60])
async def test_a_cloud_whose_clock_is_wrong_stamps_no_other_time(home: Household, ahead_s: int) -> None:
    untold = UntoldEnergy("7", home.hass)
    charge = Charge(id="1", charger_id="7", state=ChargeState.STARTING, created_at=home.clock.at)
    started_at = charge.created_at + timedelta(seconds=10 + ahead_s)

    for second in range(0, 1200, 30):
        await untold.update([charge], 9.0, charge.created_at + timedelta(seconds=second))
        charge = replace(charge, state=ChargeState.CHARGING, started_at=started_at)

    assert untold.kwh == pytest.approx(9.0 * 1170 / 3600, abs=0.2)


async def test_energy_that_is_told_in_the_end_replaces_what_was_worked_out(home: Household) -> None:
    home.monta.habits = Habits(kwh_told=KwhTold.AT_END, tells_meter=False)
    two_cheap_hours(home, energy_kwh=9)
    home.plug_in(power_kw=7)

    await home.live(hours=4)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(9, abs=0.9)


async def test_a_pause_is_no_time_in_which_energy_flows(home: Household) -> None:
    home.monta.habits = SILENT
    two_cheap_hours(home, mode="now", energy_kwh=5)
    home.plug_in()
    await home.live(minutes=10)

    home.monta.hold(home.point_id)
    await home.live(minutes=8)
    home.monta.let_go(home.point_id)
    await home.live(minutes=40)

    assert home.delivered_kwh == pytest.approx(5, abs=0.4)


async def test_no_figure_means_nothing_yet_where_energy_was_told_before(home: Household) -> None:
    two_cheap_hours(home, mode="now", energy_kwh=30)
    home.plug_in()
    await home.live(minutes=20)
    before = home.starts

    home.monta.habits = SILENT
    home.monta.break_off(home.point_id, "PowerLoss")
    home.monta.hold(home.point_id)
    await home.live(minutes=40)

    assert home.starts - before > 1
