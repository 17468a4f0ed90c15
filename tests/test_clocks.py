"""A machine whose clock is wrong, drifts or is set, and whose wish is the newest."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path

import pytest

from smart_charging.clouds.monta.stand_in.failures import Failure
from worlds.one_night import BEGINS_AT, CHEAP_AT, POINT_ID, READY_AT, SWITCH, WANTED_KWH, OneNight, one_night
from worlds.virtual_time import Clock, run, virtual_now

SKEWS_S = (-300, 70)


def play(folder: Path, script: Callable[[OneNight], Coroutine[None, None, None]], *, ahead_s: float = 0.0) -> None:
    async def night() -> None:
        async with one_night(folder, ahead=timedelta(seconds=ahead_s)) as night:
            await script(night)

    run(night(), Clock(BEGINS_AT))


@pytest.mark.parametrize("ahead_s", SKEWS_S)
def test_a_start_whose_answer_is_lost_is_ours_however_wrong_the_clock_is(tmp_path: Path, ahead_s: int) -> None:
    async def script(night: OneNight) -> None:
        night.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")
        night.plug_in()

        await night.until(READY_AT)

        assert night.plan == "done"
        assert night.charged_kwh == pytest.approx(WANTED_KWH, abs=0.3)
        assert len(night.charges) == 1

    play(tmp_path, script, ahead_s=ahead_s)


@pytest.mark.parametrize("ahead_s", [-90])
def test_a_start_that_was_sent_just_before_a_kill_is_ours_however_wrong_the_clock_is(
    tmp_path: Path, ahead_s: int
) -> None:
    async def script(night: OneNight) -> None:
        night.plug_in()
        await night.until_true(lambda: night.is_charging)
        await night.restart(ahead=night.ahead)

        await night.until(READY_AT)

        assert night.plan == "done"
        assert night.charged_kwh == pytest.approx(WANTED_KWH, abs=0.3)

    play(tmp_path, script, ahead_s=ahead_s)


YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    "ahead",
    [-56 * YEAR, -timedelta(hours=9), YEAR],
    ids=["1970", "hours behind", "a year ahead"],
)
def test_what_a_person_stopped_stays_stopped_when_the_machine_comes_back_with_another_clock(
    tmp_path: Path, ahead: timedelta
) -> None:
    async def script(night: OneNight) -> None:
        night.plug_in()
        await night.until_true(lambda: night.is_charging)
        await night.until(virtual_now() + timedelta(minutes=10))
        night.press("turn_off")
        await night.until(virtual_now() + timedelta(minutes=5))
        prices = night.house.disk.folder / "smart_charging_memory" / "prices.json"
        charges, known = len(night.charges), prices.read_text()

        await night.restart(ahead=ahead)
        await night.until(virtual_now() + timedelta(minutes=10))
        night.ahead = timedelta(0)
        await night.until(READY_AT)

        assert (night.plan, len(night.charges)) == ("manual", charges)
        assert prices.read_text() == known

    play(tmp_path, script)


@pytest.mark.parametrize("step", [-timedelta(hours=1), timedelta(hours=1)], ids=["back", "forward"])
def test_a_command_waits_no_longer_after_the_clock_was_set(tmp_path: Path, step: timedelta) -> None:
    async def script(night: OneNight) -> None:
        night.plug_in()
        await night.until(virtual_now() + timedelta(minutes=2))
        night.press("turn_on")
        await asyncio.sleep(1)
        night.ahead = step
        night.press("turn_off")
        await asyncio.sleep(30)

        assert not night.is_charging

    play(tmp_path, script)


def test_a_clock_that_is_set_again_and_again_changes_nothing(tmp_path: Path) -> None:
    steps = [timedelta(hours=1), -timedelta(hours=2), timedelta(seconds=90), timedelta(days=3), timedelta(0)]

    async def script(night: OneNight) -> None:
        night.plug_in()
        for ahead in 2 * steps:
            night.ahead = ahead
            await night.until(virtual_now() + timedelta(minutes=7))
        await night.until(READY_AT)

        assert night.plan == "done"
        assert night.charged_kwh == pytest.approx(WANTED_KWH, abs=0.3)
        assert len(night.charges) == 1

    play(tmp_path, script)


def test_a_charge_somebody_began_seconds_before_a_start_without_an_answer_is_theirs(tmp_path: Path) -> None:
    async def script(night: OneNight) -> None:
        night.plug_in()
        await night.until(CHEAP_AT - timedelta(seconds=8))
        night.monta.start_by_hand(POINT_ID)
        night.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")
        await night.until(CHEAP_AT + timedelta(minutes=5))
        plan = night.house.home.states["sensor.monta_porch_plan"]

        assert len(night.monta.sent("charges", "POST")) == 1
        assert (plan["state"], plan["attributes"]["reason"]) == ("manual", "a charge was started elsewhere")

    play(tmp_path, script)


WISHES = {"stop": ("manual", "off"), "start": ("manual", "on"), "smart": ("waiting", "off")}


@pytest.mark.parametrize("gap_s", [0, 4, 47])
@pytest.mark.parametrize("wishes", [("stop", "start"), ("stop", "smart"), ("off", "smart"), ("smart", "stop")])
def test_the_newest_wish_wins_however_soon_it_comes(tmp_path: Path, wishes: tuple[str, str], gap_s: float) -> None:
    async def script(night: OneNight) -> None:
        night.plug_in()
        night.wish("start")
        await night.until(virtual_now() + timedelta(minutes=4))
        for wish in wishes:
            night.wish(wish)
            await asyncio.sleep(gap_s)
        await asyncio.sleep(120)

        assert (night.plan, night.house.state(SWITCH)) == WISHES[wishes[1]]

    play(tmp_path, script)
