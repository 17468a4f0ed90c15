"""Evenings with clouds that are not Monta, and with several accounts side by side, through the real apps."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from worlds.fakes import BASE_URL
from worlds.forgetful_cloud import ForgetfulCloud
from worlds.virtual_apps import Broker, Line, OtherClouds, VirtualHouse, house_of
from worlds.virtual_time import run, sleep_until, virtual_now

EVENING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=13)
PRICE_ENTITY = "sensor.prices"
PRICES = (3.0, 2.8, 2.6, 2.0, 1.6, 1.2, 0.9, 0.5, 0.1, 0.2, 0.7, 1.1, 1.9, 2.2, 2.4)
"""Hour by hour from 18:00; the two cheapest begin at 02:00, local time."""
SECOND_URL = "https://second.monta.test/api/v1/"
OUTLET = "V-7:1"
RESTS = {"poll_idle_s": 60, "poll_plugged_in_s": 60}
VOLT = {"class": "ChargingMonitor", "cloud": "volt", **RESTS}
MONTA = {"class": "ChargingMonitor", "base_url": BASE_URL, **RESTS}
SECOND = {"class": "ChargingMonitor", "base_url": SECOND_URL, "account": "work", **RESTS}
Apps = Mapping[str, Mapping[str, Any]]


def car(charge_point_id: object, **changes: Any) -> dict[str, Any]:
    return {"charge_point_id": charge_point_id, "energy_kwh": 11, "power_kw": 11, "ready_by": "07:00", **changes}


def apps(monitors: Apps, *cars: Mapping[str, Any], **scheduler: Any) -> Apps:
    names = list(monitors)
    return {
        **monitors,
        "charging_control": {"monitor": names},
        "charging_scheduler": {"monitor": names, "price_entity": PRICE_ENTITY, "chargers": list(cars), **scheduler},
    }


class Evening:
    """A house, its clouds, and what has become of both."""

    def __init__(self, folder: Path, broker: Broker | None = None) -> None:
        self.folder = folder
        self.broker = broker
        self.answers: list[Mapping[str, Any]] = []
        self.volt: ForgetfulCloud
        self.monta: MontaStandIn
        self.second: MontaStandIn
        self.house: VirtualHouse

    def play(self, script: Callable[["Evening"], Awaitable[None]], arguments: Apps) -> None:
        async def evening() -> None:
            self.volt = ForgetfulCloud(virtual_now)
            self.volt.add_outlet(OUTLET, "Garage")
            self.monta, self.second = MontaStandIn(now=virtual_now), MontaStandIn(now=virtual_now)
            others = OtherClouds(lines={SECOND_URL: Line(self.second)}, clouds={"volt": self.volt})
            async with house_of(self.folder, Line(self.monta), self.monta, self.broker, others) as self.house:
                self.house.home.show(PRICE_ENTITY, "1", raw_today=rows(), raw_tomorrow=[], unit="kWh", currency="DKK")
                await self.house.start(arguments)
                self.listen()
                await asyncio.sleep(90)
                await script(self)
                self.kwh, self.is_charging = self.volt.kwh(OUTLET), self.volt.is_charging(OUTLET)

        run(evening(), EVENING)

    def listen(self) -> None:
        async def keep(_event: str, data: Mapping[str, Any], **_kwargs: Any) -> None:
            self.answers.append(data)

        assert self.house.appdaemon
        for event in ("smart_charging_command_result", "volt_command_result", "monta_command_result"):
            self.house.appdaemon.listen(keep, event, {})

    async def command(self, event: str = "smart_charging_command", **data: Any) -> Mapping[str, Any]:
        self.house.home.fire(event, data)
        await asyncio.sleep(5)
        return self.answers[-1]

    def state(self, entity_id: str) -> str | None:
        return self.house.state(entity_id)

    def attributes(self, entity_id: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.house.home.states[entity_id]["attributes"]
        return found


def rows() -> list[dict[str, object]]:
    hours = [EVENING + hour * timedelta(hours=1) for hour in range(len(PRICES) + 1)]
    return [
        {"start": start.isoformat(), "end": end.isoformat(), "value": price}
        for (start, end), price in zip(pairwise(hours), PRICES, strict=True)
    ]


@pytest.fixture
def evening(tmp_path: Path) -> Evening:
    return Evening(tmp_path)


def test_a_car_gets_what_it_needs_from_a_cloud_that_tells_nothing_and_forgets_everything(evening: Evening) -> None:
    async def night(now: Evening) -> None:
        now.volt.plug_in(OUTLET)
        await sleep_until(MORNING)

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET, energy_kwh=16.5)))

    assert evening.kwh == pytest.approx(16.5, abs=0.3)
    assert (evening.volt.starts, evening.volt.stops) == (1, 1)
    assert evening.state("sensor.volt_garage_plan") == "done"
    assert float(evening.state("sensor.volt_garage_energy") or 0) == pytest.approx(16.5, abs=0.3)


def test_it_charges_in_the_cheapest_hours(evening: Evening) -> None:
    async def night(now: Evening) -> None:
        now.volt.plug_in(OUTLET)
        await sleep_until(EVENING + timedelta(hours=7, minutes=55))
        assert now.volt.kwh(OUTLET) == 0
        await sleep_until(EVENING + timedelta(hours=10))

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET)))

    assert evening.kwh == pytest.approx(11, abs=0.3)


@pytest.mark.parametrize("killed_after", [timedelta(minutes=m) for m in (1, 20, 59)], ids=str)
def test_a_charge_is_known_again_after_a_kill_although_it_has_another_id(
    evening: Evening, killed_after: timedelta
) -> None:
    arguments = apps({"volt_monitor": VOLT}, car(OUTLET))

    async def night(now: Evening) -> None:
        now.volt.plug_in(OUTLET)
        await sleep_until(EVENING + timedelta(hours=8) + killed_after)
        now.house.kill()
        await asyncio.sleep(40)
        await now.house.start(arguments)
        await sleep_until(MORNING)

    evening.play(night, arguments)

    assert evening.kwh == pytest.approx(11, abs=0.3)
    assert evening.state("sensor.volt_garage_plan") == "done"


def test_a_person_s_stop_in_the_cloud_s_own_app_stays_a_stop(evening: Evening) -> None:
    async def night(now: Evening) -> None:
        now.volt.plug_in(OUTLET)
        await sleep_until(EVENING + timedelta(hours=8, minutes=30))
        now.volt.stop_by_hand(OUTLET)
        await sleep_until(MORNING)

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET)))

    assert evening.state("sensor.volt_garage_plan") == "manual"
    assert evening.kwh == pytest.approx(5.5, abs=0.3)


def test_a_charge_somebody_else_began_long_after_plugging_in_is_not_stopped(evening: Evening) -> None:
    async def night(now: Evening) -> None:
        now.volt.plug_in(OUTLET, wants_kwh=40)
        await asyncio.sleep(1800)
        now.volt.start_by_hand(OUTLET)
        await sleep_until(MORNING)

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET)))

    assert evening.kwh == pytest.approx(40)
    assert evening.volt.stops == 0


def test_a_stop_right_after_a_start_wins_although_nobody_knows_the_charge_yet(evening: Evening) -> None:
    async def night(now: Evening) -> None:
        now.volt.plug_in(OUTLET)
        await asyncio.sleep(90)
        await now.command(command="start", charge_point_id=OUTLET)
        await now.command(command="stop", charge_point_id=OUTLET)
        await asyncio.sleep(600)

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET, mode="off")))

    assert not evening.is_charging
    assert evening.kwh < 1
