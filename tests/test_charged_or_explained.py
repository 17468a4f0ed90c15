"""The car gets charged, or people read why it does not."""

from typing import Any

import pytest

from smart_charging.services.control.origins import Origin
from worlds.household import HOUR, MIDNIGHT, Household


def lose(home: Household, *, online: bool = False) -> None:
    """Let Monta lose the charger, or have it back; of the cable it tells nothing meanwhile."""
    point = home.monta.site.points[home.point_id]
    point.state_override, point.reports_cable = (None, True) if online else ("disconnected", False)


async def test_a_car_left_short_by_its_price_limit_is_charged_when_prices_fall_after_its_departure(
    home: Household,
) -> None:
    home.prices(MIDNIGHT - 3 * HOUR, *[2.0] * 2, *[0.1] * 20)
    home.schedule(energy_kwh=11, ready_by="22:30", price_limit=0.5)
    home.plug_in()

    await home.live(hours=4)

    assert home.charged_between(MIDNIGHT - 3 * HOUR, MIDNIGHT - HOUR) == 0
    assert home.delivered_kwh == pytest.approx(11, abs=0.2)


@pytest.mark.parametrize("preferences", [{}, {"price_limit": 5}])
async def test_a_car_short_of_time_goes_on_without_a_break(home: Household, preferences: dict[str, Any]) -> None:
    home.schedule(energy_kwh=22, ready_by="22:00", **preferences)
    home.plug_in()

    await home.live(hours=2, minutes=5)

    assert home.delivered_kwh == pytest.approx(22, abs=0.2)


async def test_a_car_of_which_nobody_knows_when_it_leaves_is_charged_at_once(home: Household) -> None:
    home.schedule(energy_kwh=5.5, ready_by="input_datetime.nowhere", goes_on=False)
    home.plug_in()

    await home.live(hours=1)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)


@pytest.mark.parametrize("mode", ["smart", "now"])
async def test_a_fuse_too_small_for_the_charger_alone_is_said(home: Household, mode: str) -> None:
    home.schedule(mode=mode, common={"fuse_kw": 8})
    home.plug_in()

    await home.live(minutes=5)

    assert (home.state("plan"), home.delivered_kwh) == ("short", 0)
    assert "takes up to 11 kW, more than the fuse of 8 kW allows" in home.attributes("plan")["sentence"]


async def test_a_charger_that_is_not_reached_for_a_while_keeps_its_session(home: Household) -> None:
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=2)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await home.live(minutes=5)

    lose(home)
    await home.live(minutes=30)
    lose(home, online=True)
    await home.live(minutes=5)

    assert home.state("plan") == "manual"


async def test_energy_that_was_charged_before_the_charger_was_lost_is_not_charged_again(home: Household) -> None:
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in()
    await home.live(minutes=30)
    home.monta.break_off(home.point_id)

    lose(home)
    await home.live(minutes=30)
    lose(home, online=True)
    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(11, abs=0.3)


async def test_a_charger_that_was_lost_for_long_may_have_another_car(home: Household) -> None:
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=2)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await home.live(minutes=5)

    lose(home)
    await home.live(hours=7)

    assert home.state("plan") == "idle"


async def test_a_start_that_led_to_nothing_is_told_while_the_next_try_is_waited_for(home: Household) -> None:
    home.monta.site.points[home.point_id].fails_with = "ConnectorLockFailure"
    home.schedule(mode="now")
    home.plug_in()

    await home.live(minutes=4)

    assert home.state("plan") == "waiting"
    assert "the last start brought no energy; it is tried again at 21:0" in home.attributes("plan")["sentence"]


async def test_a_charge_that_brings_nothing_is_told_before_all_tries_are_used_up(home: Household) -> None:
    home.schedule(mode="now")
    home.plug_in(power_kw=0.0)

    await home.live(minutes=21)

    assert home.attributes("plan")["reason"] == "no energy has flowed yet; this is try 2 of 4"


@pytest.mark.parametrize("own_stamps", [True, False])
async def test_charges_with_stamps_of_their_own_belong_to_one_session_over_restarts(
    home: Household, *, own_stamps: bool
) -> None:
    home.prices(MIDNIGHT - 3 * HOUR, 2, 0.1, 2, 2, 0.1, *[2] * 20, step=HOUR / 2)
    home.schedule(energy_kwh=11, ready_by="00:30")
    home.plug_in()

    for _ in range(7):
        await home.live(minutes=30)
        if own_stamps and (charge := home.monta.charge_of(home.point_id)):
            charge.cable_plugged_in_at = charge.created_at
        await home.restart()
        home.schedule(energy_kwh=11, ready_by="00:30")
    await home.live(minutes=2)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(11, abs=0.4)
