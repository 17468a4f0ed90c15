"""What it saves to let dear nights pass, in closed loop, against one who knows all prices in advance.

    pip install scipy
    PYTHONPATH=lib:tests python -m benchmarks.days_ahead --prices DIR

A car is plugged in every night from 17:30 to 07:00 and has used 8 kWh a day; of its battery of 60 kWh at least 30 %
are to be there in the morning and 80 % by and by. For the last ten whole months of each zone in DIR, whose files are
as for `benchmarks.planning`, the service sees each evening what is published by then, and the sessions booked before.
Compared are charging at once, the optimum of every single night, what the service does, and a linear programme over
all nights that shares no code with it. A month is billed for the energy that its own days have used, whenever it was
charged: the oldest debt is paid first. The last night of a stretch of months charges all that is owed.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from benchmarks.planning import DAY, HOUR, QUARTER, SHARED, ZONE, local, read_csv
from smart_charging.charger import Charger, ChargerState
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.need import Charged, Need
from smart_charging.planning.plan import Plan
from smart_charging.planning.replanner import Replanner
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.cars.car_settings_reader import CarSettingsReader
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.outlooks import Outlooks
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.sessions.session_log import BookedSession, SessionLog
from smart_charging.services.watching.cable_session import CableSession
from worlds.household import PRICE_ENTITY, FakeHass
from worlds.year_of_prices import shown

ARRIVES, LEAVES = 17.5 * HOUR, time(7)
POWER_KW, BATTERY_KWH, EFFICIENCY = 11.0, 60.0, 0.9
USED_KWH = 8.0
"""A day, at the meter."""
LEAST_PERCENT, TARGET_PERCENT = 30.0, 80.0
MAY_OWE_KWH = (TARGET_PERCENT - LEAST_PERCENT) / 100 * BATTERY_KWH / EFFICIENCY
MONTHS = 10
BOOKED_BEFORE = 28
"""So many nights before are in the book of sessions, so that the car's habit is known."""
KEY = "1"
CHARGER = Charger(
    id=KEY,
    name="Garage",
    state=ChargerState.PREPARING,
    cloud_state=None,
    is_plugged_in=True,
    visibility="private",
    type="ac",
)
LOG = logging.getLogger("benchmark")


@dataclass(frozen=True)
class Stretch:
    """Nights in a row."""

    prices: PriceCurve
    days: Sequence[date]

    def night(self, day: date) -> PriceCurve:
        return self.prices.between(local(day, ARRIVES), local(day + DAY, 7 * HOUR))


@dataclass
class Bill:
    """What a stretch cost, by the month that used the energy."""

    by_month: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    below: int = 0
    """Mornings below the minimum."""
    _owed: list[tuple[str, float]] = field(default_factory=list)

    def use(self, month: str, energy_kwh: float) -> None:
        self._owed.append((month, energy_kwh))

    def pay(self, energy_kwh: float, cost: float) -> None:
        price = cost / energy_kwh if energy_kwh else 0.0
        while energy_kwh > 1e-6 and self._owed:
            month, owed_kwh = self._owed.pop(0)
            paid_kwh = min(owed_kwh, energy_kwh)
            self.by_month[month] += paid_kwh * price
            energy_kwh -= paid_kwh
            if owed_kwh > paid_kwh:
                self._owed.insert(0, (month, owed_kwh - paid_kwh))

    @property
    def total(self) -> float:
        return sum(self.by_month.values())


def stretches(folder: Path, zone: str, months: int) -> Sequence[Stretch]:
    """The last whole months that the zone's files hold, a week of prices before each."""
    found: dict[tuple[int, int], PriceCurve] = {}
    for path in sorted(folder.glob(f"{zone}_*min.csv")):
        if path.stem.removeprefix(f"{zone}_") in {"15min", "60min"}:
            curve = read_csv(path)
            found |= dict.fromkeys(_whole_months(curve), curve)
    chosen = sorted(found)[-months:]
    runs: list[list[tuple[int, int]]] = []
    for month in chosen:
        if runs and found[runs[-1][-1]] is found[month] and _next(runs[-1][-1]) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [Stretch(found[run[0]], list(_days(run))) for run in runs]


def _whole_months(curve: PriceCurve) -> Iterator[tuple[int, int]]:
    first = curve.slots[0].start.astimezone(ZONE).date() + 3 * DAY
    last = curve.slots[-1].end
    month = _next((first.year, first.month)) if first.day > 1 else (first.year, first.month)
    while local(date(*_next(month), 1)) <= last:
        yield month
        month = _next(month)


def _next(month: tuple[int, int]) -> tuple[int, int]:
    return month[0] + month[1] // 12, month[1] % 12 + 1


def _days(months: Sequence[tuple[int, int]]) -> Iterator[date]:
    """All but the last, whose night reaches into the next month."""
    day, end = date(*months[0], 1), date(*_next(months[-1]), 1) - DAY
    while day < end:
        yield day
        day += DAY


def cheapest(night: PriceCurve, energy_kwh: float) -> float:
    cost = 0.0
    for slot in sorted(night, key=lambda one: one.price_per_kwh):
        part_kwh = min(energy_kwh, slot.length / HOUR * POWER_KW)
        cost, energy_kwh = cost + part_kwh * slot.price_per_kwh, energy_kwh - part_kwh
    return cost


def at_once(night: PriceCurve, energy_kwh: float) -> float:
    cost = 0.0
    for slot in night:
        part_kwh = min(energy_kwh, slot.length / HOUR * POWER_KW)
        cost, energy_kwh = cost + part_kwh * slot.price_per_kwh, energy_kwh - part_kwh
    return cost


def clairvoyant(stretch: Stretch) -> float:
    """The least that all nights together can cost: owed each morning are between nothing and what is allowed."""
    nights = [stretch.night(day) for day in stretch.days]
    prices = np.array([slot.price_per_kwh for night in nights for slot in night])
    most = np.array([slot.length / HOUR * POWER_KW for night in nights for slot in night])
    ends = np.cumsum([len(night) for night in nights])
    # the energy charged by each morning, as variables of their own, keeps the matrix thin
    count, days = len(prices), len(nights)
    rows, columns, values = [], [], []
    for day, end in enumerate(ends):
        start = 0 if day == 0 else ends[day - 1]
        rows += [day] * (end - start + 1 + (day > 0))
        columns += [*range(start, end), count + day, *([count + day - 1] if day else [])]
        values += [1.0] * (end - start) + [-1.0] + ([1.0] if day else [])
    used = USED_KWH * np.arange(1, days + 1)
    least = np.maximum(0.0, used - MAY_OWE_KWH)
    least[-1] = used[-1]
    bounds = [*((0.0, limit) for limit in most), *zip(least, used, strict=True)]
    matrix = csr_matrix((values, (rows, columns)), shape=(days, count + days))
    cost = np.concatenate([prices, np.zeros(days)])
    found = linprog(cost, A_eq=matrix, b_eq=np.zeros(days), bounds=bounds, method="highs")
    if found.x is None:
        raise RuntimeError(found.message)
    return float(found.fun)


class Service:
    """The service's own price feed, outlooks and planner, with the defaults of apps.yaml."""

    def __init__(self, stretch: Stretch, folder: Path) -> None:
        self._stretch = stretch
        self._now = local(stretch.days[0], ARRIVES)
        hass = self._hass = FakeHass()
        hass.states["sensor.car"] = ("50", {})
        car = {
            "charge_point_id": KEY,
            "ready_by": "07:00",
            "power_kw": POWER_KW,
            "soc_percent": "sensor.car",
            "target_soc_percent": TARGET_PERCENT,
            "minimum_ready_soc_percent": LEAST_PERCENT,
            "battery_kwh": BATTERY_KWH,
            "efficiency": EFFICIENCY,
        }
        settings = SchedulerSettings.model_validate({"price_entity": PRICE_ENTITY, "chargers": [car]})
        self._feed = PriceFeed(settings, hass, hass, hass, zone=ZONE, clock=lambda: self._now, log=LOG)
        self._reader = CarSettingsReader(settings.chargers[0], KEY, hass, hass, LOG)
        self._book = SessionLog(folder / "sessions.jsonl", LOG)
        self._outlooks = Outlooks(self._feed, self._book, ZONE)
        self._replanner = Replanner(LOG)
        self._soc_percent = TARGET_PERCENT
        self._curve = PriceCurve()

    async def bill(self) -> Bill:
        first, bill = self._stretch.days[0], Bill()
        for ago in range(BOOKED_BEFORE, 0, -1):
            await self._note(first - ago * DAY, USED_KWH, 0.0)
        for ago in range(8, 0, -1):
            await self._read(first - ago * DAY)
        for day in self._stretch.days:
            self._soc_percent -= _percent(USED_KWH)
            bill.use(f"{day:%Y-%m}", USED_KWH)
            bill.pay(*await self._night(day, wants_all=day == self._stretch.days[-1]))
            bill.below += self._soc_percent < LEAST_PERCENT - 0.5
        return bill

    async def _read(self, day: date, *, after: timedelta = ARRIVES, is_tomorrow_out: bool = True) -> None:
        self._now = local(day, after)
        told = shown(self._stretch.prices, day, is_tomorrow_out=is_tomorrow_out)
        if told["raw_today"]:
            self._hass.states[PRICE_ENTITY] = ("0", told)
            self._curve = await self._feed.read()

    async def _night(self, day: date, *, wants_all: bool) -> tuple[float, float]:
        """Energy and cost."""
        await self._read(day)
        comes, leaves = self._now, local(day + DAY, 7 * HOUR)
        car = replace(await self._reader.read(self._now), days_ahead=0) if wants_all else await self._reader.read(comes)
        charged_kwh = cost = 0.0
        is_running = False
        while self._now < leaves:
            if self._now == local(day + DAY):
                await self._read(day + DAY, after=timedelta(0), is_tomorrow_out=False)
            plan = self._plan(car, comes, leaves, charged_kwh, is_running=is_running)
            for slot in self._stretch.prices.between(self._now, self._now + QUARTER):
                on = _overlap(plan, slot.start, slot.end)
                charged_kwh += on * POWER_KW
                cost += on * POWER_KW * slot.price_per_kwh
                is_running = on > 0
            self._now += QUARTER
        self._soc_percent += _percent(charged_kwh)
        await self._note(day, charged_kwh, cost)
        return charged_kwh, cost

    def _plan(self, car: CarSettings, comes: datetime, leaves: datetime, had_kwh: float, *, is_running: bool) -> Plan:
        now = self._now
        so_far = Charged(energy_kwh=had_kwh, soc_percent=self._soc_percent, since_soc_kwh=had_kwh)
        missing_kwh = car.missing_kwh(so_far, POWER_KW) or 0.0
        need = Need(
            energy_kwh=missing_kwh if missing_kwh > 0.05 else 0.0,
            power_kw=POWER_KW,
            ready_by=leaves,
            margin=car.margin,
            may_owe_kwh=car.may_owe_at(leaves, ZONE),
        )
        request = ChargeRequest(
            charger_id=KEY, need=need, preferences=car.preferences(ZONE, self._feed.history), is_running=is_running
        )
        snapshot = Snapshot(
            key=KEY,
            charger=CHARGER,
            cable=CableSession(plugged_in_at=comes, seen_at=now),
            car=car,
            guess_kw=POWER_KW,
            power_kw=POWER_KW,
            load_kw=POWER_KW,
            delivered_kwh=had_kwh,
            request=request,
        )
        [decided] = self._outlooks.applied([snapshot], self._curve, now)
        assert decided.request
        return self._replanner.plans(self._curve, [decided.request], now)[KEY]

    async def _note(self, day: date, energy_kwh: float, cost: float) -> None:
        await self._book.add(
            BookedSession(
                charger_id=KEY,
                charger="Garage",
                plugged_in_at=local(day, ARRIVES),
                unplugged_at=local(day + DAY, 7 * HOUR),
                energy_kwh=energy_kwh,
                fresh_kwh=USED_KWH,
                cost=cost,
            )
        )


def _percent(energy_kwh: float) -> float:
    return energy_kwh * EFFICIENCY / BATTERY_KWH * 100


def _overlap(plan: Plan, start: datetime, end: datetime) -> float:
    """Hours of the plan in `[start, end)`."""
    blocks = [one for one in plan.blocks if one.start < end and start < one.end]
    return sum((min(one.end, end) - max(one.start, start)) / HOUR for one in blocks)


@dataclass(frozen=True)
class Result:
    """A zone's costs, in EUR a year, and how its months went."""

    nights: int
    at_once: float
    nightly: float
    ours: float
    best: float
    worst_month: float
    months_worse: int
    below: int

    @property
    def share(self) -> float:
        return (self.nightly - self.ours) / (self.nightly - self.best)


async def played(stretch: Stretch) -> tuple[Bill, Bill, float, float]:
    nightly = Bill()
    once = 0.0
    for day in stretch.days:
        night = stretch.night(day)
        nightly.use(f"{day:%Y-%m}", USED_KWH)
        nightly.pay(USED_KWH, cheapest(night, USED_KWH))
        once += at_once(night, USED_KWH)
    with TemporaryDirectory() as folder:
        ours = await Service(stretch, Path(folder)).bill()
    return nightly, ours, once, clairvoyant(stretch)


def result(zone_stretches: Sequence[Stretch]) -> Result:
    found = [asyncio.run(played(stretch)) for stretch in zone_stretches]
    nights = sum(len(stretch.days) for stretch in zone_stretches)
    nightly: Mapping[str, float] = {month: cost for one, *_ in found for month, cost in one.by_month.items()}
    ours: Mapping[str, float] = {month: cost for _, one, *_ in found for month, cost in one.by_month.items()}
    dearer = [ours[month] / cost - 1 for month, cost in nightly.items()]
    year = 365 / nights
    return Result(
        nights=nights,
        at_once=year * sum(once for *_, once, _ in found),
        nightly=year * sum(nightly.values()),
        ours=year * sum(ours.values()),
        best=year * sum(best for *_, best in found),
        worst_month=max(dearer),
        months_worse=sum(one > 0.02 for one in dearer),
        below=sum(one.below for _, one, *_ in found),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, default=SHARED, metavar="DIR")
    parser.add_argument("--zones", nargs="+", default=["NL", "DE-LU", "FI", "SE3", "NO2", "DK1"])
    parser.add_argument("--months", type=int, default=MONTHS)
    chosen = parser.parse_args()
    print("EUR per car and year\n")
    print("| zone | nights | at once | nightly optimum | days ahead | all foreknown | share of the gap | worst month "
          "| months 2 % worse | below the minimum |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    shares = []
    for zone in chosen.zones:
        one = result(stretches(chosen.prices, zone, chosen.months))
        shares.append(one.share)
        print(
            f"| {zone} | {one.nights} | {one.at_once:.0f} | {one.nightly:.0f} | {one.ours:.0f} | {one.best:.0f} "
            f"| {one.share:.0%} | {one.worst_month:+.1%} | {one.months_worse} | {one.below} |",
            flush=True,
        )
    print(f"\nOn average {fmean(shares):.0%} of the gap.")


if __name__ == "__main__":
    main()
