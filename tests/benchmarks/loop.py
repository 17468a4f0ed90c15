"""How long AppDaemon's loop is held while plans are made, and how long they take.

    PYTHONPATH=lib:tests python -m benchmarks.loop

The real services over the cloud's stand-in, with as many cars waiting for 192 quarters of an hour with known prices, on
a fuse for a third of them (one alone has none), settings as users get them, a tariff with a fee by the hour, four weeks
of prices known. In every round all prices are others, and a quarter of an hour more is known, so that days ahead are
decided anew, too. A task that asks to be woken every millisecond tells how late it was while a round went on: once as
it is, with plans in a thread, and once with them in the loop itself. What other programmes take is in that; the longest
turn of the loop is its own CPU. Times of planning are of the thread's CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import Any
from unittest.mock import patch

from benchmarks.lone_household import household
from smart_charging.services.planning_thread import PlanningThread
from smart_charging.services.scheduling import planner, round_plans
from worlds.household import HOUR, Household
from worlds.virtual_time import Clock

SLOTS = 192
KNOWN_BEFORE = 28 * 96
TARIFF = {"grid_fees": [{"per_kwh": 0.4, "from_hour": 17, "to_hour": 21}, {"per_kwh": 0.1}], "vat": 0.25}
DAYS_AHEAD = {"may_owe_kwh": 20}
SLOWER = 5
"""How much slower the processor of a small computer is."""
SWITCH_MS = sys.getswitchinterval() * 1000
"""After so long a thread that computes lets the loop have its turn, whatever the processor."""


@asynccontextmanager
async def cars_waiting(chargers: int, **car: Any) -> AsyncIterator[Household]:
    """Plugged in, and left to the scheduler."""
    clock = Clock()
    async with household(clock) as home:
        others = [home.monta.add_charge_point(f"Place {number}") for number in range(1, chargers)]
        for point_id in (home.point_id, *others):
            home.plug_in(point_id=point_id)
        fuse = {"fuse_kw": max(11.0, chargers * 11 / 3)} if chargers > 1 else {}
        home.schedule(*others, energy_kwh=20, common={"tariff": TARIFF, **fuse}, **car)
        await home.polling.beat()
        yield home
        assert home.scheduling
        home.scheduling.close()


def other_prices(home: Household, rng: random.Random, *, more: int = 0, before: int = 0) -> None:
    """For two days and a little more, dear for the next hour, so that nothing is started."""
    quarter = HOUR / 4
    past, coming = ([round(rng.uniform(0.5, 3.0), 4) for _ in range(count)] for count in (before, SLOTS - 4 + more))
    home.prices(home.clock() - before * quarter, *past, *[9.0] * 4, *coming, step=quarter)


async def lateness_ms(work: Callable[[], Any]) -> Sequence[float]:
    """How late a task was that wants to be woken every millisecond, while the work goes on."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + 0.001
            await asyncio.sleep(0.001)
            late.append((time.perf_counter() - due) * 1000)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    late.clear()
    await work()
    await asyncio.sleep(0.01)
    ticking.cancel()
    return late


@contextmanager
def turns_timed() -> Iterator[list[float]]:
    """Collects how long each turn of the loop takes, in milliseconds of CPU."""
    taken: list[float] = []
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        taken.append((time.thread_time() - began) * 1000)

    with patch.object(asyncio.Handle, "_run", timed):
        yield taken


async def _in_the_loop(_thread: PlanningThread, work: Callable[[], Any]) -> Any:
    return work()


@dataclass(frozen=True, slots=True)
class Round:
    """How late others were while it went on, and its longest turn of the loop; in milliseconds."""

    late: Sequence[float]
    longest_turn: float


async def rounds_of(home: Household, rounds: int, rng: random.Random) -> Sequence[Round]:
    """After one that learns the weeks before."""
    assert home.scheduling
    other_prices(home, rng, before=KNOWN_BEFORE)
    await home.scheduling.beat()
    done = []
    for number in range(rounds):
        other_prices(home, rng, more=1 + number)
        with turns_timed() as turns:
            late = await lateness_ms(home.scheduling.beat)
        done.append(Round(late, max(turns)))
    return done


def row(rounds: Sequence[Round]) -> str:
    """Longest lateness, 95 % of all, and longest turn, in the median of the rounds; then for a slow processor."""
    longest = median(max(one.late) for one in rounds)
    most = median(sorted(one.late)[int(0.95 * (len(one.late) - 1))] for one in rounds)
    turn = median(one.longest_turn for one in rounds)
    return f"{longest:.0f} | {most:.0f} | {turn:.0f} | {slower_ms(longest):.0f} | {slower_ms(most):.0f}"


def slower_ms(ms: float) -> float:
    """On a slow processor: what is beyond the thread's turn is the loop's own work, and takes longer."""
    return min(ms, SWITCH_MS) + max(0.0, ms - SWITCH_MS) * SLOWER


async def print_blocked(rounds: int) -> None:
    print(f"| chargers | plans are made | longest, ms | 95 % | longest turn | longest, {SLOWER} times slower | 95 % |")
    print("|---|---|---|---|---|---|---|")
    for chargers, car in product((2, 30), ({}, DAYS_AHEAD)):
        rng = random.Random(chargers)  # noqa: S311 - for a benchmark
        what = f"| {chargers}{', days ahead' if car else ''} |"
        async with cars_waiting(chargers, **car) as home:
            await rounds_of(home, 1, rng)
            print(f"{what} in a thread | {row(await rounds_of(home, rounds, rng))} |", flush=True)
            with patch.object(PlanningThread, "result_of", _in_the_loop):
                print(f"{what} in the loop | {row(await rounds_of(home, rounds, rng))} |", flush=True)


@contextmanager
def planning_timed() -> Iterator[list[float]]:
    """Collects how long answers take, in seconds of CPU."""
    taken: list[float] = []
    answered = round_plans.answered

    def timed(*arguments: Any) -> Any:
        began = time.thread_time()
        answer = answered(*arguments)
        taken.append(time.thread_time() - began)
        return answer

    with patch.object(planner, "answered", timed):
        yield taken


async def print_growth(chargers: Sequence[int], rounds: int) -> None:
    print(
        f"\n| chargers | median, ms of CPU | slowest of {rounds} | median, {SLOWER} times slower |\n|---|---|---|---|"
    )
    for count in chargers:
        rng = random.Random(count)  # noqa: S311 - for a benchmark
        async with cars_waiting(count) as home:
            with planning_timed() as taken:
                await rounds_of(home, rounds, rng)
            ms = [one * 1000 for one in taken]
            print(f"| {count} | {median(ms):.0f} | {max(ms):.0f} | {SLOWER * median(ms):.0f} |", flush=True)


async def measure(rounds: int, chargers: Sequence[int]) -> None:
    await print_blocked(rounds)
    await print_growth(chargers, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--chargers", type=int, nargs="*", default=[1, 2, 10, 30, 100])
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.rounds, arguments.chargers))


if __name__ == "__main__":
    main()
