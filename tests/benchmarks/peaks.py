"""What regard to peaks saves, in closed loop, against a whole month's optimum for one who knows all.

    pip install scipy
    PYTHONPATH=lib:tests python -m benchmarks.peaks --prices DIR

Houses are invented, a month each: a load that follows the day and the cold, ovens and showers by chance, a car of 11 kW
that comes home in the evening with another need each day. Every quarter of an hour the service sees the meter and
plans again, with the prices of that night and the week before. DIR is as for `benchmarks.planning`; without it prices
are made up. The optimum is a linear programme with whole numbers over the month and shares no code with the planner.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import cos, pi
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

from benchmarks.day_ahead_files import read_csv
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.need import Need
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.replanner import Replanner
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.wall_time import midnight
from smart_charging.services.peaks.peaks import Peaks
from worlds.household import FakeHass

ZONE = ZoneInfo("Europe/Stockholm")
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
POWER_KW = 11.0
METER = "sensor.meter"
LOG = logging.getLogger("benchmark")


@dataclass(frozen=True)
class Kind:
    """A tariff of a kind, with round figures."""

    name: str
    prices: str
    per_eur: float
    """Of the currency that the fee is in."""
    start_cost: float
    fee: Mapping[str, Any]


KINDS = [
    Kind("three days, steps", "NO2_15min", 11.5, 0.35,
         {"highest": 3, "steps": [[2, 150], [5, 250], [10, 415], [15, 600], [20, 770], [25, 940]]}),
    Kind("three days, per kW", "SE3_15min", 11.0, 0.35, {"highest": 3, "price_per_kw": 45}),
    Kind("three days, nights half", "SE3_15min", 11.0, 0.35,
         {"highest": 3, "price_per_kw": 80, "counts": [{"from_hour": 22, "to_hour": 6, "factor": 0.5}, {}]}),
    Kind("one hour", "SE3_15min", 11.0, 0.35, {"highest": 1, "price_per_kw": 50}),
    Kind("third highest hour", "FI_15min", 1.0, 0.03,
         {"highest": 3, "of": "intervals", "kind": "nth", "price_per_kw": 1.6}),
    Kind("one quarter", "NL_15min", 1.0, 0.03,
         {"per": "quarter", "highest": 1, "price_per_kw": 4.95, "at_least_kw": 2.5}),
]  # fmt: skip


@dataclass(frozen=True)
class PluggedEvening:
    """A car that is plugged in."""

    comes: datetime
    leaves: datetime
    wanted_kwh: float


@dataclass(frozen=True)
class Month:
    """A house, its car and the prices."""

    start: datetime
    house_kw: Sequence[float]
    """By quarter of an hour."""
    prices: PriceCurve
    evenings: Sequence[PluggedEvening]

    def quarter(self, moment: datetime) -> int:
        return int((moment - self.start) / QUARTER)


@dataclass(frozen=True)
class MonthCost:
    """What a month cost."""

    energy_cost: float
    bill: float
    starts: int
    missed: int

    @property
    def cost(self) -> float:
        return self.energy_cost + self.bill


def invented(rng: random.Random, prices: PriceCurve, year: int, month: int) -> Month:
    start = midnight(date(year, month, 1), ZONE)
    end = midnight(date(year + month // 12, month % 12 + 1, 1), ZONE)
    count = int((end - start) / QUARTER)
    cold = max(0.2, 1 - abs(month - 1) / 5) * rng.uniform(0.8, 1.2)
    house, level = [], 1.0
    for number in range(count):
        local = (start + number * QUARTER).astimezone(ZONE)
        level += 0.05 * (1 - level) + rng.gauss(0, 0.05)
        hump = max(0.0, cos((local.hour - 18) / 12 * pi)) ** 4 + 0.5 * max(0.0, cos((local.hour - 7) / 12 * pi)) ** 6
        oven = rng.choice([0, 0, 0, 0, 1.5, 3.0]) if local.hour in {7, 17, 18, 19} else 0.0
        house.append(max(0.2, (0.4 + 1.6 * cold) * max(0.3, level) + 0.9 * hump + oven))
    evenings = []
    for number in range((end - start) // DAY - 1):
        day = (start + number * DAY + 12 * HOUR).astimezone(ZONE).date()
        comes = midnight(day, ZONE) + 17.5 * HOUR + rng.randrange(-4, 5) * QUARTER
        if rng.random() < 0.86:
            leaves = midnight(day + DAY, ZONE) + 7 * HOUR
            evenings.append(PluggedEvening(comes=comes, leaves=leaves, wanted_kwh=rng.uniform(6, 26)))
    return Month(start, house, prices, evenings)


class _Home:
    """A month of closed loop, as the scheduler would."""

    def __init__(self, kind: Kind, month: Month, *, with_peaks: bool) -> None:
        self._kind, self._month = kind, month
        self._hass = FakeHass()
        car = {"charge_point_id": 1, "energy_kwh": 1, "ready_by": "07:00"}
        settings = SchedulerSettings.model_validate(
            {"fixed": 1, "chargers": [car], "peak": kind.fee, "house_meter": METER}
        )
        self.peaks = Peaks(settings, self._hass, self._hass, zone=ZONE, log=LOG)
        self._with_peaks = with_peaks
        self._replanner = Replanner(LOG)
        self.car_kw = [0.0] * len(month.house_kw)
        self._left_kwh = 0.0
        self.missed = 0

    async def live(self) -> None:
        for number in range(len(self._month.house_kw)):
            at = self._month.start + number * QUARTER
            evening = next((one for one in self._month.evenings if one.comes <= at < one.leaves), None)
            if evening and evening.comes == at:
                self._left_kwh = evening.wanted_kwh
            if evening is None and self._left_kwh:
                self.missed += self._left_kwh > 0.3
                self._left_kwh = 0.0
            power_kw = self._power_kw(evening, at) if evening and self._left_kwh else 0.0
            self.car_kw[number] = power_kw
            self._left_kwh = max(0.0, self._left_kwh - power_kw / 4)
            await self._measure(number, power_kw, at)

    async def _measure(self, number: int, power_kw: float, at: datetime) -> None:
        """What the service sees at the beginning of the quarter and, in three looks, until its end."""
        watts = 1000 * (self._month.house_kw[number] + power_kw)
        self._hass.states[METER] = (f"{watts:.0f}", {"unit_of_measurement": "W"})
        for minutes in (5, 10, 15):
            await self.peaks.note(power_kw, at + timedelta(minutes=minutes))

    def _power_kw(self, evening: PluggedEvening, at: datetime) -> float:
        """The mean of the next quarter."""
        need = Need(energy_kwh=self._left_kwh, power_kw=POWER_KW, ready_by=evening.leaves)
        preferences = Preferences(start_cost=self._kind.start_cost)
        running = self.car_kw[self._month.quarter(at) - 1] > 0
        request = ChargeRequest(charger_id="1", need=need, preferences=preferences, is_running=running)
        curve = self._month.prices.between(at, evening.leaves)
        history = self._month.prices.between(at - 8 * DAY, at)
        requests: Sequence[ChargeRequest] = [request]
        if self._with_peaks:
            spreader = self.peaks.spreader
            requests = spreader.spread(requests, curve, history, at)
            self.peaks.keep(spreader)
        plan = self._replanner.plans(curve, requests, at)["1"]
        on = sum(
            (min(b.end, at + QUARTER) - max(b.start, at)) / HOUR
            for b in plan.blocks
            if b.start < at + QUARTER and at < b.end
        )
        return POWER_KW * max(0.0, on) * 4

    def result(self) -> MonthCost:
        energy = sum(
            kw / 4 * (self._month.prices.price_at(self._month.start + number * QUARTER) or 0.0)
            for number, kw in enumerate(self.car_kw)
        )
        starts = sum(now > 0 and before == 0 for before, now in zip([0.0, *self.car_kw], self.car_kw, strict=False))
        loads = [house + car for house, car in zip(self._month.house_kw, self.car_kw, strict=True)]
        return MonthCost(energy, bill_of(self._kind, self._month.start, loads), starts, self.missed)


def counted(kind: Kind, month_start: datetime, loads: Sequence[float]) -> Mapping[str, list[float]]:
    """Weighted means of the intervals that count, by day."""
    per = 4 if kind.fee.get("per", "hour") == "hour" else 1
    found: dict[str, list[float]] = {}
    for first in range(0, len(loads), per):
        local = (month_start + first * QUARTER).astimezone(ZONE)
        found.setdefault(f"{local:%d}", []).append(weight(kind, local) * sum(loads[first : first + per]) / per)
    return found


def weight(kind: Kind, local: datetime) -> float:
    """As the tariff says, in this benchmark's own words."""
    for rule in kind.fee.get("counts", [{}]):
        first, last = rule.get("from_hour", 0), rule.get("to_hour", 24)
        if first <= local.hour < last or (last < first and (local.hour >= first or local.hour < last)):
            return float(rule.get("factor", 1.0))
    return 0.0


def bill_of(kind: Kind, month_start: datetime, loads: Sequence[float]) -> float:
    days, fee = counted(kind, month_start, loads), kind.fee
    values = (
        [kw for day in days.values() for kw in day]
        if fee.get("of") == "intervals"
        else [max(day) for day in days.values()]
    )
    top = sorted(values, reverse=True)[: fee["highest"]]
    billed = top[-1] if fee.get("kind") == "nth" else sum(top) / len(top)
    billed = max(billed, fee.get("at_least_kw", 0.0))
    if "steps" in fee:
        return float(next((cost for below, cost in fee["steps"] if billed < below), fee["steps"][-1][1]))
    return float(fee["price_per_kw"] * billed)


class _Optimum:
    """The month as one programme: which quarters, the sum of the highest values, and the step they reach."""

    def __init__(self, kind: Kind, month: Month) -> None:
        self._kind, self._month = kind, month
        self._columns = 0
        self._cost: list[float] = []
        self._upper: list[float] = []
        self._whole: list[int] = []
        self._rows: list[tuple[dict[int, float], float, float]] = []

    def column(self, cost: float = 0.0, upper: float = np.inf, *, whole: bool = False) -> int:
        self._cost.append(cost)
        self._upper.append(upper)
        self._whole.append(int(whole))
        self._columns += 1
        return self._columns - 1

    def row(self, terms: dict[int, float], low: float, high: float = np.inf) -> None:
        self._rows.append((terms, low, high))

    def cost(self) -> float:
        on = self._charging()
        self._billing(on)
        matrix = lil_matrix((len(self._rows), self._columns))
        for number, (terms, _, _) in enumerate(self._rows):
            for column, factor in terms.items():
                matrix[number, column] = factor
        bounds = LinearConstraint(
            matrix.tocsr(), [low for _, low, _ in self._rows], [high for _, _, high in self._rows]
        )
        found = milp(
            self._cost,
            constraints=bounds,
            bounds=Bounds(self._lower(), self._upper),
            integrality=self._whole,
            options={"mip_rel_gap": 0.002, "time_limit": 60},
        )
        if found.x is None:
            raise RuntimeError(found.message)
        return float(found.fun if found.mip_dual_bound is None else found.mip_dual_bound)

    def _lower(self) -> list[float]:
        return [-1e4 if upper == 1e4 else 0.0 for upper in self._upper]

    def _charging(self) -> dict[int, int]:
        """Quarters are on or off, but for the last one of an evening; where they are billed, on for any part."""
        is_whole = self._kind.fee.get("per", "hour") == "hour"
        on: dict[int, int] = {}
        for evening in self._month.evenings:
            quarters = range(self._month.quarter(evening.comes), self._month.quarter(evening.leaves))
            for number in quarters:
                price = self._month.prices.price_at(self._month.start + number * QUARTER) or 0.0
                on[number] = self.column(price * POWER_KW / 4, 1.0, whole=is_whole)
            self.row({on[number]: POWER_KW / 4 for number in quarters}, evening.wanted_kwh - POWER_KW / 4)
            part = self.column(0.0, 1.0)
            self.row({**{on[number]: POWER_KW / 4 for number in quarters}, part: POWER_KW / 4}, evening.wanted_kwh)
            self._cost[part] = min(self._cost[on[number]] for number in quarters)
        return on

    def _billing(self, on: Mapping[int, int]) -> None:
        fee = self._kind.fee
        per = 4 if fee.get("per", "hour") == "hour" else 1
        values: dict[str, int] = {}
        for first in range(0, len(self._month.house_kw), per):
            local = (self._month.start + first * QUARTER).astimezone(ZONE)
            factor = weight(self._kind, local)
            key = f"{local:%d}" if fee.get("of", "days") == "days" else f"{local:%d %H:%M}"
            value = values.setdefault(key, self.column())
            house = factor * sum(self._month.house_kw[first : first + per]) / per
            charge = {on[n]: -factor * POWER_KW / per for n in range(first, first + per) if n in on}
            self.row({value: 1.0, **charge}, house)
        self._highest(list(values.values()))

    def _highest(self, values: Sequence[int]) -> None:
        fee, count = self._kind.fee, self._kind.fee["highest"]
        if fee.get("kind") == "nth":
            return self._nth(values, count)
        over = self.column(upper=1e4)
        excess = [self.column() for _ in values]
        for value, extra in zip(values, excess, strict=True):
            self.row({extra: 1.0, over: 1.0, value: -1.0}, 0.0)
        mean = {over: 1.0, **dict.fromkeys(excess, 1.0 / count)}
        if "steps" not in fee:
            billed = self.column(fee["price_per_kw"])
            self.row({billed: 1.0, **{column: -factor for column, factor in mean.items()}}, 0.0)
            self.row({billed: 1.0}, fee.get("at_least_kw", 0.0))
            return None
        steps = [
            (self.column(cost, 1.0, whole=True), below) for below, cost in [*fee["steps"], (1e3, fee["steps"][-1][1])]
        ]
        self.row({step: 1.0 for step, _ in steps}, 1.0, 1.0)
        self.row({**{step: float(below) for step, below in steps}, **{c: -f for c, f in mean.items()}}, 0.0)
        return None

    def _nth(self, values: Sequence[int], count: int) -> None:
        """All but the highest `count - 1` stay below what is billed."""
        billed = self.column(self._kind.fee["price_per_kw"])
        beyond = [self.column(upper=1.0, whole=True) for _ in values]
        for value, is_beyond in zip(values, beyond, strict=True):
            self.row({billed: 1.0, is_beyond: 40.0, value: -1.0}, 0.0)
        self.row(dict.fromkeys(beyond, 1.0), 0.0, count - 1.0)


async def play(kind: Kind, month: Month) -> tuple[MonthCost, MonthCost]:
    homes = [_Home(kind, month, with_peaks=with_peaks) for with_peaks in (False, True)]
    for home in homes:
        await home.live()
    return homes[0].result(), homes[1].result()


def market(kind: Kind, folder: Path | None) -> PriceCurve:
    if folder and (folder / f"{kind.prices}.csv").exists():
        curve = read_csv(folder / f"{kind.prices}.csv")
        return PriceCurve([replace(slot, price_per_kwh=slot.price_per_kwh * kind.per_eur) for slot in curve.slots])
    rng = random.Random(kind.prices)  # noqa: S311 - for a benchmark
    start = datetime(2025, 12, 1, tzinfo=UTC)
    slots = []
    for number in range(200 * 96):
        at = start + number * QUARTER
        price = kind.per_eur * (0.12 + 0.05 * cos((at.hour - 18) / 12 * pi) + rng.gauss(0, 0.01))
        slots.append(PriceSlot(start=at, end=at + QUARTER, price_per_kwh=price))
    return PriceCurve(slots)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--months", type=int, nargs="+", default=[1, 4], help="of 2026")
    parser.add_argument("--only", default="", help="kinds with this in their name")
    chosen = parser.parse_args()
    print("| fee | without regard | with | optimum | of what is to be had | energy dearer | starts a night | missed |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        if chosen.only in kind.name:
            report(kind, chosen)


def report(kind: Kind, chosen: argparse.Namespace) -> None:
    prices = market(kind, chosen.prices)
    blind, aware, best, nights = [], [], 0.0, 0
    for seed in range(chosen.seeds):
        for number in chosen.months:
            rng = random.Random(f"{seed} {number}")  # noqa: S311 - for a benchmark
            month = invented(rng, prices, 2026, number)
            results = asyncio.run(play(kind, month))
            blind.append(results[0])
            aware.append(results[1])
            best += _Optimum(kind, month).cost()
            nights += len(month.evenings)
    had, could = sum(one.cost for one in blind), sum(one.cost for one in aware)
    share = (had - could) / (had - best)
    dearer = sum(one.energy_cost for one in aware) - sum(one.energy_cost for one in blind)
    starts = " / ".join(f"{sum(one.starts for one in some) / nights:.1f}" for some in (blind, aware))
    missed = sum(one.missed for one in aware)
    print(
        f"| {kind.name} | {had:.0f} | {could:.0f} | {best:.0f} | {share:.0%} | {dearer:.1f} | {starts} | {missed} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
