"""The nights of `benchmarks.days_ahead` through the real apps, in virtual time, over Monta's stand-in."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.day_ahead_files import DAY, HOUR, local
from benchmarks.days_ahead_bill import Bill
from benchmarks.days_ahead_nights import (
    ARRIVES,
    CAR,
    LEAST_PERCENT,
    LEAVES,
    POWER_KW,
    TARGET_PERCENT,
    USED_KWH,
    PricedDays,
    before,
    percent,
)
from benchmarks.drawn_sessions import PUBLISHED_AT
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car, Flow
from smart_charging.entities.publish import UNAVAILABLE, UNKNOWN
from smart_charging.services.sessions.session_log import SESSIONS_FILE
from worlds.fakes import BASE_URL
from worlds.household import PRICE_ENTITY
from worlds.virtual_apps import Line, VirtualHouse, house_of
from worlds.virtual_time import Clock, run
from worlds.year_of_prices import shown

SOC, DAYS_AHEAD = "sensor.car", "input_number.days_ahead"
PLAN, NEXT_START = "sensor.monta_garage_plan", "sensor.monta_garage_next_start"
AT_REST = {"idle", "waiting", "done"}
"""States of the plan in which nothing is charged."""
SOON = timedelta(minutes=15)
NAP, LOOKS_ROUND = timedelta(hours=1), timedelta(minutes=1)
"""The machine wakes every hour, as a cable that was not seen for many may have been out."""
DECIDED, SETTLED = timedelta(minutes=20), timedelta(minutes=30)
"""So long after the cable went in, and out, all is done that is to be done about it."""
NEVER = datetime.max.replace(tzinfo=UTC)
HISTORY = 8
"""Days whose prices are known at the start."""


class AppsHouse:
    """A house with the three apps; the car comes and leaves by the clock.

    Args:
        is_awake: Whether the machine runs all the time. Else it naps while nothing is charged, nor soon will be.
    """

    def __init__(self, stretch: PricedDays, folder: Path, *, is_awake: bool) -> None:
        self._stretch = stretch
        self._is_awake = is_awake
        self._folder = folder
        self._clock = Clock(local(stretch.days[0], ARRIVES - HOUR))
        self._monta = MontaStandIn(now=self._clock)
        self._point_id = self._monta.add_charge_point("Garage")
        self._soc_percent = TARGET_PERCENT
        self._seen_flows = 0
        self._house: VirtualHouse

    def bill(self) -> Bill:
        lines = [one.line() + b"\n" for one in before(str(self._point_id), self._stretch.days[0])]
        (self._folder / SESSIONS_FILE).write_bytes(b"".join(lines))
        bill = Bill()
        run(self._live(bill), self._clock)
        return bill

    async def _live(self, bill: Bill) -> None:
        async with house_of(self._folder, Line(self._monta), self._monta) as self._house:
            home, first, last = self._house.home, self._stretch.days[0], self._stretch.days[-1]
            home.show(SOC, self._soc_percent)
            home.show(DAYS_AHEAD, 5)
            self._show(first, since=first - HISTORY * DAY)
            await self._start()
            for day in self._stretch.days:
                bill.use(f"{day:%Y-%m}", USED_KWH)
                home.show(DAYS_AHEAD, 0 if day == last else 5)
                bill.pay(*await self._night(day))
                bill.below += self._soc_percent < LEAST_PERCENT - 0.5
            bill.close(f"{last:%Y-%m}")

    async def _start(self) -> None:
        car = {"charge_point_id": self._point_id, "soc_percent": SOC, "days_ahead": DAYS_AHEAD, **CAR}
        monitor = {"base_url": BASE_URL, "poll_idle_s": 600, "poll_plugged_in_s": 120}
        scheduler = {"price_entity": PRICE_ENTITY, "chargers": [car]}
        await self._house.start({"charging_monitor": monitor, "charging_control": {}, "charging_scheduler": scheduler})

    def _show(self, day: date, *, since: date | None = None, is_tomorrow_out: bool = True) -> None:
        told = shown(self._stretch.prices, day, is_tomorrow_out=is_tomorrow_out)
        earlier = since or day
        while earlier < day:
            told["raw_today"] = [*shown(self._stretch.prices, day - DAY, is_tomorrow_out=False)["raw_today"],
                                 *told["raw_today"]]  # fmt: skip
            day -= DAY
        self._house.home.show(PRICE_ENTITY, 0, **told)

    async def _night(self, day: date) -> tuple[float, float]:
        """Energy and cost."""
        await self._until(day, PUBLISHED_AT)
        self._show(day)
        await self._until(day, ARRIVES)
        self._monta.plug_in(self._point_id, Car(wants_kwh=100.0, max_power_kw=POWER_KW))
        await asyncio.sleep(60)
        self._soc_percent -= percent(USED_KWH)
        self._house.home.show(SOC, round(self._soc_percent, 2))
        await asyncio.sleep(DECIDED.total_seconds())
        await self._until(day + DAY, timedelta(0))
        self._show(day + DAY, is_tomorrow_out=False)
        await self._until(day + DAY, LEAVES)
        self._monta.unplug(self._point_id)
        await asyncio.sleep(SETTLED.total_seconds())
        return self._metered()

    async def _until(self, day: date, after: timedelta) -> None:
        at = local(day, after)
        while (now := self._clock.at) < at:
            if not self._is_awake and (wakes_at := min(at, self._due_at) - SOON) > now:
                self._clock.leap(min(wakes_at, now + NAP))
            await asyncio.sleep(min(LOOKS_ROUND, at - self._clock.at).total_seconds())

    @property
    def _due_at(self) -> datetime:
        """When there is something to do, as the apps show it."""
        if self._house.state(PLAN) not in AT_REST:
            return self._clock.at
        start = self._house.state(NEXT_START)
        return NEVER if start in {None, UNKNOWN, UNAVAILABLE} else datetime.fromisoformat(str(start))

    def _metered(self) -> tuple[float, float]:
        """What flowed since the last night, and its cost."""
        self._monta.site.catch_up()
        flows = [flow for charge in self._monta.site.charges.values() for flow in charge.flows]
        fresh, self._seen_flows = sorted(flows, key=lambda flow: flow.start)[self._seen_flows :], len(flows)
        energy_kwh = sum(flow.kwh_between(flow.start, flow.end) for flow in fresh)
        self._soc_percent += percent(energy_kwh)
        return energy_kwh, sum(self._cost(flow) for flow in fresh)

    def _cost(self, flow: Flow) -> float:
        slots = self._stretch.prices.between(flow.start, flow.end) if flow.start < flow.end else ()
        return sum(flow.kwh_between(slot.start, slot.end) * slot.price_per_kwh for slot in slots)
