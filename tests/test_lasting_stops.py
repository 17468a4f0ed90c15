"""Charges that a cloud calls stopping until their cable is out, or in words that nobody knows."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from smart_charging.clouds.monta.stand_in.habits import Habits
from worlds.household import Household
from worlds.slow_meter import report_every

STOPPING_ON = Habits(names_end=False)
UNKNOWN_WORD = Habits(names_end=False, charge_states={"stopping": "wrapping-up"})
PHONE = {"notify": [{"action": "notify.phone", "about": ["stuck"]}]}


def messages(home: Household) -> Sequence[str]:
    return [data["message"] for action, data in home.hass.calls if action == "notify.phone"]


def two_cheap_hours(home: Household) -> None:
    home.prices(home.clock.at, 1, 9, 1, 9, 9, 9)
    home.schedule(energy_kwh=18, ready_by="23:30", common=PHONE)
    home.plug_in()


@pytest.mark.parametrize("habits", [STOPPING_ON, UNKNOWN_WORD])
async def test_a_charge_that_is_called_stopping_for_long_does_not_keep_the_next_one_from_beginning(
    home: Household, habits: Habits
) -> None:
    home.monta.habits = habits
    two_cheap_hours(home)

    await home.live(hours=4)

    assert (home.starts, home.stops, messages(home)) == (2, 2, [])
    assert home.delivered_kwh == pytest.approx(18, abs=0.4)


async def test_a_charge_that_is_called_stopping_and_takes_energy_does_not_do_as_told(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home.monta.site, "stop", lambda charge, *, reason: charge)
    two_cheap_hours(home)
    await until_stopped(home)

    home.monta.habits = Habits(charge_states={"charging": "stopping"})
    await home.live(minutes=8)

    assert home.stops > 1
    assert len(messages(home)) == 1
    assert "it charges on" in messages(home)[0]


async def test_a_start_by_hand_waits_no_longer_than_energy_may_still_be_told(home: Household) -> None:
    home.monta.habits = STOPPING_ON
    two_cheap_hours(home)
    await until_stopped(home)
    await home.live(minutes=3)
    early = await home.ha_commands.command("start", home.point_id)
    await home.live(minutes=20)

    late = await home.ha_commands.command("start", home.point_id)

    assert (early["ok"], late["ok"]) == (False, True)


@pytest.mark.parametrize(("every", "waits"), [(timedelta(minutes=1), 5), (timedelta(minutes=12), 22)])
async def test_the_next_car_on_a_fuse_waits_no_longer_than_the_meter_may_take(
    home: Household, every: timedelta, waits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_every(home, every, monkeypatch)
    carport = on_one_fuse(home)
    home.plug_in(point_id=carport)
    await until_stopped(home)

    await home.live(minutes=waits)

    assert home.starts == 2


async def test_a_car_that_comes_when_the_other_has_long_stopped_finds_room_on_the_fuse(home: Household) -> None:
    carport = on_one_fuse(home)
    await until_stopped(home)
    await home.live(minutes=45)

    home.plug_in(point_id=carport)
    await home.live(minutes=5)

    assert home.starts == 2


def on_one_fuse(home: Household) -> int:
    """One car that is charged at once, and a second charger for which there is no room meanwhile."""
    home.monta.habits = STOPPING_ON
    carport = home.monta.add_charge_point("Carport")
    home.schedule(carport, mode="now", energy_kwh=11, ready_by="06:00", common={"fuse_kw": 16})
    home.plug_in()
    return carport


async def until_stopped(home: Household) -> None:
    while not home.stops:
        await home.live(minutes=1)
