"""Chargers that charge on for minutes after they are told to stop."""

from datetime import timedelta

import pytest

from smart_charging.clouds.monta.stand_in.habits import Habits
from worlds.household import Household

WANTED_KWH = 7


async def session(home: Household) -> float:
    """What a car gets that is charged at once."""
    before_kwh = home.delivered_kwh
    home.plug_in()
    await home.live(minutes=55)
    home.unplug()
    await home.live(minutes=10)
    return home.delivered_kwh - before_kwh


def schedule(home: Household) -> None:
    home.schedule(mode="now", energy_kwh=WANTED_KWH, ready_by="06:00")


async def test_a_charger_that_stops_late_is_told_earlier_once_that_is_known(home: Household) -> None:
    home.monta.site.delays.stop = timedelta(seconds=140)
    schedule(home)

    sessions = [await session(home) for _ in range(3)]

    assert min(sessions[:2]) > WANTED_KWH + 0.35
    assert sessions[2] == pytest.approx(WANTED_KWH, abs=0.25)
    assert home.starts == home.stops == 3


async def test_it_is_known_after_a_restart(home: Household) -> None:
    home.monta.site.delays.stop = timedelta(seconds=140)
    schedule(home)
    for _ in range(2):
        await session(home)

    await home.restart()
    schedule(home)

    assert await session(home) == pytest.approx(WANTED_KWH, abs=0.25)


async def test_energy_that_lists_tell_late_is_counted_on_too(home: Household) -> None:
    home.monta.habits = Habits(list_lag=timedelta(seconds=100))
    schedule(home)

    sessions = [await session(home) for _ in range(3)]

    assert sessions[2] == pytest.approx(WANTED_KWH, abs=0.2)


async def test_a_charger_that_has_become_faster_brings_all_energy_with_one_start_more(home: Household) -> None:
    home.monta.site.delays.stop = timedelta(seconds=140)
    schedule(home)
    for _ in range(2):
        await session(home)
    home.monta.site.delays.stop, before = timedelta(seconds=4), home.starts

    sessions = [await session(home) for _ in range(2)]

    assert sessions == pytest.approx([WANTED_KWH, WANTED_KWH], abs=0.15)
    assert home.starts - before == 3


async def test_a_charger_that_obeys_at_once_is_told_at_the_target(home: Household) -> None:
    schedule(home)

    sessions = [await session(home) for _ in range(2)]

    assert sessions == pytest.approx([WANTED_KWH] * 2, abs=0.15)
    assert home.starts == 2
    assert f"stop_lag_{home.point_id}" not in home.hass.store
