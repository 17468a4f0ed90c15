"""A home whose apps.yaml says nothing but which apps there are, unless a test adds to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car
from worlds.fakes import BASE_URL
from worlds.virtual_apps import Line, VirtualHouse, house_of
from worlds.virtual_time import Clock, run

NIGHT = datetime(2027, 10, 8, 1, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=4)
"""07:00 in Copenhagen."""
Apps = Mapping[str, Mapping[str, Any]]
Script = Callable[[], Awaitable[None]]
NORD_POOL = "nordpool/get_prices_for_date"
BARE: Apps = {
    "charging_monitor": {"base_url": BASE_URL},
    "charging_control": {},
    "charging_scheduler": {},
}
CAR = {"energy_kwh": 6, "ready_by": "06:00"}


class BareHome:
    """A house with Nord Pool in it, and an account of Monta."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock(NIGHT)
        self.monta = MontaStandIn(now=self.clock)
        self.house: VirtualHouse

    def add(self, *names: str, **kind: Any) -> list[int]:
        return [self.monta.add_charge_point(name, **kind) for name in names]

    def plug_in(self, point_id: int) -> None:
        self.monta.plug_in(point_id, Car(wants_kwh=60, max_power_kw=11))

    def run(self, script: Script) -> None:
        """Play in the house while no app has started yet."""

        async def evening() -> None:
            async with house_of(self.folder, Line(self.monta), self.monta) as self.house:
                sell_prices(self.house)
                await script()

        run(evening(), self.clock)

    def play(self, script: Script, arguments: Apps = BARE, **scheduler: Any) -> None:
        """The same with apps that have been up for some minutes."""

        async def started() -> None:
            await self.start(arguments, **scheduler)
            await script()

        self.run(started)

    async def start(self, arguments: Apps = BARE, **scheduler: Any) -> None:
        written = {**arguments, "charging_scheduler": {**arguments["charging_scheduler"], **scheduler}}
        await self.house.start(written)
        await asyncio.sleep(150)

    async def restart(self, **scheduler: Any) -> None:
        await self.house.stop()
        await self.start(**scheduler)

    @property
    def planned(self) -> set[str]:
        """The chargers that have a plan now."""
        ids = self.house.home.states
        return {key.removeprefix("sensor.monta_").removesuffix("_plan") for key in ids if key.endswith("_plan")}

    def wanted_kwh(self, charger: str) -> object:
        return self.house.home.states[f"sensor.monta_{charger}_plan"]["attributes"]["wanted_kwh"]

    @property
    def notifications(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        calls = self.house.home.calls
        return [(name.rpartition("/")[2], data) for name, data in calls if name.startswith("persistent_notification/")]


def sell_prices(house: VirtualHouse) -> None:
    def answer(data: Mapping[str, Any]) -> Mapping[str, Any]:
        hours = [NIGHT + timedelta(hours=n) for n in range(-20, 28)]
        rows = [
            {"start": at.isoformat(), "end": (at + timedelta(hours=1)).isoformat(), "price": 300 + at.hour}
            for at in hours
        ]
        return {"DK2": rows if data["date"] == "2027-10-08" else []}

    house.home.actions[NORD_POOL] = answer
    house.home.entries["nordpool"] = ["01DK"]
