"""Two evenings in a house with four chargers, to be played with whatever version of the apps there is.

On Monday two cars come and are charged. On Tuesday evening the garage charges, the carport was stopped by a person,
a person's charge in the street has a limit, and the workshop's charger has left the account: then AppDaemon is
stopped to get a new version.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import Request
from smart_charging.clouds.monta.stand_in.site import Car
from worlds.fakes import BASE_URL
from worlds.virtual_apps import Arguments, Broker, Line, VirtualHomeAssistant, VirtualHouse, house_of
from worlds.virtual_time import Clock, run, running_loop, virtual_now
from worlds.year_of_prices import DAY, HOUR, ZONE, local

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 2, 9) + n * DAY for n in range(3))
BEGINS_AT = local(MONDAY, 12 * HOUR)
STOPS_AT = local(TUESDAY, 22 * HOUR + HOUR / 3)
"""When AppDaemon is stopped."""
GARAGE, CARPORT, STREET, WORKSHOP = "410001", "410002", "410003", "410004"
_CHARGERS = {GARAGE: "Garage", CARPORT: "Carport", STREET: "Street", WORKSHOP: "Workshop"}
NEW_NAME = "North Garage"
"""Of the garage's charger, from Tuesday on."""
TARGET_KWH, LIMIT_KWH, TAKEN_KW, FUSE_KW, PRICE_LIMIT = 20.0, 9.0, 7.4, 14.0, 2.25
PRICES, PRICE_LIMIT_HELPER = "sensor.nordpool", "input_number.garage_price_limit"
CURRENCY = "DKK"
Happens = Callable[[], None]
ARGUMENTS: Arguments = {
    "charging_monitor": {
        "writer": "mqtt",
        "base_url": BASE_URL,
        "aliases": {int(CARPORT): "left_bay"},
        "poll_idle_s": 300,
        "poll_plugged_in_s": 120,
        "wallet_interval_s": 3600,
        "forget_after_s": 6 * 3600,
    },
    "charging_control": {},
    "charging_scheduler": {
        "price_entity": PRICES,
        "fuse_kw": "input_number.fuse",
        "notify": "notify.phone",
        "chargers": [
            {
                "charge_point_id": int(GARAGE),
                "mode": "off",
                "energy_kwh": 12,
                "power_kw": 11,
                "ready_by": "07:00",
                "price_limit": PRICE_LIMIT_HELPER,
            },
            {
                "charge_point_id": int(CARPORT),
                "soc_percent": "sensor.car_soc",
                "target_soc_percent": "input_number.carport_target",
                "battery_kwh": 58,
                "minimum_soc_percent": 40,
                "ready_by": "input_datetime.carport_ready_by",
            },
        ],
    },
}
_BY_HOUR = (
    *(62, 55, 48, 47, 52, 80),
    *(120, 190, 210, 170, 140, 130),
    *(120, 125, 140, 170, 220, 280),
    *(290, 240, 160, 40, 45, 70),
)
"""In øre per kWh, by the hour of the day."""


def price_at(at: datetime) -> float:
    """Per kWh, of the quarter of an hour that begins then."""
    wall = at.astimezone(ZONE)
    return round(_BY_HOUR[wall.hour] / 100 + wall.minute / 15 * 0.002 + wall.day * 0.001, 3)


def show_prices(
    home: VirtualHomeAssistant, day: date, *, is_tomorrow_out: bool, entity_id: str = PRICES, tells_past: bool = True
) -> None:
    """As Nord Pool's integration does, but that some sources do not tell of what is past."""
    quarter = virtual_now().replace(minute=virtual_now().minute // 15 * 15)
    home.show(
        entity_id,
        price_at(quarter),
        raw_today=[row for row in _rows(day) if tells_past or row["start"] >= quarter.astimezone(ZONE).isoformat()],
        raw_tomorrow=list(_rows(day + DAY)) if is_tomorrow_out else [],
        unit="kWh",
        currency=CURRENCY,
        price_in_cents=False,
    )


def _rows(day: date) -> Iterator[dict[str, Any]]:
    at = local(day)
    while at < local(day + DAY):
        start, end = (moment.astimezone(ZONE).isoformat() for moment in (at, at + HOUR / 4))
        yield {"start": start, "end": end, "value": price_at(at)}
        at += HOUR / 4


def show_helpers(home: VirtualHomeAssistant) -> None:
    """What people have set, none of it new."""
    home.show(PRICE_LIMIT_HELPER, PRICE_LIMIT, min=-1)
    home.show("input_number.fuse", FUSE_KW, unit_of_measurement="kW")
    home.show("input_number.carport_target", 80)
    home.show("input_datetime.carport_ready_by", "06:45:00")


class World:
    """The cloud, its chargers and what happens to them; all of it can be played again without any app."""

    def __init__(self, line: type[Line] = Line) -> None:
        self.monta = MontaStandIn(now=virtual_now, price=price_at, currency=CURRENCY)
        self.happened: list[Mapping[str, Any]] = []
        """So far and in order: what people did to chargers, and what the apps asked of the cloud."""
        self.line = line(self.monta)
        self.line.after = self.note

    def happen(self, what: str, **details: Any) -> None:
        """Somebody does something to a charger."""
        self.happened.append({"at": virtual_now().isoformat(), "what": what, **details})
        self._do(what, details)

    async def replay(self, happened: Sequence[Mapping[str, Any]]) -> None:
        """Bring about the same again, each at its moment."""
        for event in happened:
            running_loop().clock.leap(datetime.fromisoformat(event["at"]))
            details = {key: value for key, value in event.items() if key not in {"at", "what"}}
            if event["what"] == "request":
                await self.monta.respond(Request(**details))
            else:
                self._do(event["what"], details)
        self.monta.requests.clear()

    def _do(self, what: str, details: Mapping[str, Any]) -> None:
        point_id = int(details["charge_point_id"])
        match what:
            case "install":
                assert self.monta.add_charge_point(details["name"], max_kw=details["max_kw"]) == point_id
            case "rename":
                self.monta.site.points[point_id].name = details["name"]
            case "remove":
                del self.monta.site.points[point_id]
            case "plug in":
                car = Car(wants_kwh=details["wants_kwh"], max_power_kw=details["max_power_kw"])
                self.monta.plug_in(point_id, car)
            case "unplug":
                self.monta.unplug(point_id)

    def note(self, request: Request, status: int) -> None:
        """Remember a request for a replay; what only reads changes nothing."""
        if request.method == "POST" and status == 200:
            details = {"method": request.method, "path": request.path, "json": request.json}
            headers = {key: value for key, value in request.headers.items() if key == "authorization"}
            self.happened.append({"at": virtual_now().isoformat(), "what": "request", **details, "headers": headers})


@dataclass(slots=True)
class LastVersionEvening:
    """One that is played, and what is there when the house stops."""

    folder: Path
    world: World = field(default_factory=World)
    broker: Broker = field(default_factory=Broker)

    async def play(self) -> None:
        """From Monday noon on."""
        async with house_of(self.folder, self.world.line, self.world.monta, self.broker) as house:
            self._install()
            show_helpers(house.home)
            show_prices(house.home, MONDAY, is_tomorrow_out=False)
            await house.start(ARGUMENTS)
            for at, happen in self._script(house):
                await running_loop().clock.sleep_until(at)
                happen()
            await running_loop().clock.sleep_until(STOPS_AT)
            await house.stop()

    def _install(self) -> None:
        for point_id, name in _CHARGERS.items():
            self.world.happen("install", charge_point_id=point_id, name=name, max_kw=11.0)

    def _script(self, house: VirtualHouse) -> list[tuple[datetime, Happens]]:
        days = [event for day in (MONDAY, TUESDAY) for event in _publications(house.home, day)]
        script = [*days, *self._cars(), *self._people(house.home)]
        return sorted(script, key=lambda event: event[0])

    def _cars(self) -> Iterator[tuple[datetime, Happens]]:
        happen = self.world.happen
        car = partial(happen, "plug in", charge_point_id=GARAGE, wants_kwh=45.0, max_power_kw=TAKEN_KW)
        other_car = partial(happen, "plug in", charge_point_id=CARPORT, wants_kwh=45.0, max_power_kw=11.0)
        yield local(MONDAY, 17 * HOUR), car
        yield local(MONDAY, 17.5 * HOUR), other_car
        yield local(TUESDAY, 7.5 * HOUR), partial(happen, "unplug", charge_point_id=GARAGE)
        yield local(TUESDAY, 8 * HOUR), partial(happen, "unplug", charge_point_id=CARPORT)
        yield local(TUESDAY, 16 * HOUR), partial(happen, "rename", charge_point_id=GARAGE, name=NEW_NAME)
        yield local(TUESDAY, 17 * HOUR), car
        yield local(TUESDAY, 17.5 * HOUR), other_car
        yield local(TUESDAY, 18 * HOUR), partial(happen, "remove", charge_point_id=WORKSHOP)
        guest = partial(happen, "plug in", charge_point_id=STREET, wants_kwh=30.0, max_power_kw=3.6)
        yield local(TUESDAY, 20.5 * HOUR), guest

    def _people(self, home: VirtualHomeAssistant) -> Iterator[tuple[datetime, Happens]]:
        """What they say, and what their cars say."""
        send, soc = self.broker.send, partial(home.show, "sensor.car_soc", unit_of_measurement="%")
        garage, carport = f"smart_charging/{GARAGE}", f"smart_charging/{CARPORT}"
        yield local(MONDAY, 12.5 * HOUR), partial(send, f"{garage}/select/mode/set", "smart")
        yield local(MONDAY, 17.4 * HOUR), partial(soc, state=35)
        yield local(TUESDAY, 17.1 * HOUR), partial(send, f"{garage}/number/target_energy/set", str(TARGET_KWH))
        yield local(TUESDAY, 17.1 * HOUR), partial(send, f"{garage}/text/ready_by/set", "06:30")
        yield local(TUESDAY, 17.4 * HOUR), partial(soc, state=33)
        yield local(TUESDAY, 17.75 * HOUR), partial(send, f"{carport}/switch/charging/set", "off")
        limited = {"command": "start", "charge_point_id": "Street", "limit_kwh": LIMIT_KWH}
        yield local(TUESDAY, 20.6 * HOUR), partial(home.fire, "monta_command", limited)


def _publications(home: VirtualHomeAssistant, day: date) -> Iterator[tuple[datetime, Happens]]:
    """At midnight tomorrow becomes today; after lunch there is another tomorrow."""
    if day > MONDAY:
        yield local(day), partial(show_prices, home, day, is_tomorrow_out=False)
    yield local(day, 13 * HOUR), partial(show_prices, home, day, is_tomorrow_out=True)


def played(folder: Path) -> LastVersionEvening:
    """Play it into an empty folder."""

    async def play() -> LastVersionEvening:
        evening = LastVersionEvening(folder)
        await evening.play()
        return evening

    random.seed("evening")  # the apps spread out their requests
    return run(play(), Clock(BEGINS_AT))
