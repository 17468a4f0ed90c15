"""A site with many chargers in virtual time: people come and go, the apps' loops look on, and delays are noted."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smart_charging.clouds.monta.client import MontaClient, monta_budget
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import Request, Response
from smart_charging.clouds.monta.stand_in.site import Car, Charge, ChargePoint
from smart_charging.config.monitor import MonitorSettings
from smart_charging.entities.states import HomeAssistantStates
from smart_charging.services.control.control import Control
from smart_charging.services.control.origins import Origin
from smart_charging.services.watching.hub import Hub
from worlds.fakes import BASE_URL, shorten
from worlds.household import FakeHass
from worlds.virtual_time import Clock, running_loop

ONE_WAY = timedelta(seconds=0.15)
"""What a request takes to Monta, and its answer back."""
LOG = logging.getLogger("fleet")


class DistantStandIn(MontaStandIn):
    """Monta at the end of a line on which things take their time, virtual as it is."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(now=clock)
        self._clock = clock

    async def respond(self, request: Request) -> Response:
        await self._clock.sleep(ONE_WAY.total_seconds())
        response = await super().respond(request)
        await self._clock.sleep(ONE_WAY.total_seconds())
        return response


@dataclass(slots=True)
class Delays:
    """Seconds from something that happened until it was to be seen."""

    plugged_in_s: list[float] = field(default_factory=list)
    charge_begin_s: list[float] = field(default_factory=list)
    charge_end_s: list[float] = field(default_factory=list)
    plugged_in_missed: int = 0
    """Cables that were gone before anybody showed them."""
    charge_end_missed: int = 0


class Site:
    """Charge points whose drivers come and go by a seed; whoever watches tells what it sees."""

    def __init__(self, clock: Clock, chargers: int, *, seed: int = 1) -> None:
        self.clock = clock
        self.monta = DistantStandIn(clock)
        self.ids = [self.monta.add_charge_point(f"P{n}", starts_by_itself=True) for n in range(chargers)]
        self.seen = Delays()
        self._random = random.Random(seed)  # noqa: S311  # repeatable, guards nothing
        self._plugged_in_at: dict[str, datetime] = {}
        self._charging: set[int] = set()
        self._over: set[int] = set()

    async def drivers(self, until: datetime, *, visits: int, stay: timedelta) -> None:
        """At random moments a car comes to a free charger, charges for a half to all of its stay, and leaves."""
        span = until - self.clock.at
        comes = sorted(self.clock.at + span * self._random.random() for _ in range(visits))
        leaving: list[tuple[datetime, int]] = []
        for at in comes:
            for leaves_at, charger_id in sorted(leaving):
                if leaves_at <= at:
                    await self.clock.sleep_until(leaves_at)
                    self._leave(charger_id)
                    leaving.remove((leaves_at, charger_id))
            await self.clock.sleep_until(at)
            if not (free := self._free(at)):
                continue
            charger_id = self._random.choice(free)
            stays = stay * self._random.uniform(0.5, 1.5)
            wants_kwh = 11.0 * self._random.uniform(0.5, 1.0) * (stays / timedelta(hours=1))
            self.monta.plug_in(charger_id, Car(wants_kwh=wants_kwh))
            self._plugged_in_at[str(charger_id)] = at
            leaving.append((at + stays, charger_id))

    def _leave(self, charger_id: int) -> None:
        self.monta.site.catch_up()
        charge = self.monta.site.points[charger_id].charge
        self.seen.plugged_in_missed += self._plugged_in_at.pop(str(charger_id), None) is not None
        self.seen.charge_end_missed += bool(charge and charge.fully_charged_at and charge.id not in self._over)
        self.monta.unplug(charger_id)

    def _free(self, at: datetime) -> list[int]:
        """Chargers without a cable, and not only since a moment ago: a change of cars is nothing to be seen."""
        points = self.monta.site.points.values()
        return [point.id for point in points if point.car is None and at - point.updated_at > timedelta(minutes=2)]

    def idle(self) -> list[int]:
        """Where a start is not refused."""
        points = self.monta.site.points.values()
        return [point.id for point in points if point.charge is None or not point.charge.is_open]

    def occupied(self) -> list[ChargePoint]:
        """Where a car is."""
        self.monta.site.catch_up()
        return [point for point in self.monta.site.points.values() if point.car]

    def sees(self, charger_id: str, *, is_plugged_in: bool, is_charging: bool | None) -> None:
        """Called by whoever watches, with each charger as shown; None is not asked yet."""
        now = self.clock.at
        if is_plugged_in and (since := self._plugged_in_at.pop(charger_id, None)):
            self.seen.plugged_in_s.append((now - since).total_seconds())
        charge = self.monta.site.points[int(charger_id)].charge
        if charge is None or is_charging is None or charge.id in self._over:
            return
        if charge.fully_charged_at and charge.id not in self._charging:
            return  # a full car took nothing that could have been seen
        if is_charging and charge.id not in self._charging and charge.started_at:
            self._charging.add(charge.id)
            self.seen.charge_begin_s.append((now - charge.started_at).total_seconds())
        elif not is_charging and charge.id in self._charging and (ended_at := _ended_at(charge)):
            self._over.add(charge.id)
            self.seen.charge_end_s.append((now - ended_at).total_seconds())

    @property
    def unseen_s(self) -> list[float]:
        """How long cables have been in that nobody has shown yet."""
        return [(self.clock.at - since).total_seconds() for since in self._plugged_in_at.values()]


def _ended_at(charge: Charge) -> datetime | None:
    moments = [at for at in (charge.fully_charged_at, charge.stopped_at) if at]
    return min(moments, default=None)


class WatchedHass(FakeHass):
    """Shows states, and tells the site's people when they changed."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site
        self._shown: dict[str, dict[str, str]] = {}

    async def set_state(self, entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        await super().set_state(entity_id, state, attributes)
        name, _, key = entity_id.removeprefix("binary_sensor.monta_p").rpartition("_")
        if key in {"cable", "charging"} and name.isdecimal():
            shown = self._shown.setdefault(name, {})
            shown[key] = state
            self._site.sees(
                str(self._site.ids[int(name)]),
                is_plugged_in=shown.get("cable") == "on",
                is_charging=shown.get("charging") == "on",
            )


class Apps:
    """The loops of monitor and control over a site, woken as in AppDaemon, in virtual time."""

    def __init__(self, site: Site, client: MontaClient, settings: MonitorSettings | None = None) -> None:
        self.site = site
        self.clock = site.clock
        self.home = WatchedHass(site)
        self.cloud = MontaCloud(client)
        settings = settings or MonitorSettings.model_validate({})
        self.hub = Hub(
            self.cloud, settings, HomeAssistantStates(self.home.set_state), self.home, clock=self.clock, log=LOG
        )
        assert self.hub.wallet  # Monta keeps one
        self._wallet = self.hub.wallet
        self.control = Control(self.hub, self.home, clock=self.clock, log=LOG, sleep=self.clock.sleep)
        self._woken, self._commanded = asyncio.Event(), asyncio.Event()
        self.hub.polling.wake_with(self._woken.set)
        self.control.wake_with(self._commanded.set)

    async def live(self, until: datetime) -> None:
        """Let the loops run."""
        never = asyncio.Event()
        await asyncio.gather(
            self._loop(self.hub.polling.beat, self._woken, until),
            self._loop(self._wallet.beat, never, until),
            self._loop(self.control.beat, self._commanded, until),
        )

    async def command(self, choices: random.Random) -> None:
        """A person starts or stops a charge somewhere where a car is."""
        if occupied := self.site.occupied():
            point = choices.choice(occupied)
            is_on = point.charge is not None and point.charge.is_open
            await (self.control.stop if is_on else self.control.start)(str(point.id), origin=Origin.PERSON)

    async def _loop(self, beat: Callable[[], Awaitable[timedelta]], woken: asyncio.Event, until: datetime) -> None:
        while self.clock.at < until:
            woken.clear()
            rest = await beat()
            tasks = [
                asyncio.ensure_future(self.clock.sleep(max(0.0, rest.total_seconds()))),
                asyncio.ensure_future(woken.wait()),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


@asynccontextmanager
async def site_and_client(chargers: int, *, seed: int = 1) -> AsyncIterator[tuple[Site, MontaClient]]:
    """A site on the running loop's clock, and the client that somebody watches it with."""
    clock = running_loop().clock
    site = Site(clock, chargers, seed=seed)
    budget = monta_budget(now=clock, sleep=clock.sleep, jitter=lambda least, _most: least)
    async with MontaClient(
        client_id=site.monta.tokens.client_id,
        client_secret=site.monta.tokens.client_secret,
        base_url=BASE_URL,
        budget=budget,
        now=clock,
    ) as client:
        yield site, shorten(client, site.monta)
