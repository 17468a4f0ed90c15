"""How often the memory is written, per hour: a write is a new file on the disk, which wears out a memory card.

    PYTHONPATH=lib:apps:tests python -m benchmarks.writes

One charger with a car of 11 kW, read as often as in the README, in virtual time; the fuse is a sensor's state.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from smart_charging.clouds.monta.stand_in.site import Car
from worlds.evening import PRICES, TUESDAY, World, show_prices
from worlds.fakes import BASE_URL
from worlds.virtual_apps import Arguments, VirtualHouse, house_of
from worlds.virtual_time import Clock, run, running_loop
from worlds.year_of_prices import HOUR, local

FUSE = "sensor.fuse"
SECOND = timedelta(seconds=1)


def _arguments(mode: str) -> Arguments:
    car = {"charge_point_id": 410001, "energy_kwh": 60, "power_kw": 11, "ready_by": "07:00", "mode": mode}
    return {
        "charging_monitor": {"base_url": BASE_URL},
        "charging_control": {},
        "charging_scheduler": {"price_entity": PRICES, "fuse_kw": FUSE, "notify": "notify.phone", "chargers": [car]},
    }


async def _hour(folder: Path, *, has_car: bool, mode: str, is_restless: bool) -> Counter[str]:
    """The files written in an hour that begins once everything has settled."""
    world, written = World(), Counter[str]()
    point_id = world.monta.add_charge_point("Garage")
    if has_car:
        world.monta.plug_in(point_id, Car(wants_kwh=60))
    async with house_of(folder, world.line, world.monta) as house:
        show_prices(house.home, TUESDAY, is_tomorrow_out=True)
        house.home.show(FUSE, 17)
        await house.start(_arguments(mode))
        await _pass(house, HOUR / 4, is_restless=is_restless)
        house.disk.on_write = _counting(house, written)
        await _pass(house, HOUR, is_restless=is_restless)
    return written


def _counting(house: VirtualHouse, written: Counter[str]) -> Callable[[], None]:
    def count() -> None:
        newest = max(
            (house.disk.folder / "smart_charging_memory").glob("*.json"), key=lambda file: file.stat().st_mtime_ns
        )
        written[newest.stem] += 1

    return count


async def _pass(house: VirtualHouse, span: timedelta, *, is_restless: bool) -> None:
    clock, seconds = running_loop().clock, 0
    until = clock.at + span
    while clock.at < until:
        await clock.sleep_until(min(until, clock.at + (SECOND if is_restless else span)))
        seconds += 1
        if is_restless:
            house.home.show(FUSE, 17 + seconds % 100 / 100)


def main() -> None:
    logging.disable()
    for what, has_car, mode in (
        ("no cable", False, "smart"),
        ("waiting", True, "smart"),
        ("charging", True, "now"),
    ):
        for is_restless in (False, True):
            with TemporaryDirectory() as name:
                hour = _hour(Path(name), has_car=has_car, mode=mode, is_restless=is_restless)
                written = run(hour, Clock(local(TUESDAY, 17 * HOUR)))
            sensor = ", a sensor that changes every second" if is_restless else ""
            each = ", ".join(f"{count} {name}" for name, count in written.most_common())
            print(f"{written.total():5} {what}{sensor} ({each or 'none'})")


if __name__ == "__main__":
    main()
