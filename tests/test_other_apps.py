"""Nights of another version's apps; `benchmarks.nights --apps` plays a year of them."""

import shutil
from pathlib import Path

from worlds.nights.stretch import Result, Stretch
from worlds.nights.wrong_planners import SharpNights

OURS = Path(__file__).parents[1]
IDLE_SCHEDULER = """
from charging_app import ChargingApp


class ChargingScheduler(ChargingApp):
    async def initialize(self) -> None:
        await self.join()
"""


def checkout_with(folder: Path, *, scheduler: str) -> Path:
    """Our package and apps, but for one."""
    for name in ("lib", "apps"):
        shutil.copytree(OURS / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "apps" / "charging_scheduler.py").write_text(scheduler, encoding="utf-8")
    return folder


def quiet_night(apps: Path | None = None) -> Result:
    nights = SharpNights(seed="before")
    stretch = Stretch(seed="before", first=nights.day, nights=1, prices=nights.prices, written=nights.quiet, apps=apps)
    return stretch.play()


def test_the_apps_of_another_checkout_are_judged_and_afterwards_ours_again(tmp_path: Path) -> None:
    checkout = checkout_with(tmp_path, scheduler=IDLE_SCHEDULER)

    theirs, ours = quiet_night(checkout), quiet_night()

    assert list(theirs.suspects()) == ["targets missed"]
    assert list(ours.suspects()) == []
