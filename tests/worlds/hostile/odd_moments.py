"""A clock that is set at any moment, and work that is cut short at any await."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from smart_charging.clouds.monta.stand_in.messages import Request
from worlds.evening import CARPORT, GARAGE, STREET
from worlds.hostile.house import AWHILE, Scene, played
from worlds.virtual_time import running_loop

_SECOND = timedelta(seconds=1)
_STEPS = (1, 60, 119, 121, 900, 3600, 7200, 86_400, 8 * 86_400, 400 * 86_400, 30 * 365 * 86_400)
"""In seconds, either way."""
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2150, 1, 1, tzinfo=UTC)
_PRESSES = (
    *(f"{GARAGE}/switch/charging/set on", f"{GARAGE}/switch/charging/set off"),
    *(f"{CARPORT}/switch/charging/set on", f"{STREET}/button/stop_charging/set press"),
    *(f"{GARAGE}/select/mode/set now", f"{GARAGE}/select/mode/set smart", f"{GARAGE}/number/target_energy/set 30"),
)


class Wall:
    """What the apps see of the clock, which somebody sets while they run; lengths of time stay what they are."""

    def __init__(self) -> None:
        self.off = timedelta(0)

    def __call__(self) -> datetime:
        return min(max(running_loop().clock.at + self.off, _EARLIEST), _LATEST)

    def set(self, random: Random) -> None:
        """Step once, or back to the right time."""
        self.off = random.choice((-1, 1)) * random.choice(_STEPS) * _SECOND if random.random() < 0.7 else timedelta(0)


def clock_case(random: Random) -> str | None:
    """Steps of seconds to years while everything is at work; in the end the clock is right again."""
    wall = Wall()

    async def play(scene: Scene) -> None:
        clock = running_loop().clock
        for _ in range(random.randint(3, 10)):
            wall.set(random)
            _press(scene, random)
            await clock.sleep_until(clock.at + random.choice((1, 10, 61, 400)) * _SECOND)
            if random.random() < 0.2:
                await scene.restart()
        wall.off = timedelta(0)
        await scene.pass_time(2 * AWHILE)
        if scene.shows("account/binary_sensor/cloud_reachable") != "on":
            raise AssertionError("the chargers are no longer read")
        _check_starts(scene)

    return played(play, wall=wall).told()


def cut_case(random: Random) -> str | None:
    """Kill the apps at any request or write while commands are on their way; the next start has to go on from there."""

    async def play(scene: Scene) -> None:
        for _ in range(random.randint(1, 4)):
            _press(scene, random)
            _arm(scene, random)
            await scene.pass_time(random.choice((1, 5, 60, 300)) * _SECOND)
            _disarm(scene)
            await scene.restart()
            await scene.pass_time(random.choice((1, 20, 600)) * _SECOND)
        await scene.pass_time()
        _check_starts(scene)

    return played(play).told()


def _arm(scene: Scene, random: Random) -> None:
    """Kill the process at one of its next writes or requests, before or after it has happened."""
    left = [random.randint(0, 6)]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            scene.house.kill()

    match random.choice(("write", "before", "after")):
        case "write":
            scene.house.disk.on_write = count
        case "before":
            scene.world.line.before = count
        case _:
            usual = scene.world.line.after

            def after(request: Request, status: int) -> None:
                usual(request, status)
                count()

            scene.world.line.after = after


def _disarm(scene: Scene) -> None:
    scene.house.disk.on_write = lambda: None
    scene.world.line.before = lambda _request: None
    scene.world.line.after = scene.world.note


def _press(scene: Scene, random: Random) -> None:
    if random.random() < 0.7:
        topic, payload = random.choice(_PRESSES).split()
        scene.broker.send(f"smart_charging/{topic}", payload)


def _check_starts(scene: Scene) -> None:
    """No charger has two charges at once."""
    running = Counter(charge.point.id for charge in scene.world.monta.site.charges.values() if charge.is_open)
    if any(count > 1 for count in running.values()):
        raise AssertionError(f"charges that run at once: {running}")
