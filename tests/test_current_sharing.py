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
from smart_charging.clouds.monta.stand_in.site import Car
from worlds.able_cloud import AbleCloud
from worlds.fakes import BASE_URL
from worlds.virtual_apps import Line, OtherClouds, VirtualHouse, house_of
from worlds.virtual_time import Clock, run

EVENING = datetime(2026, 3, 10, 22, 0, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=4)
PRICES = (1.2, 0.2, 0.1, 0.7, 1.1)
"""Hour by hour from 23:00, local time."""
LEFT, RIGHT = "P1:1", "P1:2"
RESTS = {"poll_idle_s": 60, "poll_plugged_in_s": 60}
AMPERE = {"class": "ChargingMonitor", "cloud": "ampere", **RESTS}
MONTA = {"class": "ChargingMonitor", "base_url": BASE_URL, **RESTS}
Script = Callable[["FuseNight"], Awaitable[None]]


def car(charge_point_id: object, **changes: Any) -> dict[str, Any]:
    return {"charge_point_id": charge_point_id, "energy_kwh": 11, "ready_by": "03:00", **changes}


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
        self.delivered_kwh: list[float] = []
        self.apps: Mapping[str, Mapping[str, Any]] = {}
        self.house: VirtualHouse

    def play(self, script: Script, *cars: Mapping[str, Any], fuse_kw: float, monta: bool = False) -> None:
        monitors = {"ampere_monitor": AMPERE, **({"charging_monitor": MONTA} if monta else {})}
        scheduler = {
            "monitor": list(monitors),
            "price_entity": "sensor.prices",
            "fuse_kw": fuse_kw,
            "chargers": list(cars),
        }
        self.apps = {
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
                await self.house.start(self.apps)
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
            await asyncio.sleep(15)

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
    now.delivered_kwh = [now.ampere.kwh(charger_id) for charger_id in (LEFT, RIGHT)]


def test_two_cars_share_the_cheap_hours_and_get_their_currents_back(night: FuseNight) -> None:
    async def then_unplugged(now: FuseNight) -> None:
        await both_plugged_in(now)
        for charger_id in (LEFT, RIGHT):
            now.ampere.unplug(charger_id)
        await asyncio.sleep(180)

    night.play(then_unplugged, car(LEFT), car(RIGHT), fuse_kw=14)

    assert night.delivered_kwh == pytest.approx([11, 11], abs=0.4)
    assert 11.5 < night.most_kw <= 14
    assert any(current_a < 16 for _, current_a in night.ampere.set_currents)
    assert night.ampere.limits_a == {LEFT: 16, RIGHT: 16}


def test_a_car_that_needs_full_power_to_be_ready_goes_before_the_other(night: FuseNight) -> None:
    lowered: list[str] = []

    async def in_a_hurry(now: FuseNight) -> None:
        for charger_id in (LEFT, RIGHT):
            now.ampere.plug_in(charger_id)
        await now.clock.sleep_until(EVENING + timedelta(hours=1.25))
        lowered.extend(charger_id for charger_id, current_a in now.ampere.set_currents if current_a < 16)
        await now.clock.sleep_until(MORNING)

    night.play(in_a_hurry, car(LEFT, energy_kwh=20, ready_by="01:05"), car(RIGHT), fuse_kw=16)

    assert night.ampere.kwh(LEFT) == pytest.approx(20, abs=0.5)
    assert night.ampere.kwh(RIGHT) == pytest.approx(11, abs=0.4)
    assert LEFT not in lowered
    assert night.most_kw <= 16


def test_beside_a_charger_of_monta_only_the_other_is_lowered(night: FuseNight) -> None:
    async def both(now: FuseNight) -> None:
        now.monta.plug_in(now.monta_id, Car(wants_kwh=60))
        now.ampere.plug_in(LEFT)
        await now.clock.sleep_until(MORNING)

    monta_car = car(night.monta_id, power_kw=11)
    pauses = car(LEFT, start_cost=0)  # else it charges on in the dearer hour, at all the power there is room for
    night.play(both, monta_car, pauses, fuse_kw=16.5, monta=True)

    night.monta.site.catch_up()
    monta_kwh = sum(charge.consumed_kwh or 0.0 for charge in night.monta.site.charges.values())
    assert [monta_kwh, night.ampere.kwh(LEFT)] == pytest.approx([11, 11], abs=0.5)
    assert 14 < night.most_kw <= 16.5


def test_a_charge_that_a_person_started_is_not_lowered(night: FuseNight) -> None:
    async def by_hand(now: FuseNight) -> None:
        now.ampere.plug_in(LEFT)
        await asyncio.sleep(600)  # later than a car that charges as soon as it is plugged in
        now.ampere.start_by_hand(LEFT)
        await asyncio.sleep(120)
        now.ampere.plug_in(RIGHT)
        await now.clock.sleep_until(MORNING)

    night.play(by_hand, car(LEFT), car(RIGHT, mode="now"), fuse_kw=16)

    assert {charger_id for charger_id, _ in night.ampere.set_currents} == {RIGHT}
    assert 15 < night.most_kw <= 16


def test_what_a_person_sets_is_the_most_that_is_given(night: FuseNight) -> None:
    night.ampere.set_by_hand(LEFT, 8)

    night.play(both_plugged_in, car(LEFT), car(RIGHT), fuse_kw=14)

    assert max([a for charger_id, a in night.ampere.set_currents if charger_id == LEFT], default=8) <= 8
    assert night.ampere.kwh(LEFT) == pytest.approx(11, abs=0.4)
    assert night.most_kw <= 14


def test_a_lowered_current_is_not_taken_for_a_persons_after_a_kill(night: FuseNight) -> None:
    async def killed(now: FuseNight) -> None:
        for charger_id in (LEFT, RIGHT):
            now.ampere.plug_in(charger_id)
        await now.clock.sleep_until(EVENING + timedelta(hours=1.5))
        now.house.kill()
        await now.house.start(now.apps)
        await now.clock.sleep_until(MORNING)
        for charger_id in (LEFT, RIGHT):
            now.ampere.unplug(charger_id)
        await asyncio.sleep(180)

    night.play(killed, car(LEFT), car(RIGHT), fuse_kw=14)

    assert night.ampere.limits_a == {LEFT: 16, RIGHT: 16}
    assert night.most_kw <= 14


def test_a_charger_in_a_mode_of_its_clouds_own_waits_and_says_so(night: FuseNight) -> None:
    night.ampere.modes[LEFT] = "Green mode"
    sentences = []

    async def evening(now: FuseNight) -> None:
        now.ampere.plug_in(LEFT)
        await asyncio.sleep(600)
        sentences.append(now.house.home.states["sensor.ampere_left_plan"]["attributes"]["sentence"])

    night.play(evening, car(LEFT, mode="now"), fuse_kw=16)

    assert "Left is in Green mode, in which it does not follow plans" in sentences[0]
    assert (night.ampere.starts, night.ampere.modes) == (0, {LEFT: "Green mode"})


def test_it_is_taken_out_of_the_mode_once_where_that_is_allowed(night: FuseNight) -> None:
    night.ampere.modes |= {LEFT: "Green mode", RIGHT: "Green mode"}

    async def put_back(now: FuseNight) -> None:
        now.ampere.plug_in(LEFT)
        await asyncio.sleep(600)
        now.ampere.modes[LEFT] = "Green mode"
        now.ampere.stop_by_hand(LEFT)
        await asyncio.sleep(900)

    night.play(put_back, car(LEFT, mode="now", may_set_mode=True), car(RIGHT, may_set_mode=True), fuse_kw=16)

    assert night.ampere.kwh(LEFT) > 1
    assert night.ampere.modes == {LEFT: "Green mode", RIGHT: "Green mode"}


def test_a_current_that_applies_to_the_next_start_only_is_set_before_it(night: FuseNight) -> None:
    night.ampere.sets_current_at_once = False

    async def set_in_between(now: FuseNight) -> None:
        for charger_id in (LEFT, RIGHT):
            now.ampere.plug_in(charger_id)
        await asyncio.sleep(900)
        now.ampere.set_by_hand(LEFT, 6)  # for the next start: what runs goes on as it began
        await now.clock.sleep_until(MORNING)

    night.play(set_in_between, car(LEFT, mode="now"), car(RIGHT, mode="now"), fuse_kw=14)

    assert [night.ampere.kwh(one) for one in (LEFT, RIGHT)] == pytest.approx([11, 11], abs=0.4)
    assert 11.5 < night.most_kw <= 14


def test_a_charge_that_the_chargers_mode_lets_begin_is_nobodys_wish(night: FuseNight) -> None:
    night.ampere.starts_by_itself = True
    at_midnight_kwh = []

    async def later(now: FuseNight) -> None:
        now.ampere.plug_in(LEFT)
        await asyncio.sleep(900)
        now.ampere.start_by_hand(LEFT)
        await asyncio.sleep(900)
        at_midnight_kwh.append(now.ampere.kwh(LEFT))
        await now.clock.sleep_until(MORNING)

    night.play(later, car(LEFT), fuse_kw=16)

    assert at_midnight_kwh[0] < 1
    assert night.ampere.kwh(LEFT) == pytest.approx(11, abs=0.4)
