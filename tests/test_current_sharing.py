"""Nights on a common fuse with chargers whose current can be set, through the real apps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from worlds.able_cloud import AbleCloud
from worlds.fakes import BASE_URL
from worlds.virtual_apps import Line, OtherClouds, VirtualHouse, house_of
from worlds.virtual_time import Clock, run

EVENING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=13)
PRICES = (3.0, 2.8, 2.6, 2.0, 1.6, 1.2, 0.9, 0.5, 0.1, 0.2, 0.7, 1.1, 1.9, 2.2, 2.4)
"""Hour by hour from 18:00, local time."""
LEFT, RIGHT = "P1:1", "P1:2"
RESTS = {"poll_idle_s": 60, "poll_plugged_in_s": 30}
AMPERE = {"class": "ChargingMonitor", "cloud": "ampere", **RESTS}
MONTA = {"class": "ChargingMonitor", "base_url": BASE_URL, **RESTS}
Script = Callable[["FuseNight"], Awaitable[None]]


def car(charge_point_id: object, **changes: Any) -> dict[str, Any]:
    return {"charge_point_id": charge_point_id, "energy_kwh": 22, "ready_by": "07:00", **changes}


class FuseNight:
    """Two chargers that set currents, one of Monta's that does not, and the most they ever took together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock(EVENING)
        self.ampere = AbleCloud(self.clock)
        for charger_id, name in ((LEFT, "Left"), (RIGHT, "Right")):
            self.ampere.add_outlet(charger_id, name)
        self.monta = MontaStandIn(now=self.clock)
        self.monta_id = self.monta.add_charge_point("Garage")
        self.most_kw = 0.0
        self.house: VirtualHouse

    def play(self, script: Script, *cars: Mapping[str, Any], fuse_kw: float, monta: bool = False) -> None:
        monitors = {"ampere_monitor": AMPERE, **({"charging_monitor": MONTA} if monta else {})}
        scheduler = {
            "monitor": list(monitors),
            "price_entity": "sensor.prices",
            "fuse_kw": fuse_kw,
            "chargers": list(cars),
        }
        apps: dict[str, Mapping[str, Any]] = {
            **monitors,
            "charging_control": {"monitor": list(monitors)},
            "charging_scheduler": scheduler,
        }

        async def night() -> None:
            others = OtherClouds(clouds={"ampere": self.ampere})
            async with house_of(self.folder, Line(self.monta), self.monta, None, others) as self.house, self._watched():
                self.house.home.show(
                    "sensor.prices", "1", raw_today=rows(), raw_tomorrow=[], unit="kWh", currency="DKK"
                )
                await self.house.start(apps)
                await asyncio.sleep(90)
                await script(self)

        run(night(), self.clock)

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        while True:
            self.most_kw = max(self.most_kw, self.flows_kw)
            await asyncio.sleep(5)

    @property
    def flows_kw(self) -> float:
        """What flows in truth, whatever anybody is told."""
        now = self.clock()
        flows = (outlet.flowing(now) for outlet in self.ampere.outlets.values())
        self.monta.site.catch_up()
        charges = self.monta.site.charges.values()
        monta_kw = sum(charge.point.power_kw for charge in charges if charge.state == "charging")
        return sum(flow.power_kw for flow in flows if flow) + monta_kw


def rows() -> list[dict[str, object]]:
    hours = [EVENING + hour * timedelta(hours=1) for hour in range(len(PRICES) + 1)]
    return [
        {"start": start.isoformat(), "end": end.isoformat(), "value": price}
        for (start, end), price in zip(pairwise(hours), PRICES, strict=True)
    ]


@pytest.fixture
def night(tmp_path: Path) -> FuseNight:
    return FuseNight(tmp_path)


async def both_plugged_in(now: FuseNight) -> None:
    for charger_id in (LEFT, RIGHT):
        now.ampere.plug_in(charger_id)
    await now.clock.sleep_until(MORNING)


def test_two_cars_share_the_cheap_hours_and_are_both_ready(night: FuseNight) -> None:
    night.play(both_plugged_in, car(LEFT), car(RIGHT), fuse_kw=14)

    assert [night.ampere.kwh(one) for one in (LEFT, RIGHT)] == pytest.approx([22, 22], abs=0.4)
    assert night.most_kw <= 14
    assert night.most_kw > 11.5
