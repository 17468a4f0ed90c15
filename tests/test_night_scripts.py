"""Nights written as scripts; worlds/OTHER_CLOUDS.md says how."""

from datetime import timedelta

import pytest

from smart_charging.clouds.monta.stand_in.habits import CableStamp, Habits, Words
from worlds.nights.habits import DrawnWorld
from worlds.nights.script import Script, happen, kill, plug, press

CAR = {"energy_kwh": 22, "power_kw": 11, "ready_by": "01:00"}
PRICES = (2.0, 0.4, 2.0, 2.0, 0.4, 2.0)
"""The two cheap hours begin at 19:00 and at 22:00."""
OWN_CLOUD = "worlds.nights.own_cloud:usual_application"


def test_a_power_cut_and_a_restart_cost_no_energy_over_another_stand_in_either() -> None:
    night = Script(
        car=CAR,
        prices=PRICES,
        events=[plug("18:10"), happen("19:20", "break_off", reason="PowerLoss"), kill("22:05:30")],
        ends="01:10",
    )

    morning = night.play(OWN_CLOUD)

    assert morning.kwh() == pytest.approx(22, abs=0.6)
    assert morning.kwh(start="22:00", end="23:00") > 10
    assert morning.bugs == []


def test_who_presses_stop_is_not_started_again_by_a_machine_whose_clock_is_ahead() -> None:
    habits = Habits(reasons=Words.PREFIXED, cable_stamp=CableStamp.OWN_START)
    world = DrawnWorld(host_ahead=timedelta(seconds=70), habits=habits)
    events = [plug("18:10"), press("19:20", on=False)]

    morning = Script(car=CAR, prices=PRICES, events=events, world=world, ends="23:10").play()

    assert morning.kwh() == pytest.approx(11 / 3, abs=0.5)
    assert morning.states["switch.monta_garage_charging"] == "off"
