"""Nights at houses whose chargers belong to another cloud than Monta, in virtual time, through the real apps.

    PYTHONPATH=lib:tests:apps python -m benchmarks.cloud_nights --cloud charge_amps --nights 30

Every five nights begin in another house, with other habits of cloud and charger. In some nights the cloud is down for
a while, or AppDaemon is killed and started again. `--seed` draws others; `--only 17` plays one house and tells of it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from statistics import median

from worlds.cloud_houses import CLOUD_HOUSES, PRICE_ENTITY, CloudHouse, CloudNights
from worlds.virtual_time import Clock
from worlds.year_of_prices import DAY, HOUR, local, made_up_prices, shown

FIRST = date(2025, 10, 6)
NIGHTS_EACH = 5
READY_BY = 7
MARGIN_KWH = 0.15
"""What may be missing: the scheduler stops by readings a minute apart."""
SECOND_KWH = 2.0
"""So much more than was wanted takes another charge."""
SLOWEST_KW = 10.0


@dataclass(slots=True)
class Figures:
    """All that is told of some nights."""

    nights: int = 0
    met: int = 0
    second_charges: int = 0
    logins: int = 0
    requests: int = 0
    refusals: int = 0
    days: float = 0.0
    seen_after_s: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        for name in ("nights", "met", "second_charges", "logins", "requests", "refusals", "days"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.seen_after_s += other.seen_after_s
        self.missed += other.missed
        self.bugs += other.bugs

    def table(self) -> str:
        seen = sorted(self.seen_after_s)
        rows: Sequence[tuple[str, object]] = [
            ("nights", self.nights),
            ("targets met", f"{self.met} ({self.met / self.nights:.1%})"),
            ("second charges", self.second_charges),
            ("logins per day", f"{self.logins / self.days:.2f}"),
            ("requests per hour", f"{self.requests / self.days / 24:.0f}"),
            ("429s and blocks", self.refusals),
            (
                "cable seen, median / 95 % / worst",
                f"{median(seen):.0f} / {seen[int(len(seen) * 0.95)]:.0f} / {seen[-1]:.0f} s",
            ),
            ("bugs logged", len(self.bugs)),
        ]
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


class Bugs(logging.Handler):
    """Keeps what the apps log with a traceback."""

    def __init__(self, *, is_loud: bool) -> None:
        super().__init__()
        self._is_loud = is_loud
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if self._is_loud:
            print(f"    {record.levelname} {self.format(record)}")
        if record.exc_info:
            self.lines.append(self.format(record))


class CloudStretch:
    """Some nights in one house."""

    def __init__(self, cloud: str, name: str, first: date, nights: int, bugs: Bugs, *, is_loud: bool) -> None:
        self._dice = random.Random(name)  # noqa: S311  # repeatable, guards nothing
        self._name = name
        self._first = first
        self._nights = nights
        self._is_loud = is_loud
        self._bugs = bugs
        self._clock = Clock(local(first, 12 * HOUR))
        self._at: CloudHouse = CLOUD_HOUSES[cloud](self._clock, self._dice)
        self._wanted_kwh = round(self._dice.uniform(5, 40), 1)
        self._figures = Figures()

    def play(self) -> Figures:
        random.seed(self._name)  # the apps spread out their requests
        began_at = self._clock.at
        with tempfile.TemporaryDirectory() as folder:
            CloudNights(at=self._at, folder=Path(folder), clock=self._clock).play(self._script)
        figures = self._figures
        figures.days = (self._clock.at - began_at) / DAY
        figures.logins, figures.refusals = self._at.logins, self._at.refusals
        figures.requests, figures.bugs = len(self._at.requests), self._bugs.lines
        return figures

    async def _script(self, now: CloudNights) -> None:
        for number in range(self._nights):
            day = self._first + number * DAY
            await self._clock.sleep_until(local(day, 14 * HOUR))
            prices = made_up_prices()
            now.running.home.show(
                PRICE_ENTITY, prices.price_at(self._clock.at), **shown(prices, day, is_tomorrow_out=True)
            )
            if number == 0:
                await self._start(now)
            await self._night(now, day)

    async def _start(self, now: CloudNights) -> None:
        await now.running.start(now.apps(energy_kwh=self._wanted_kwh, ready_by=f"{READY_BY:02}:00"))

    async def _night(self, now: CloudNights, day: date) -> None:
        leaves_at = local(day + DAY, READY_BY * HOUR)
        latest_h = 31 - self._wanted_kwh / SLOWEST_KW - 1
        arrives_at = local(day, self._dice.uniform(16, min(23, latest_h)) * HOUR)
        trouble = asyncio.create_task(self._trouble(now, arrives_at + self._dice.uniform(0.2, 8) * HOUR))
        await self._clock.sleep_until(arrives_at)
        before_kwh = self._at.delivered_kwh
        self._at.plug_in(wants_kwh=self._wanted_kwh + self._dice.choice([10.0, 30.0]))
        self._figures.seen_after_s.append(await self._cable_seen(now, arrives_at))
        await self._clock.sleep_until(leaves_at)
        self._judge(day, self._at.delivered_kwh - before_kwh)
        await trouble
        self._at.unplug()
        await asyncio.sleep(300)

    async def _cable_seen(self, now: CloudNights, since: datetime) -> float:
        while now.state("binary_sensor.cable") != "on":
            await asyncio.sleep(1)
        return (self._clock.at - since).total_seconds()

    async def _trouble(self, now: CloudNights, at: datetime) -> None:
        """One night in four each: the cloud is down, or AppDaemon is killed."""
        kind, minutes = self._dice.choice(["", "", "down", "killed"]), self._dice.uniform(1, 25)
        await self._clock.sleep_until(at)
        if kind == "down":
            self._at.fail(is_down=True)
            await asyncio.sleep(minutes * 60)
            self._at.fail(is_down=False)
        elif kind == "killed":
            now.running.kill()
            await asyncio.sleep(minutes)
            await self._start(now)

    def _judge(self, day: date, kwh: float) -> None:
        figures = self._figures
        figures.nights += 1
        figures.met += kwh >= self._wanted_kwh - MARGIN_KWH
        figures.second_charges += kwh > self._wanted_kwh + SECOND_KWH
        if not self._wanted_kwh - MARGIN_KWH <= kwh <= self._wanted_kwh + SECOND_KWH:
            figures.missed.append(f"{self._name} {day}: {kwh:.2f} of {self._wanted_kwh} kWh")
        if self._is_loud:
            print(f"  {day}: {kwh:.2f} of {self._wanted_kwh} kWh")


@contextmanager
def listening(*, is_loud: bool) -> Iterator[Bugs]:
    log, bugs = logging.getLogger("virtual"), Bugs(is_loud=is_loud)
    log.propagate = False
    log.addHandler(bugs)
    log.setLevel(logging.INFO)
    try:
        yield bugs
    finally:
        log.removeHandler(bugs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cloud", choices=sorted(CLOUD_HOUSES), required=True)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--seed", default="month")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="of a house")
    arguments = parser.parse_args()
    figures, began = Figures(), time.process_time()
    for number in range(-(-arguments.nights // NIGHTS_EACH)):
        if arguments.only in {None, number}:
            name, first = f"{arguments.seed}-{number}", FIRST + number * NIGHTS_EACH * DAY
            is_loud = arguments.only is not None
            nights = min(NIGHTS_EACH, arguments.nights - number * NIGHTS_EACH)
            with listening(is_loud=is_loud) as bugs:
                figures.add(CloudStretch(arguments.cloud, name, first, nights, bugs, is_loud=is_loud).play())
    print(figures.table())
    for line in (*figures.missed, *figures.bugs):
        print(line)
    print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
