"""What it saves to let dear nights pass, in closed loop, against one who knows all prices in advance.

    pip install scipy
    PYTHONPATH=lib:tests:apps python -m benchmarks.days_ahead --prices DIR

A car is plugged in every night from 17:30 to 07:00 and has used 8 kWh a day; of its battery of 60 kWh at least 30 %
are to be there in the morning and 80 % by and by. For the last ten whole months of each zone in DIR, whose files are
as for `benchmarks.planning`, the service sees each evening what is published by then, and the sessions booked before.
Compared are charging at once, the optimum of every single night, what the service does, and a linear programme over
all nights that shares no code with it. A month is billed for the energy that its own days have used, whenever it was
charged: the oldest debt is paid first. The last night of a stretch of months charges all that is owed. With
`--apps` the three apps play it in virtual time, over Monta's stand-in, which takes two seconds a night: the machine
with them naps while nothing is charged, nor soon will be. `--awake` plays these hours, too, for three times as long.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from benchmarks.day_ahead_files import DAY, HOUR, QUARTER, ZONE, local
from benchmarks.days_ahead_apps import AppsHouse
from benchmarks.days_ahead_bill import Bill
from benchmarks.days_ahead_nights import (
    ARRIVES,
    CAR,
    LEAST_PERCENT,
    LEAVES,
    MONTHS,
    POWER_KW,
    TARGET_PERCENT,
    USED_KWH,
    PricedDays,
    at_once,
    before,
    booked,
    cheapest,
    clairvoyant,
    percent,
    stretches,
)
from smart_charging.charger import Charger, ChargerState
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.planning.need import Charged
from smart_charging.planning.plan import Plan
from smart_charging.planning.replanner import Replanner
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.cars.car_settings_reader import CarSettingsReader
from smart_charging.services.cars.learned_margin import FRESH
from smart_charging.services.cars.request import request_for
from smart_charging.services.planning_thread import PlanningThread
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.outlooks import Outlooks
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.sessions.session_log import SessionLog
from smart_charging.services.watching.cable_session import CableSession
from worlds.household import PRICE_ENTITY, FakeHass
from worlds.year_of_prices import shown

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
ALMOST_ALL_KWH = 0.5
"""What a meter's rounding may leave uncharged in the end."""
LOG = logging.getLogger("benchmark")


class Service:
    """The service's own price feed, outlooks and planner, with the defaults of apps.yaml."""

    def __init__(self, stretch: PricedDays, folder: Path) -> None:
        self._stretch = stretch
        self._now = local(stretch.days[0], ARRIVES)
        hass = self._hass = FakeHass()
        hass.states["sensor.car"] = ("50", {})
        car = {"charge_point_id": KEY, "soc_percent": "sensor.car", **CAR}
        settings = SchedulerSettings.model_validate({"price_entity": PRICE_ENTITY, "chargers": [car]})
        self._feed = PriceFeed(settings, hass, hass, hass, zone=ZONE, clock=lambda: self._now, log=LOG)
        self._reader = CarSettingsReader(settings.chargers[0], KEY, hass, hass, LOG)
        self._book = SessionLog(folder / "sessions.jsonl", LOG)
        self._outlooks = Outlooks(self._feed, self._book, ZONE, PlanningThread())
        self._replanner = Replanner(LOG)
        self._soc_percent = TARGET_PERCENT
        self._curve = PriceCurve()

    def bill(self) -> Bill:
        return asyncio.run(self._live())

    async def _live(self) -> Bill:
        first, bill = self._stretch.days[0], Bill()
        for one in before(KEY, first):
            await self._book.add(one)
        for ago in range(8, 0, -1):
            await self._read(first - ago * DAY)
        for day in self._stretch.days:
            self._soc_percent -= percent(USED_KWH)
            bill.use(f"{day:%Y-%m}", USED_KWH)
            bill.pay(*await self._night(day, wants_all=day == self._stretch.days[-1]))
            bill.below += self._soc_percent < LEAST_PERCENT - 0.5
        bill.close(f"{self._stretch.days[-1]:%Y-%m}")
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
        comes, leaves = self._now, local(day + DAY, LEAVES)
        car = replace(await self._reader.read(self._now), days_ahead=0) if wants_all else await self._reader.read(comes)
        charged_kwh = cost = 0.0
        is_running = False
        while self._now < leaves:
            if self._now == local(day + DAY):
                await self._read(day + DAY, after=timedelta(0), is_tomorrow_out=False)
            plan = await self._plan(car, comes, leaves, charged_kwh, is_running=is_running)
            for slot in self._stretch.prices.between(self._now, self._now + QUARTER):
                on = _overlap(plan, slot.start, slot.end)
                charged_kwh += on * POWER_KW
                cost += on * POWER_KW * slot.price_per_kwh
                is_running = on > 0
            self._now += QUARTER
        self._soc_percent += percent(charged_kwh)
        await self._book.add(booked(KEY, day, fresh_kwh=USED_KWH, energy_kwh=charged_kwh, cost=cost))
        return charged_kwh, cost

    async def _plan(
        self, car: CarSettings, comes: datetime, leaves: datetime, had_kwh: float, *, is_running: bool
    ) -> Plan:
        now = self._now
        so_far = Charged(energy_kwh=had_kwh, soc_percent=self._soc_percent, since_soc_kwh=had_kwh)
        missing_kwh = car.missing_kwh(so_far, POWER_KW) or 0.0
        request = request_for(
            KEY,
            car,
            so_far,
            missing_kwh=missing_kwh if missing_kwh > 0.05 else 0.0,
            wanted_kwh=had_kwh + missing_kwh,
            power_kw=POWER_KW,
            ready_by=leaves,
            margin=FRESH,
            history=self._feed.history,
            zone=ZONE,
            is_running=is_running,
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
        decided = await self._outlooks.applied(snapshot, self._curve, now)
        assert decided.request
        return self._replanner.plans(self._curve, [decided.request], now)[KEY]


def _overlap(plan: Plan, start: datetime, end: datetime) -> float:
    """Hours of the plan in `[start, end)`."""
    blocks = [one for one in plan.blocks if one.start < end and start < one.end]
    return sum((min(one.end, end) - max(one.start, start)) / HOUR for one in blocks)


@dataclass(frozen=True)
class ZoneBills:
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


House = Callable[[PricedDays, Path], Service | AppsHouse]


def played(stretch: PricedDays, house_of: House) -> tuple[Bill, Bill, float, float]:
    nightly = Bill()
    once = 0.0
    for day in stretch.days:
        night = stretch.night(day)
        nightly.use(f"{day:%Y-%m}", USED_KWH)
        nightly.pay(USED_KWH, cheapest(night, USED_KWH))
        once += at_once(night, USED_KWH)
    with TemporaryDirectory() as folder:
        ours = house_of(stretch, Path(folder)).bill()
    if ours.unpaid_kwh > ALMOST_ALL_KWH:
        raise RuntimeError(f"{ours.unpaid_kwh:.1f} kWh were never charged")
    return nightly, ours, once, clairvoyant(stretch)


def result(zone_stretches: Sequence[PricedDays], house_of: House) -> ZoneBills:
    found = [played(stretch, house_of) for stretch in zone_stretches]
    nights = sum(len(stretch.days) for stretch in zone_stretches)
    nightly: Mapping[str, float] = {month: cost for one, *_ in found for month, cost in one.by_month.items()}
    ours: Mapping[str, float] = {month: cost for _, one, *_ in found for month, cost in one.by_month.items()}
    dearer = [ours[month] / cost - 1 for month, cost in nightly.items()]
    year = 365 / nights
    return ZoneBills(
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
    parser.add_argument("--prices", type=Path, required=True, metavar="DIR")
    parser.add_argument("--zones", nargs="+", default=["NL", "DE-LU", "FI", "SE3", "NO2", "DK1"])
    parser.add_argument("--months", type=int, default=MONTHS)
    parser.add_argument("--apps", action="store_true", help="through the real apps")
    parser.add_argument("--awake", action="store_true", help="with --apps: also while nothing is charged")
    parser.add_argument("--nights", type=int, default=400, help="at most so many of each stretch, the first ones")
    chosen = parser.parse_args()
    house_of: House = partial(AppsHouse, is_awake=chosen.awake) if chosen.apps else Service
    print("EUR per car and year\n")
    print("| zone | nights | at once | nightly optimum | days ahead | all foreknown | share of the gap | worst month "
          "| months 2 % worse | below the minimum |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    shares = []
    for zone in chosen.zones:
        whole = stretches(chosen.prices, zone, chosen.months)
        one = result([replace(some, days=some.days[: chosen.nights]) for some in whole], house_of)
        shares.append(one.share)
        print(
            f"| {zone} | {one.nights} | {one.at_once:.0f} | {one.nightly:.0f} | {one.ours:.0f} | {one.best:.0f} "
            f"| {one.share:.0%} | {one.worst_month:+.1%} | {one.months_worse} | {one.below} |",
            flush=True,
        )
    print(f"\nOn average {fmean(shares):.0%} of the gap.")


if __name__ == "__main__":
    main()
