"""One car, one night, the real apps, and a machine whose clock may be wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import charging_monitor
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car, Charge
from worlds.evening import PRICES, show_prices
from worlds.fakes import BASE_URL
from worlds.virtual_apps import Arguments, Line, VirtualHouse, house_of
from worlds.virtual_time import running_loop, virtual_now
from worlds.year_of_prices import HOUR, local

EVENING = date(2026, 3, 3)
BEGINS_AT = local(EVENING, 20.75 * HOUR)
READY_AT = local(EVENING, 22.25 * HOUR)
CHEAP_AT = local(EVENING, 21 * HOUR)
"""When the plan begins to charge."""
POINT_ID = 410001
SWITCH = "switch.monta_porch_charging"
WANTED_KWH = 8.5
ZERO = timedelta(0)


class OneNight:
    """An evening whose cheap hours begin at nine; the car leaves at a quarter past ten."""

    def __init__(self, house: VirtualHouse, monta: MontaStandIn, line: Line) -> None:
        self.house = house
        self.monta = monta
        self.line = line
        self.ahead = ZERO
        """The machine's clock minus everybody else's."""
        self.arguments: Arguments = {
            "charging_monitor": {"base_url": BASE_URL},
            "charging_control": {},
            "charging_scheduler": {
                "price_entity": PRICES,
                "chargers": [
                    {"charge_point_id": POINT_ID, "energy_kwh": WANTED_KWH, "power_kw": 11, "ready_by": "22:15"}
                ],
            },
        }

    def host_clock(self) -> datetime:
        """What the machine takes the time to be."""
        return virtual_now() + self.ahead

    async def start(self) -> None:
        await self.house.start(self.arguments)

    async def restart(self, *, ahead: timedelta, after: timedelta = timedelta(seconds=20)) -> None:
        """The power is cut; the machine comes back with another clock."""
        self.house.kill()
        await self.until(virtual_now() + after)
        self.ahead = ahead
        await self.start()

    async def until(self, at: datetime) -> None:
        await running_loop().clock.sleep_until(at)

    async def until_true(self, is_so: Callable[[], bool], *, at_most: timedelta = 8 * HOUR) -> None:
        """Look every second."""
        end = virtual_now() + at_most
        while not is_so():
            assert virtual_now() < end, "this should have come"
            await self.until(virtual_now() + timedelta(seconds=1))

    def plug_in(self) -> None:
        self.monta.plug_in(POINT_ID, Car(wants_kwh=60.0, max_power_kw=11.0))

    def press(self, service: str) -> None:
        """The switch, by a person in Home Assistant."""
        data = {"domain": "switch", "service": service, "service_data": {"entity_id": SWITCH}}
        self.house.home.fire("call_service", data)

    def wish(self, command: str) -> None:
        """The event, by a person."""
        self.house.home.fire("monta_command", {"command": command, "charge_point_id": POINT_ID})

    @property
    def charges(self) -> Sequence[Charge]:
        """All there were, in order."""
        self.monta.site.catch_up()
        return list(self.monta.site.charges.values())

    @property
    def is_charging(self) -> bool:
        return any(charge.is_open for charge in self.charges)

    @property
    def charged_kwh(self) -> float:
        return sum(charge.consumed_kwh or 0.0 for charge in self.charges)

    @property
    def plan(self) -> str | None:
        return self.house.state("sensor.monta_porch_plan")


@asynccontextmanager
async def one_night(folder: Path, *, ahead: timedelta = ZERO) -> AsyncIterator[OneNight]:
    """The apps have just been started; no cable is in."""
    monta = MontaStandIn(now=virtual_now)
    assert monta.add_charge_point("Porch") == POINT_ID
    line = Line(monta)
    async with house_of(folder, line, monta) as house:
        night = OneNight(house, monta, line)
        night.ahead = ahead
        with patch.object(charging_monitor, "utc_now", night.host_clock):
            show_prices(house.home, EVENING, is_tomorrow_out=True)
            await night.start()
            await night.until(virtual_now() + timedelta(minutes=1))
            yield night
