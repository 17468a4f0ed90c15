"""How far one has to walk through the files to follow an event: files entered, and returns to one already left.

    PYTHONPATH=lib:tests python -m benchmarks.trips
    PYTHONPATH=lib:tests python -m benchmarks.trips --hot price
    PYTHONPATH=lib:tests python -m benchmarks.trips --rooms --other ../before
    PYTHONPATH=lib:tests python -m benchmarks.trips --help-page --other ../before

Each trip is played over the real services, one charger and the cloud's stand-in, and only its event is followed, with
`sys.setprofile`. What is counted is the trail of calls, in the order in which they begin: a call of a function in
another file than the call before is a move, into a file that is new or back to one that was left. A coroutine that goes
on after a wait has been called again, as the profiler sees it; a return is no call. Lambdas, comprehensions and
generator expressions belong to the function they are written in, and `__init__` and `__eq__` that dataclasses make are
in no file. Files are those of `lib/smart_charging` without the stand-in, which is the other end of the line; the apps,
which only wire, are not on the way.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import smart_charging
from benchmarks.help_page import print_help_page
from benchmarks.lone_household import household
from benchmarks.rooms import print_rooms
from worlds.household import Household
from worlds.virtual_time import Clock, run

PACKAGE = Path(smart_charging.__file__).parent
CHECKOUT = PACKAGE.parents[1]
OTHER_END = "stand_in"
EVENING = (2.4, 2.1, 1.2, 1.0, 0.8, 0.6, 0.3, 0.4, 0.9, 1.6, 2.2, 1.9)
"""Prices an hour each, from the hour on in which a trip begins; four times over there is nothing to guess."""
PRICES = EVENING * 4
BARGAIN = (0.0, *PRICES[1:])
"""The same, but that there is no better time than now."""
SWITCH = "switch.monta_garage_charging"


@dataclass(frozen=True, slots=True)
class Call:
    file: str
    function: str


@dataclass(slots=True)
class Trail:
    """Calls in the order in which they began; a profile function."""

    calls: list[Call] = field(default_factory=list)

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        name = frame.f_code.co_name
        if event == "call" and not name.startswith("<") and (file := _file_of(frame.f_code.co_filename)):
            self.calls.append(Call(file, name))

    @property
    def files(self) -> int:
        return len({call.file for call in self.calls})

    @property
    def moves(self) -> Sequence[tuple[Call, Call]]:
        """From file to file: the last call in the one, the first in the other."""
        return [(before, call) for before, call in pairwise(self.calls) if before.file != call.file]

    @property
    def returns(self) -> int:
        """Moves back into a file that was entered before; the first file was entered without a move."""
        return len(self.moves) + 1 - self.files


@cache
def _file_of(filename: str) -> str | None:
    """Its path within the package, the same wherever the checkout lies; None for what is not counted."""
    path = Path(filename)
    if not path.is_relative_to(PACKAGE) or OTHER_END in path.parts:
        return None
    return path.relative_to(PACKAGE).as_posix()


@contextmanager
def followed() -> Iterator[Trail]:
    """Whatever this thread calls within."""
    trail = Trail()
    sys.setprofile(trail)
    try:
        yield trail
    finally:
        sys.setprofile(None)


Event = Callable[[], Awaitable[Any]]
Trip = Callable[[Household], AbstractAsyncContextManager[Event]]
"""Sets the stage, hands over what is to be followed, and looks afterwards whether that has happened."""


def round_of(home: Household) -> Event:
    """What the scheduler does whenever something may have changed."""
    assert home.scheduling
    return home.scheduling.beat


@asynccontextmanager
async def price_to_start(home: Household) -> AsyncIterator[Event]:
    """A round of the scheduler that sees a new price, to the answer to its start and what is shown of it."""
    home.schedule(energy_kwh=11, ready_by="23:00")
    home.plug_in()
    await home.live(minutes=3)
    home.prices(home.clock(), *BARGAIN)
    yield round_of(home)
    assert home.starts == 1


@asynccontextmanager
async def state_to_entity(home: Household) -> AsyncIterator[Event]:
    """A read that finds a cable put in, to the entity that says so."""
    home.schedule(energy_kwh=11)
    await home.live(minutes=3)
    home.plug_in()
    yield home.polling.beat
    assert home.state("binary_sensor.cable") == "on"


@asynccontextmanager
async def press_to_request(home: Household) -> AsyncIterator[Event]:
    """The switch turned on by a person, to the answer to the request and what is shown of it."""
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=3)
    yield partial(home.ha_commands.switched, {"service": "turn_on", "service_data": {"entity_id": SWITCH}})
    assert home.starts == 1


@asynccontextmanager
async def unplug_to_booking(home: Household) -> AsyncIterator[Event]:
    """A round of the scheduler that finds the cable pulled while the car was charging, to the session in the book."""
    home.schedule(energy_kwh=11, mode="now")
    await home.session_log.prepare()  # as the app does when it starts
    home.plug_in()
    await home.live(minutes=30)
    home.unplug()
    await home.polling.beat()
    home.clock.advance(minutes=5)  # until then the cable might only have flickered
    await home.polling.beat()
    yield round_of(home)
    assert home.session_file.exists()


@asynccontextmanager
async def nothing_new(home: Household) -> AsyncIterator[Event]:
    """A round of the scheduler while a car waits for its hour."""
    home.schedule(energy_kwh=11)
    home.plug_in()
    await home.live(minutes=3)
    home.hass.history.clear()
    yield round_of(home)
    assert home.hass.history == []


TRIPS: dict[str, tuple[str, Trip]] = {
    "price": ("price to start command", price_to_start),
    "state": ("state to entity", state_to_entity),
    "press": ("press to request", press_to_request),
    "unplug": ("unplug to booked session", unplug_to_booking),
    "nothing": ("a round in which nothing is new", nothing_new),
}


def trail_of(trip: Trip) -> Trail:
    """The same every time: how long the cloud seems to take to answer is shown, too.

    On the virtual loop, which does the work of other threads in this one, so that it is followed, too.
    """
    with patch("time.perf_counter", return_value=0.0):
        clock = Clock()
        return run(_play(trip, clock), clock)


async def _play(trip: Trip, clock: Clock) -> Trail:
    async with household(clock) as home:
        home.prices(clock(), *PRICES)
        async with trip(home) as event:
            with followed() as trail:
                await event()
        return trail


def print_trips() -> None:
    print("| trip | files entered | re-entered | calls |\n|---|---|---|---|")
    for title, trip in TRIPS.values():
        trail = trail_of(trip)
        print(f"| {title} | {trail.files} | {trail.returns} | {len(trail.calls)} |")


def print_hot(word: str, top: int) -> None:
    """Which files take turns; and in brackets, between which functions most often."""
    title, trip = TRIPS[word]
    trail = trail_of(trip)
    moves = Counter((before.file, call.file) for before, call in trail.moves)
    calls = Counter(trail.moves)
    print(f"{title}: {trail.files} files, {trail.returns} returns; {len(moves)} different moves\n")
    print("| times | from | to | most often |\n|---|---|---|---|")
    for (source, target), times in moves.most_common(top):
        between = ((count, pair) for pair, count in calls.items() if (pair[0].file, pair[1].file) == (source, target))
        count, (before, call) = max(between, key=lambda one: one[0])
        print(f"| {times} | {source} | {target} | {count} x {before.function} > {call.function} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--hot", choices=TRIPS, metavar="TRIP", help=f"which files take turns: {', '.join(TRIPS)}")
    what.add_argument("--rooms", action="store_true", help="folders, imports between them, and what is longest")
    what.add_argument("--help-page", action="store_true", help="time and modules that `plan --help` takes")
    parser.add_argument("--other", type=Path, metavar="CHECKOUT", help="of before, for --rooms and --help-page")
    parser.add_argument("--top", type=int, default=25, help="rows of --hot")
    parser.add_argument("--runs", type=int, default=20, help="of --help-page")
    arguments = parser.parse_args()
    logging.disable()
    checkouts = [path for path in (arguments.other, CHECKOUT) if path]
    if arguments.hot:
        print_hot(arguments.hot, arguments.top)
    elif arguments.rooms:
        print_rooms(checkouts)
    elif arguments.help_page:
        print_help_page(checkouts, arguments.runs)
    else:
        print_trips()


if __name__ == "__main__":
    main()
