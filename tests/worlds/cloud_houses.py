"""Nights at a house whose charger belongs to another cloud than Monta, through the real apps over the cloud's stand-in.

`CLOUD_HOUSES` has an entry per cloud; whoever plays a night needs not know which one it is.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

from smart_charging.clouds.charge_amps.client import ExternalClient
from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn, Habits
from smart_charging.clouds.charge_amps.stand_in.site import Car
from smart_charging.clouds.enphase.stand_in.habits import Habits as EnphaseHabits
from smart_charging.clouds.http.stand_in.messages import LoggedRequest, Request, Response
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from worlds.charge_amps import EXTERNAL, TAG
from worlds.enphase import EnphaseHouse
from worlds.partner_house import PartnerHouse
from worlds.virtual_apps import Broker, Line, OtherClouds, VirtualHouse, house_of
from worlds.virtual_time import Clock, run, virtual_now

PRICE_ENTITY = "sensor.prices"


class CloudHouse(Protocol):
    """A cloud's stand-in with one charger, and what people and cars do there."""

    charger_id: str
    credentials: str
    """For secrets.yaml."""
    arguments: Mapping[str, Any]
    """Of the monitor."""
    base_url: str
    """As HTTP clients are made with it."""
    clients: Mapping[str, Any]
    """What makes a client of the cloud, by the name under which the adapter finds it."""

    @property
    def requests(self) -> Sequence[LoggedRequest]:
        """All there were so far."""
        ...

    async def respond(self, request: Request) -> Response:
        """Answer one request to the base URL."""
        ...

    def plug_in(self, wants_kwh: float) -> None:
        """A car comes."""
        ...

    def unplug(self) -> None:
        """It leaves."""
        ...

    def fail(self, *, is_down: bool) -> None:
        """Let every request fail, or none any more."""
        ...

    @property
    def delivered_kwh(self) -> float:
        """By the stand-in's own meter."""
        ...

    @property
    def logins(self) -> int:
        """How often somebody logged in with e-mail and password."""
        ...

    @property
    def refusals(self) -> int:
        """429s and blocks."""
        ...


class ChargeAmpsHouse:
    """Over the External API."""

    base_url = "https://eapi.charge.space/api/v5/"

    def __init__(self, clock: Clock, habits: Habits) -> None:
        self.cloud = ChargeAmpsStandIn(now=clock, habits=habits)
        self.point_id = self.cloud.add_charge_point("Garage")
        self.charger_id = f"{self.point_id}:1"
        logins = self.cloud.logins
        self.credentials = (
            f"charge_amps_email: {logins.email}\ncharge_amps_password: {logins.password}\n"
            f"charge_amps_api_key: {logins.api_key}\n"
        )
        self.arguments: Mapping[str, Any] = {"cloud": "charge_amps", "rfid_tag": TAG}
        client = partial(ExternalClient, now=virtual_now)
        self.clients: Mapping[str, Any] = {"smart_charging.clouds.charge_amps.cloud.ExternalClient": client}

    async def respond(self, request: Request) -> Response:
        return await self.cloud.respond(replace(request, path=EXTERNAL + request.path))

    @property
    def requests(self) -> Sequence[LoggedRequest]:
        return self.cloud.requests

    def plug_in(self, wants_kwh: float) -> None:
        self.cloud.plug_in(self.point_id, Car(wants_kwh=wants_kwh))

    def unplug(self) -> None:
        self.cloud.unplug(self.point_id)

    def fail(self, *, is_down: bool) -> None:
        self.cloud.outage = 503 if is_down else None

    @property
    def delivered_kwh(self) -> float:
        return self.cloud.delivered_kwh()

    @property
    def logins(self) -> int:
        return len(self.cloud.logins.logged_in_at)

    @property
    def refusals(self) -> int:
        return self.cloud.defence.refused


def drawn_charge_amps(clock: Clock, dice: random.Random) -> CloudHouse:
    return ChargeAmpsHouse(clock, Habits.drawn(dice))


def drawn_enphase(clock: Clock, dice: random.Random) -> CloudHouse:
    return EnphaseHouse(clock, EnphaseHabits.drawn(dice))


def drawn_monta_partner(clock: Clock, _dice: random.Random) -> CloudHouse:
    return PartnerHouse(clock)


CLOUD_HOUSES: Mapping[str, Callable[[Clock, random.Random], CloudHouse]] = {
    "charge_amps": drawn_charge_amps,
    "enphase": drawn_enphase,
    "monta_partner": drawn_monta_partner,
}


@dataclass(slots=True, kw_only=True)
class CloudNights:
    """The apps at work in such a house; `apps` is what apps.yaml says."""

    at: CloudHouse
    folder: Path
    clock: Clock
    broker: Broker | None = None
    monta: MontaStandIn | None = None
    """Another account beside it, if there is one."""
    house: VirtualHouse | None = None

    def apps(self, **car: Any) -> Mapping[str, Mapping[str, Any]]:
        """Monitor, control, and a scheduler with one car of 11 kW."""
        wanted = {"energy_kwh": 11, "power_kw": 11, "ready_by": "07:00", **car}
        return {
            "charging_monitor": self.at.arguments,
            "charging_control": {"monitor": "charging_monitor"},
            "charging_scheduler": {
                "monitor": "charging_monitor",
                "price_entity": PRICE_ENTITY,
                "chargers": [{"charge_point_id": self.at.charger_id, **wanted}],
            },
        }

    def play(self, script: Callable[[CloudNights], Awaitable[None]]) -> None:
        """Run a script in virtual time; it starts the apps itself."""
        run(self._play(script), self.clock)

    async def begin(self, apps: Mapping[str, Mapping[str, Any]], at: datetime, prices: Sequence[float]) -> None:
        """Start the apps with these prices, and let them see the chargers."""
        self.show_prices(at, prices)
        await self.running.start(apps)
        await asyncio.sleep(30)

    def show_prices(self, at: datetime, prices: Sequence[float]) -> None:
        """Prices of an hour each from a moment on."""
        hours = [at + hour * timedelta(hours=1) for hour in range(len(prices) + 1)]
        rows = [
            {"start": begin.isoformat(), "end": end.isoformat(), "value": price}
            for (begin, end), price in zip(pairwise(hours), prices, strict=True)
        ]
        self.running.home.show(PRICE_ENTITY, "1", raw_today=rows, raw_tomorrow=[], unit="kWh", currency="DKK")

    @property
    def running(self) -> VirtualHouse:
        """The house while a script is played."""
        assert self.house
        return self.house

    def state(self, entity: str) -> str | None:
        """Of the charger: `plan`, or with a domain `switch.charging`."""
        domain, _, key = entity.rpartition(".")
        return self.running.state(f"{domain or 'sensor'}.{self.at.arguments['cloud']}_garage_{key}")

    async def _play(self, script: Callable[[CloudNights], Awaitable[None]]) -> None:
        cloud: Any = self.at
        others = OtherClouds(lines={self.at.base_url: Line(cloud)})
        monta = self.monta or MontaStandIn(now=self.clock)
        with ExitStack() as stack:
            for name, client in self.at.clients.items():
                stack.enter_context(patch(name, client))
            for module in ("note_file", "token_file"):
                stack.enter_context(patch(f"smart_charging.clouds.http.{module}.replace_file", _write))
            async with house_of(self.folder, Line(monta), monta, self.broker, others) as self.house:
                with (self.folder / "secrets.yaml").open("a", encoding="utf-8") as secrets:
                    secrets.write(self.at.credentials)
                await script(self)


def _write(file: Path, text: str) -> None:
    """Without waiting for the disk."""
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
