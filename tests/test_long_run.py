"""Weeks of plugging in and charging: neither memory nor work grows with them."""

import cProfile
import gc
import pstats
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import CodeType, FunctionType, ModuleType

from worlds.household import MIDNIGHT, NIGHT, Household

DAY = timedelta(days=1)
A_LINE = 24
"""Objects for a session in the book."""
_STRANGERS = ("respx", "unittest", "worlds", "smart_charging.clouds.monta.stand_in")
_NO_STATE = (type, FunctionType, ModuleType, CodeType)


def kept_by(home: Household) -> int:
    """How many objects the apps hold on to, directly or not."""
    gc.collect()
    waiting: list[object] = [home.hub, home.control, home.scheduling, home.notifier, home.session_log]
    seen = {id(one): one for one in waiting}
    while waiting:
        for one in gc.get_referents(waiting.pop()):
            if id(one) not in seen and not isinstance(one, _NO_STATE) and not _is_strange(one):
                seen[id(one)] = one
                waiting.append(one)
    return len(seen)


def _is_strange(one: object) -> bool:
    return type(one).__module__.startswith(_STRANGERS)


async def a_day(home: Household, number: int) -> None:
    """The car comes in the evening and leaves in the morning, and somebody looks three times."""
    home.prices(MIDNIGHT + (number - 1) * DAY, *NIGHT[:8] * 6)
    home.plug_in(wants_kwh=8)
    for hours in (1, 11, 12):
        await home.polling.refresh()
        for loop in (home.control, home.limits, home.scheduling, home.notifier):
            assert loop
            await loop.beat()
        home.clock.leap(home.clock.at + timedelta(hours=hours))
        if hours == 11:
            home.unplug()


async def calls_on(home: Household, number: int) -> int:
    """How many functions of the apps are called on a day."""
    with cProfile.Profile() as profile:
        await a_day(home, number)
    calls: Mapping[tuple[str, int, str], tuple[int, ...]] = vars(pstats.Stats(profile))["stats"]
    return sum(
        count for (file, _, _), (count, *_) in calls.items() if "smart_charging" in file and "stand_in" not in file
    )


async def test_after_a_month_a_day_adds_a_line_to_the_book_and_no_work(home: Household) -> None:
    home.monta.habits = replace(home.monta.habits, past_charges=100)  # a page of the list is full already
    home.schedule(energy_kwh=6, mode="now")
    for number in range(31):
        await a_day(home, number)
    calls, kept = await calls_on(home, 31), kept_by(home)

    await a_day(home, 32)
    await a_day(home, 33)

    assert await calls_on(home, 34) <= 1.01 * calls
    assert kept_by(home) - kept <= 3 * A_LINE
