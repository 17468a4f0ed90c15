"""A charge that load management holds for long is left alone, and goes on by itself."""

from datetime import datetime, timedelta

import pytest

from worlds.household import Household

PHONE = {"notify": [{"action": "notify.phone", "about": ["stuck"]}]}


async def held_after_some_minutes(home: Household) -> None:
    home.schedule(mode="now", energy_kwh=19, ready_by="06:00", common=PHONE)
    home.plug_in()
    await home.live(minutes=25)
    home.monta.hold(home.point_id)


async def test_a_charge_held_for_hours_is_begun_anew_twice_and_goes_on_when_it_may(home: Household) -> None:
    await held_after_some_minutes(home)
    await home.live(minutes=100)
    starts = home.starts

    home.monta.let_go(home.point_id)
    await home.live(minutes=95)

    assert (starts, home.starts, home.state("plan")) == (3, 3, "done")
    assert home.delivered_kwh == pytest.approx(19, abs=0.4)


async def test_that_a_charge_is_held_is_said_once_and_not_in_the_first_half_hour(home: Household) -> None:
    await held_after_some_minutes(home)
    said_at: list[datetime] = []
    for _ in range(18):
        await home.live(minutes=5)
        said_at += [home.clock.at] * (len(home.hass.calls) - len(said_at))

    assert len(said_at) == 1
    assert said_at[0] >= home.clock.at - timedelta(minutes=90 - 30)


async def test_a_charge_that_never_brought_energy_is_begun_anew_more_often(home: Household) -> None:
    home.monta.hold(home.point_id)
    home.schedule(mode="now", energy_kwh=19, ready_by="06:00")
    home.plug_in()

    await home.live(hours=2)

    assert home.starts == 4
