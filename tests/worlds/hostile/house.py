"""The house of the evening with everything at work in it, to be disturbed; started in no time."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from worlds.evening import ARGUMENTS, BEGINS_AT, STOPS_AT, TUESDAY, World, show_helpers, show_prices
from worlds.fakes import PAYLOADS
from worlds.hostile.witness import Witness, witness
from worlds.virtual_apps import Arguments, Broker, Line, VirtualHouse, house_of
from worlds.virtual_time import Clock, run, running_loop, virtual_now

LAST_VERSION = PAYLOADS / "last_version"
MEMORY = "smart_charging_memory"
SESSIONS = "smart_charging_sessions.jsonl"
TOKENS = ".smart_charging_tokens.json"
AWHILE = timedelta(minutes=10)


@dataclass(slots=True)
class Scene:
    """A house in the middle of an evening: two cars charge or wait, one was stopped by hand, one has a limit."""

    house: VirtualHouse
    world: World
    broker: Broker

    async def pass_time(self, span: timedelta = AWHILE) -> None:
        """Let everything run."""
        clock = running_loop().clock
        await clock.sleep_until(clock.at + span)

    def shows(self, topic: str) -> object:
        """The state of an entity at the broker."""
        return json.loads(self.broker.retained.get(f"smart_charging/{topic}", "{}")).get("state")

    async def restart(self, arguments: Arguments = ARGUMENTS) -> None:
        """Kill the apps and start them anew."""
        self.house.kill()
        await self.house.start(arguments)


Play = Callable[[Scene], Awaitable[None]]
Damage = Callable[[Path], None]


def played(
    play: Play,
    *,
    damage: Damage = lambda _folder: None,
    line: type[Line] = Line,
    arguments: Arguments = ARGUMENTS,
    wall: Callable[[], datetime] = virtual_now,
) -> Witness:
    """Start the house from what it had left on its disk, damaged, and play in it."""
    folder, happened, at = _left_behind()
    with TemporaryDirectory() as name, witness() as seen:
        place = Path(name)
        shutil.copytree(folder, place, dirs_exist_ok=True)
        damage(place)
        random.seed(0)  # the apps spread out their requests
        run(_played(place, happened, at, play, line=line, arguments=arguments, wall=wall), Clock(BEGINS_AT))
    return seen


async def _played(
    folder: Path,
    happened: Sequence[Mapping[str, Any]],
    at: datetime,
    play: Play,
    *,
    line: type[Line] = Line,
    arguments: Arguments = ARGUMENTS,
    wall: Callable[[], datetime] = virtual_now,
) -> None:
    world, broker = World(line), Broker()
    await world.replay(happened)
    running_loop().clock.leap(at)
    async with house_of(folder, world.line, world.monta, broker, wall=wall) as house:
        show_helpers(house.home)
        house.home.show("sensor.car_soc", 33, unit_of_measurement="%")
        show_prices(house.home, TUESDAY, is_tomorrow_out=True)
        await house.start(arguments)
        await play(Scene(house, world, broker))


@cache
def _left_behind() -> tuple[Path, Sequence[Mapping[str, Any]], datetime]:
    """The folder of a house that runs this version, what had happened by then, and when it is.

    Made of what the last version left behind, which this one went on with for a while.
    """
    folder = Path(mkdtemp())
    shutil.copytree(LAST_VERSION / MEMORY, folder / MEMORY)
    shutil.copy(LAST_VERSION / SESSIONS, folder)
    shutil.copy(LAST_VERSION / "smart_charging_tokens.json", folder / TOKENS)
    happened = json.loads((LAST_VERSION / "cloud.json").read_text(encoding="utf-8"))
    added: list[Mapping[str, Any]] = []

    async def play(scene: Scene) -> None:
        await scene.pass_time(4 * AWHILE)
        added.extend(scene.world.happened)

    run(_played(folder, happened, STOPS_AT, play), Clock(BEGINS_AT))
    return folder, [*happened, *added], STOPS_AT + 4 * AWHILE
