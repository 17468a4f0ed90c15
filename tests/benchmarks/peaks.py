"""What regard to peaks saves, in closed loop, against a whole month's optimum for one who knows all.

    pip install scipy
    PYTHONPATH=lib:tests python -m benchmarks.peaks --prices DIR

Houses are invented, a month each: a load that follows the day and the cold, ovens and showers by chance, a car of 11 kW
that comes home in the evening with another need each day. Every minute the service sees the meter, and every five
minutes it plans again, with the prices of that night and the week before. DIR is as for `benchmarks.planning`; without
it prices are made up. The optimum knows the whole month in advance, see `benchmarks.peak_optimum`. Starts count at what
the plans weigh them with, on all sides.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import cos, pi
from pathlib import Path
from statistics import mean

from benchmarks.day_ahead_files import read_csv
from benchmarks.peak_house import (
    DAY,
    HOUR,
    KINDS,
    PIECE,
    POWER_KW,
    QUARTER,
    ZONE,
    Kind,
    Month,
    PluggedEvening,
    bill_of,
    invented,
)
from benchmarks.peak_optimum import optimum
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Block
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.replanner import Replanner
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.services.peaks.peaks import Peaks
from worlds.household import FakeHass

METER = "sensor.meter"
IN_A_QUARTER = QUARTER // PIECE
LOOKS = (1, 2, 3, 4, 5)
"""Minutes after the begin of a piece in which the service reads the meter."""
LOG = logging.getLogger("benchmark")
GOAL = 0.85
MOST_STARTS = 12
"""A night, in the mean."""


@dataclass(frozen=True)
class MonthCost:
    """What a month cost."""

    energy_cost: float
    bill: float
    starts: int
    start_cost: float
    """Of one."""
    missed: int

    @property
    def cost(self) -> float:
        return self.energy_cost + self.bill + self.start_cost * self.starts


class _Home:
    """A month of closed loop, as the scheduler would."""

    def __init__(self, kind: Kind, month: Month, *, with_peaks: bool, has_meter: bool = True) -> None:
        self._kind, self._month = kind, month
        self._hass = FakeHass()
        car = {"charge_point_id": 1, "energy_kwh": 1, "ready_by": "07:00"}
        settings = SchedulerSettings.model_validate(
            {"fixed": 1, "chargers": [car], "peak": kind.fee, "house_meter": METER if has_meter else "none"}
        )
        self.peaks = Peaks(settings, self._hass, self._hass, zone=ZONE, log=LOG)
        self._with_peaks = with_peaks
        self._replanner = Replanner(LOG)
        self.car_kw = [0.0] * (IN_A_QUARTER * len(month.house_kw))
        """By piece of five minutes."""
        self._left_kwh = 0.0
        self._near: PriceCurve | None = None
        """The prices from the week before an evening until it is over."""
        self._on_until = month.start
        self.starts = 0
        self.missed = 0

    async def live(self) -> None:
        for number in range(len(self.car_kw)):
            at = self._month.start + number * PIECE
            evening = next((one for one in self._month.evenings if one.comes <= at < one.leaves), None)
            if evening and evening.comes == at:
                self._left_kwh = evening.wanted_kwh
            if evening is None and self._left_kwh:
                self.missed += self._left_kwh > 0.3
                self._left_kwh = 0.0
            power_kw = self._power_kw(evening, at) if evening and self._left_kwh else 0.0
            self.car_kw[number] = power_kw
            self._left_kwh = max(0.0, self._left_kwh - power_kw * (PIECE / HOUR))
            await self._measure(number, power_kw, at)

    async def _measure(self, number: int, power_kw: float, at: datetime) -> None:
        """What the service sees in looks until the end of a piece."""
        watts = 1000 * (self._month.house_kw[number // IN_A_QUARTER] + power_kw)
        self._hass.states[METER] = (f"{watts:.0f}", {"unit_of_measurement": "W"})
        for minutes in LOOKS:
            await self.peaks.note(power_kw, at + timedelta(minutes=minutes))

    def _power_kw(self, evening: PluggedEvening, at: datetime) -> float:
        """The mean of the next five minutes."""
        need = Need(energy_kwh=self._left_kwh, power_kw=POWER_KW, ready_by=evening.leaves)
        preferences = Preferences(start_cost=self._kind.start_cost)
        is_running = self._on_until == at
        request = ChargeRequest(charger_id="1", need=need, preferences=preferences, is_running=is_running)
        if self._near is None or evening.comes == at:
            self._near = self._month.prices.between(at - 9 * DAY, evening.leaves)
        curve, history = self._near.between(at, evening.leaves), self._near.between(at - 8 * DAY, at)
        requests: Sequence[ChargeRequest] = [request]
        if self._with_peaks:
            spreader = self.peaks.spreader
            requests = spreader.spread(requests, curve, history, at)
            self.peaks.keep(spreader)
        plan = self._replanner.plans(curve, requests, at)["1"]
        return POWER_KW * self._charge(plan.blocks, at) / PIECE

    def _charge(self, blocks: Sequence[Block], at: datetime) -> timedelta:
        """How long the charger is on in the next five minutes, and how often it starts for that."""
        total = timedelta()
        for block in blocks:
            start, end = max(block.start, at), min(block.end, at + PIECE)
            if start < end:
                self.starts += start != self._on_until
                self._on_until = end
                total += end - start
        return total

    def result(self) -> MonthCost:
        energy = sum(
            kw * (PIECE / HOUR) * (self._month.prices.price_at(self._month.start + number * PIECE) or 0.0)
            for number, kw in enumerate(self.car_kw)
        )
        begins = range(0, len(self.car_kw), IN_A_QUARTER)
        cars_kw = [mean(self.car_kw[first : first + IN_A_QUARTER]) for first in begins]
        loads = [house + car for house, car in zip(self._month.house_kw, cars_kw, strict=True)]
        return MonthCost(
            energy, bill_of(self._kind, self._month.start, loads), self.starts, self._kind.start_cost, self.missed
        )


async def play(kind: Kind, month: Month, *, has_meter: bool) -> tuple[MonthCost, MonthCost]:
    homes = [_Home(kind, month, with_peaks=with_peaks, has_meter=has_meter) for with_peaks in (False, True)]
    for home in homes:
        await home.live()
    return homes[0].result(), homes[1].result()


def market(kind: Kind, folder: Path | None) -> PriceCurve:
    if folder and (folder / f"{kind.prices}.csv").exists():
        curve = read_csv(folder / f"{kind.prices}.csv")
        return PriceCurve([replace(slot, price_per_kwh=slot.price_per_kwh * kind.per_eur) for slot in curve.slots])
    rng = random.Random(kind.prices)  # noqa: S311 - for a benchmark
    start = datetime(2025, 10, 15, tzinfo=UTC)
    slots = []
    for number in range(250 * 96):
        at = start + number * QUARTER
        price = kind.per_eur * (0.12 + 0.05 * cos((at.hour - 18) / 12 * pi) + rng.gauss(0, 0.01))
        slots.append(PriceSlot(start=at, end=at + QUARTER, price_per_kwh=price))
    return PriceCurve(slots)


@dataclass(frozen=True)
class Played:
    """A house's month without regard to peaks, with it, and at best."""

    blind: MonthCost
    aware: MonthCost
    best: float
    nights: int

    @property
    def to_be_had(self) -> float:
        return self.blind.cost - self.best

    @property
    def share(self) -> float:
        return (self.blind.cost - self.aware.cost) / self.to_be_had


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="so many houses in every month")
    parser.add_argument("--months", type=int, nargs="+", default=[11, 1, 4], help="of 2026; November of 2025")
    parser.add_argument("--only", default="", help="kinds with this in their name")
    parser.add_argument("--without-meter", action="store_true", help="nothing is known of the house but the default")
    chosen = parser.parse_args()
    print(
        "| fee | without `peak` | with it | optimum | share (worst house) | energy dearer | starts a night | missed |"
    )
    print("|---|---|---|---|---|---|---|---|")
    behind = [kind.name for kind in KINDS if chosen.only in kind.name and not report(kind, chosen)]
    if behind:
        raise SystemExit(f"behind the goals: {'; '.join(behind)}")


def played(kind: Kind, prices: PriceCurve, seed: int, number: int, *, has_meter: bool) -> Played:
    rng = random.Random(f"{seed} {number}")  # noqa: S311 - for a benchmark
    month = invented(rng, prices, 2025 if number > 10 else 2026, number)
    blind, aware = asyncio.run(play(kind, month, has_meter=has_meter))
    return Played(blind, aware, optimum(kind, month), len(month.evenings))


def report(kind: Kind, chosen: argparse.Namespace) -> bool:
    """Print a kind's row, by month; returns whether the goals are met."""
    prices = market(kind, chosen.prices)
    houses = [(seed, number) for seed in range(chosen.seeds) for number in chosen.months]
    months = [played(kind, prices, *house, has_meter=not chosen.without_meter) for house in houses]
    blind, aware, best = (
        mean([one.blind.cost for one in months]),
        mean([one.aware.cost for one in months]),
        mean([one.best for one in months]),
    )
    share = (blind - aware) / (blind - best)
    dearer = mean([one.aware.energy_cost - one.blind.energy_cost for one in months])
    nights = sum(one.nights for one in months)
    starts = [sum(costs) / nights for costs in zip(*((m.blind.starts, m.aware.starts) for m in months), strict=True)]
    missed = sum(one.aware.missed for one in months)
    print(
        f"| {kind.name} | {blind:.0f} | {aware:.0f} | {best:.0f} | {share:.0%} ({min(m.share for m in months):.0%}) "
        f"| {dearer:.1f} | {starts[0]:.1f} / {starts[1]:.1f} | {missed} |",
        flush=True,
    )
    return share >= GOAL and not missed and starts[1] <= MOST_STARTS


if __name__ == "__main__":
    main()
