"""A night written down: what happens when, to be played over any cloud, and what the morning is like.

    night = Script(
        car={"energy_kwh": 22, "power_kw": 11, "ready_by": "07:00"},
        prices=[2.0] * 6 + [0.4] * 6,
        events=[plug("18:10"), happen("01:30", "break_off", reason="PowerLoss"), kill("02:05:30", for_s=20)],
    )
    assert night.play().kwh() == pytest.approx(22, abs=0.3)

Times are Copenhagen's; those before noon belong to the morning after. OTHER_CLOUDS.md says more.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.messages import Request
from smart_charging.entities.command import OFF, ON
from smart_charging.prices.curve import PriceCurve, PriceSlot
from worlds.fakes import BASE_URL
from worlds.nights.cloud import PlayedCloud, TrueCharge
from worlds.nights.habits import USUAL_WORLD, DrawnWorld
from worlds.nights.line import TroubledLine
from worlds.nights.listener import Listener, listening
from worlds.nights.optimum import cost_of, pieces
from worlds.nights.other_cloud import OtherCloud, factory_named
from worlds.nights.own_cloud import OwnCloud
from worlds.nights.settings import POLLS, PRICE_ENTITY
from worlds.nights.troubles import NAMES
from worlds.virtual_apps import Broker, VirtualHouse, house_of
from worlds.virtual_time import Clock, run, running_loop, virtual_now
from worlds.year_of_prices import DAY, HOUR, local, shown

NOON = 12 * HOUR


@dataclass(frozen=True, slots=True)
class Event:
    """Something at a time of the night, such as `01:30` or `01:30:20`."""

    at: str
    do: Callable[[Playing], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is so, and what happens."""

    events: Sequence[Event]
    car: Mapping[str, Any]
    """A charger's arguments in apps.yaml."""
    more_cars: Sequence[Mapping[str, Any]] = ()
    prices: Sequence[float] = (0.3,)
    """Per kWh, an hour each from 18:00 on; before and after they are the highest of them."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """More of the scheduler's, such as `fuse_kw`."""
    world: DrawnWorld = USUAL_WORLD
    """Of our own stand-in; another cloud has the habits it has."""
    begins: str = "18:00"
    ends: str = "07:10"
    day: date = date(2026, 2, 10)

    def play(self, cloud: str | None = None) -> Morning:
        """To its end, over our own stand-in, or over that of `module:factory`."""
        random.seed(str(self.day))  # the apps spread out their requests
        with tempfile.TemporaryDirectory() as folder, listening() as listener:
            return run(self._play(Path(folder), cloud, listener), Clock(self.moment(self.begins)))

    def moment(self, time: str) -> datetime:
        """Of a time on the clock; before noon it is the morning after."""
        parts = [int(part) for part in time.split(":")]
        after = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2] if len(parts) > 2 else 0)
        return local(self.day if after >= NOON else self.day + DAY, after)

    def curve(self, prices: Sequence[float]) -> PriceCurve:
        """An hour each from 18:00 on, for both days."""
        first, evening = local(self.day), self.moment("18:00")
        slots = []
        for number in range(48):
            start = first + number * HOUR
            index = (start - evening) // HOUR
            price = prices[index] if 0 <= index < len(prices) else max(prices)
            slots.append(PriceSlot(start=start, end=start + HOUR, price_per_kwh=price))
        return PriceCurve(slots, "DKK")

    async def _play(self, folder: Path, cloud: str | None, listener: Listener) -> Morning:
        played: PlayedCloud = OwnCloud(self.world.monta(virtual_now))
        if cloud:
            played = OtherCloud(factory_named(cloud)(now=virtual_now, seed=str(self.day)))
        line, broker = TroubledLine(played), Broker() if self.world.has_broker else None
        async with house_of(folder, line, broker=broker) as house:
            house.host.ahead = self.world.host_ahead
            playing = Playing(self, house, played, line)
            await playing.settle_in()
            for event in sorted(self.events, key=lambda event: self.moment(event.at)):
                await running_loop().clock.sleep_until(self.moment(event.at))
                await event.do(playing)
            await running_loop().clock.sleep_until(self.moment(self.ends))
            return await playing.morning(listener)


class Playing:
    """A night that is being played, for its events."""

    def __init__(self, script: Script, house: VirtualHouse, cloud: PlayedCloud, line: TroubledLine) -> None:
        self.script = script
        self.house = house
        self.cloud = cloud
        self.line = line
        self.point_ids: list[int] = []
        self.sent: list[Request] = []
        self._curve = script.curve(script.prices)
        self._arguments: Mapping[str, Any] = {}

    async def settle_in(self) -> None:
        """Chargers, prices, and apps that run."""
        cars = [self.script.car, *self.script.more_cars]
        for name, _ in zip(NAMES, cars, strict=False):
            self.point_ids.append(int(str((await self.cloud.happen("add_charge_point", name=name))["id"])))
        chargers = [{"charge_point_id": one, **car} for one, car in zip(self.point_ids, cars, strict=True)]
        monitor = {"base_url": BASE_URL, **POLLS, **({"writer": "mqtt"} if self.house.broker else {})}
        scheduler = {"price_entity": PRICE_ENTITY, "chargers": chargers, **self.script.arguments}
        self._arguments = {"charging_monitor": monitor, "charging_control": {}, "charging_scheduler": scheduler}
        self.show_prices(self.script.prices)
        self.line.on_request = self._note
        await self.start()

    async def start(self) -> None:
        """The apps, anew."""
        await self.house.start(self._arguments)

    def show_prices(self, prices: Sequence[float]) -> None:
        """As Nord Pool's entity shows them, tomorrow's included."""
        self._curve = self.script.curve(prices)
        day = self.script.day if virtual_now() < local(self.script.day + DAY) else self.script.day + DAY
        told = shown(self._curve, day, is_tomorrow_out=day == self.script.day)
        self.house.home.show(PRICE_ENTITY, self._curve.price_at(virtual_now()), **told)

    async def _note(self, request: Request) -> None:
        self.sent.append(request)

    async def morning(self, listener: Listener) -> Morning:
        """How it all ended."""
        charges = await self.cloud.charges()
        told = [data["message"] for action, data in self.house.home.calls if action == "notify/phone"]
        return Morning(
            script=self.script,
            point_ids=self.point_ids,
            charges=charges,
            curve=self._curve,
            posts=[request.path for request in self.sent if request.method == "POST" and "auth" not in request.path],
            told=told,
            states={key: str(state["state"]) for key, state in self.house.home.states.items()},
            log=list(listener.lines),
            bugs=list(listener.bugs),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What is true in the end."""

    script: Script
    point_ids: Sequence[int]
    charges: Sequence[TrueCharge]
    """All of the night, as they really were."""
    curve: PriceCurve
    posts: Sequence[str]
    """Commands that reached the cloud, by their paths."""
    told: Sequence[str]
    """What the phone was told."""
    states: Mapping[str, str]
    """Of Home Assistant's entities; ours are not among them where a broker has them."""
    log: Sequence[str]
    bugs: Sequence[str]
    """Exceptions that were logged."""

    def kwh(self, charger: int = 0, start: str = "", end: str = "") -> float:
        """What flowed, in all or between two times."""
        first = self.script.moment(start or self.script.begins)
        last = self.script.moment(end or self.script.ends)
        return sum(flow.kwh_between(first, last) for charge in self.of(charger) for flow in charge.flows)

    def of(self, charger: int) -> Sequence[TrueCharge]:
        """A charger's charges."""
        return [charge for charge in self.charges if charge.point_id == self.point_ids[charger]]

    @property
    def starts(self) -> int:
        return sum(path == "charges" for path in self.posts)

    @property
    def cost(self) -> float:
        """Of all that flowed, by the prices that were shown last."""
        night = list(pieces(self.curve, self.script.moment(self.script.begins), self.script.moment(self.script.ends)))
        return cost_of([flow for charge in self.charges for flow in charge.flows], night)


# -- events --------------------------------------------------------------------


def happen(at: str, event: str, *, charger: int = 0, **details: object) -> Event:
    """Anything that can happen at a charger: the events of OTHER_CLOUDS.md."""

    async def do(night: Playing) -> None:
        await night.cloud.happen(event, point_id=night.point_ids[charger], **details)

    return Event(at, do)


def plug(at: str, *, wants_kwh: float = 60.0, power_kw: float = 11.0, charger: int = 0) -> Event:
    """A cable goes in."""
    return happen(at, "plug_in", charger=charger, wants_kwh=wants_kwh, power_kw=power_kw, starts_by_itself=False)


def unplug(at: str, *, charger: int = 0) -> Event:
    return happen(at, "unplug", charger=charger)


def press(at: str, *, on: bool, charger: int = 0) -> Event:
    """The switch in Home Assistant."""

    async def do(night: Playing) -> None:
        if broker := night.house.broker:
            broker.send(f"smart_charging/{night.point_ids[charger]}/switch/charging/set", ON if on else OFF)
            return
        target = {"entity_id": f"switch.monta_{NAMES[charger].lower()}_charging"}
        data = {"domain": "switch", "service": "turn_on" if on else "turn_off", "service_data": target}
        night.house.home.fire("call_service", data)

    return Event(at, do)


def say(at: str, entity_id: str, state: object, **attributes: Any) -> Event:
    """An entity of Home Assistant's, such as a helper that a setting follows."""

    async def do(night: Playing) -> None:
        night.house.home.show(entity_id, state, **attributes)

    return Event(at, do)


def price(at: str, *per_kwh: float) -> Event:
    """Other prices are published, from 18:00 on like the first ones; none at all are unavailable."""

    async def do(night: Playing) -> None:
        if per_kwh:
            night.show_prices(per_kwh)
        else:
            night.house.home.show(PRICE_ENTITY, "unavailable")

    return Event(at, do)


def fault(at: str, failure: Failure, *, path: str = "", method: str = "", times: int = 1) -> Event:
    """The next requests fail whose path begins like this."""

    async def do(night: Playing) -> None:
        night.line.failures.add(failure, path, times, method)

    return Event(at, do)


def kill(at: str, *, for_s: float = 20) -> Event:
    """AppDaemon ends where it stands, and is started again later."""

    async def do(night: Playing) -> None:
        night.house.kill()
        await asyncio.sleep(for_s)
        await night.start()

    return Event(at, do)


def clock(at: str, *, ahead_s: float) -> Event:
    """The machine's clock is so far ahead from now on."""

    async def do(night: Playing) -> None:
        night.house.host.ahead = timedelta(seconds=ahead_s)

    return Event(at, do)


def home_assistant_away(at: str, *, for_s: float, restarted: bool = True) -> Event:
    async def do(night: Playing) -> None:
        night.house.home.go_away()
        await asyncio.sleep(for_s)
        night.house.home.come_back(restarted=restarted)

    return Event(at, do)
