"""An evening with a charger of Monta's and one of Charge Amps on one fuse, through the real apps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smart_charging.clouds.charge_amps.stand_in.cloud import Habits
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car
from worlds.cloud_houses import PRICE_ENTITY, ChargeAmpsHouse, CloudNights
from worlds.fakes import BASE_URL
from worlds.virtual_time import Clock

EVENING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
READY_BY, LATE = "23:00", EVENING + timedelta(hours=5)
PRICES = (2.8, 0.1, 0.2, 0.3, 2.2, 2.4)
FUSE_KW = 17.0
WANTED_KWH = 15.0
NOTICED_AFTER = 8
"""Samples of a quarter of a minute in which a charge that began by itself may exceed it."""


class TwoClouds:
    """Both cars, and what they take together."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(EVENING)
        self.amps = ChargeAmpsHouse(self.clock, Habits())
        self.monta = MontaStandIn(now=self.clock)
        self.point_id = self.monta.add_charge_point("Carport")
        self.nights = CloudNights(at=self.amps, folder=folder, clock=self.clock, monta=self.monta)
        self.taken_kw: list[tuple[float, float]] = []

    async def start(self) -> None:
        self.nights.show_prices(EVENING, PRICES)
        monitors = ["charging_monitor", "amps_monitor"]
        car = {"energy_kwh": WANTED_KWH, "power_kw": 11, "ready_by": READY_BY}
        rests = {"poll_idle_s": 60, "poll_plugged_in_s": 60}
        await self.nights.running.start(
            {
                "charging_monitor": {"class": "ChargingMonitor", "base_url": BASE_URL, **rests},
                "amps_monitor": {"class": "ChargingMonitor", **self.amps.arguments},
                "charging_control": {"monitor": monitors},
                "charging_scheduler": {
                    "monitor": monitors,
                    "price_entity": PRICE_ENTITY,
                    "fuse_kw": FUSE_KW,
                    "chargers": [
                        {"charge_point_id": self.point_id, **car},
                        {"charge_point_id": self.amps.charger_id, **car},
                    ],
                },
            }
        )

    async def watch(self, until: datetime) -> None:
        while self.clock.at < until:
            await asyncio.sleep(15)
            outlet = self.amps.cloud.outlet(self.amps.point_id)
            self.monta.site.catch_up()
            charge = self.monta.site.points[self.point_id].charge
            self.taken_kw.append(
                (outlet.power_kw if outlet.is_flowing else 0.0, 11.0 if charge and charge.state == "charging" else 0.0)
            )

    @property
    def delivered_kwh(self) -> tuple[float, float]:
        self.monta.site.catch_up()
        of_monta = sum(charge.consumed_kwh or 0.0 for charge in self.monta.site.charges.values())
        return of_monta, self.amps.delivered_kwh


def test_both_are_ready_and_the_one_that_can_gives_way_in_amperes(tmp_path: Path) -> None:
    house = TwoClouds(tmp_path)

    async def script(_: CloudNights) -> None:
        await house.start()
        await asyncio.sleep(90)
        house.monta.plug_in(house.point_id, Car(wants_kwh=60, max_power_kw=11))
        house.amps.plug_in(wants_kwh=60)
        await house.watch(LATE)

    house.nights.play(script)

    assert list(house.delivered_kwh) == [pytest.approx(WANTED_KWH, abs=0.6)] * 2
    assert max(sum(taken) for taken in house.taken_kw[NOTICED_AFTER:]) <= FUSE_KW
    assert any(0 < amps_kw < 10 and monta_kw for amps_kw, monta_kw in house.taken_kw)
