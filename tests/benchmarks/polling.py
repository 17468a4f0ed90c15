"""How soon a cable and the begin or end of a charge are shown, what that costs in requests, and a cycle in time.

    PYTHONPATH=lib:tests python -m benchmarks.polling

A day at a quota of 10 requests per 60 s, in virtual time: the demo's stand-in for Monta at the end of a line of
0.15 s each way, the real client and services, drivers who come and go by a seed, and people who start and stop charges
twice a minute, or many at once. Beside them, on the same day, the two cadences in use elsewhere. These are treated
kindly: they show every answer they get, and what is refused ends only that cycle.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from statistics import fmean, median

import httpx
import respx

from smart_charging.clouds.monta.client import MontaClient, monta_budget
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import Request
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.config.monitor import MonitorSettings
from smart_charging.entities.states import HomeAssistantStates
from smart_charging.services.watching.hub import Hub
from worlds.fakes import BASE_URL, mount
from worlds.fleet import Apps, Site, site_and_client
from worlds.household import LOG, FakeHass
from worlds.virtual_time import Clock, run

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
VISITS: Mapping[int, tuple[int, timedelta]] = {
    1: (40, 20 * MINUTE),
    12: (48, 2 * HOUR),
    100: (150, 5 * HOUR),
    150: (225, 5 * HOUR),
}
"""Chargers to cars a day, and how long each stays on average."""


class Poller(ABC):
    """Somebody else's way of looking at Monta: no quota of its own, no memory of a refusal."""

    every: timedelta
    name: str

    def __init__(self, site: Site) -> None:
        self._site = site
        self._http = httpx.AsyncClient(base_url=BASE_URL)
        self._token = ""
        self._token_until = site.clock.at

    async def live(self, until: datetime) -> None:
        async with self._http:
            await self._live(until)

    async def _live(self, until: datetime) -> None:
        while self._site.clock.at < until:
            began = self._site.clock.at
            try:
                await self._log_in()
                await self._cycle()
            except httpx.HTTPStatusError:
                pass
            await self._site.clock.sleep(max(0.0, (began + self.every - self._site.clock.at).total_seconds()))

    @abstractmethod
    async def _cycle(self) -> None: ...

    async def _log_in(self) -> None:
        if self._site.clock.at >= self._token_until:
            body = {
                "clientId": self._site.monta.tokens.client_id,
                "clientSecret": self._site.monta.tokens.client_secret,
            }
            answer = (await self._http.post("auth/token", json=body)).raise_for_status()
            self._token, self._token_until = answer.json()["accessToken"], self._site.clock.at + 55 * MINUTE

    async def _list(self, path: str, **query: int) -> list[dict[str, object]]:
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = await self._http.get(path, params={"perPage": 100, "page": 0, **query}, headers=headers)
        items: list[dict[str, object]] = answer.raise_for_status().json()["data"]
        return items

    def _show(self, point: Mapping[str, object], newest_charge: Mapping[str, object] | None) -> None:
        self._site.sees(
            str(point["id"]),
            is_plugged_in=bool(point["cablePluggedIn"]),
            is_charging=newest_charge is not None and newest_charge["state"] == "charging",
        )


class ListAndEach(Poller):
    every, name = timedelta(seconds=30), "a list and a call per charger every 30 s"

    async def _cycle(self) -> None:
        points = await self._list("charge-points")
        for point in points:
            self._site.sees(str(point["id"]), is_plugged_in=bool(point["cablePluggedIn"]), is_charging=None)
        for point in points:
            self._show(point, next(iter(await self._list("charges", chargePointId=int(str(point["id"])))), None))


class TwoLists(Poller):
    every, name = timedelta(seconds=120), "two lists every 120 s"

    async def _cycle(self) -> None:
        points, newest = await self._list("charge-points"), dict[object, dict[str, object]]()
        for charge in reversed(await self._list("charges")):
            newest[charge["chargePointId"]] = charge
        for point in points:
            self._show(point, newest.get(point["id"]))


@dataclass(frozen=True, slots=True)
class Day:
    """A line of the table."""

    origin: str
    site: Site

    def cells(self) -> Sequence[object]:
        at = [request.at for request in self.site.monta.requests]
        seen, minutes = self.site.seen, (at[-1] - at[0]) / MINUTE
        return (
            len(self.site.ids),
            self.origin,
            f"{len(at) / minutes:.1f}",
            most_in_a_minute(at),
            self.site.monta.quota.refused,
            *spread(seen.plugged_in_s),
            seen.plugged_in_missed,
            *spread([*seen.charge_begin_s, *seen.charge_end_s]),
            seen.charge_end_missed,
        )


def most_in_a_minute(moments: Sequence[datetime]) -> int:
    most = first = 0
    for last, at in enumerate(moments):
        while at - moments[first] >= MINUTE:
            first += 1
        most = max(most, last - first + 1)
    return most


def spread(seconds: Sequence[float]) -> tuple[str, str, str]:
    """Median, 95th percentile and the worst."""
    if not seconds:
        return "-", "-", "-"
    ordered = sorted(seconds)
    return tuple(f"{ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.0f}" for share in (0.5, 0.95, 1))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Pressed:
    """So many commands at once, in the mean two a minute."""

    at_once: int = 1

    async def press(self, apps: Apps, until: datetime) -> None:
        choices = random.Random(5)  # noqa: S311  # repeatable, guards nothing
        while apps.clock.at + 30 * self.at_once * timedelta(seconds=1) < until - 5 * MINUTE:
            await apps.clock.sleep(30.0 * self.at_once)
            await asyncio.gather(*(apps.command(choices) for _ in range(self.at_once)))


async def day(chargers: int, hours: float, other: type[Poller] | None, pressed: Pressed | None = None) -> Day:
    async with site_and_client(chargers, seed=2026) as (site, client):
        visits, stay = VISITS[chargers]
        until = site.clock.at + hours * HOUR
        watcher = other(site) if other else Apps(site, client)
        people = asyncio.ensure_future(pressed.press(watcher, until)) if pressed and isinstance(watcher, Apps) else None
        drivers = site.drivers(until, visits=round(visits * hours / 24), stay=stay)
        with respx.mock(assert_all_called=False) as router:
            mount(site.monta, router)  # for pollers, which send over HTTP
            await asyncio.gather(watcher.live(until), drivers)
        if people:
            people.cancel()
        name = other.name if other else "these apps"
        return Day(f"{name}, commands {pressed.at_once} at a time" if pressed else name, site)


class Recorded:
    """A few moments of Monta's answers, given again and again, so that making them costs nothing."""

    def __init__(self, moments: Sequence[Mapping[str, bytes]]) -> None:
        self._moments = cycle(moments)
        self._now = next(self._moments)

    def turn(self) -> None:
        self._now = next(self._moments)

    def answer(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, content=self._now.get(_key(request.url), b'{"data": [], "meta": {"totalPageCount": 0}}')
        )


def _key(url: httpx.URL) -> str:
    return f"{url.path.rpartition('/')[2]}?{url.params.get('page', '')}&{url.params.get('chargePointId', '')}"


async def recorded(chargers: int) -> Recorded:
    """Two thirds of the chargers have a car that charges."""
    clock = Clock()
    monta = MontaStandIn(now=clock, quota=10**6)  # only asked for answers to be given later, all in one moment
    for number in range(chargers):
        charger_id = monta.add_charge_point(f"Charger {number}", starts_by_itself=True)
        if number % 3:
            monta.plug_in(charger_id, Car(wants_kwh=60))
    moments = []
    for _ in range(4):
        clock.advance(seconds=30)
        moments.append(await _moment(monta, chargers))
    return Recorded(moments)


async def _moment(monta: MontaStandIn, chargers: int) -> dict[str, bytes]:
    token = {"clientId": monta.tokens.client_id, "clientSecret": monta.tokens.client_secret}
    login = (await monta.respond(Request(method="POST", path="auth/token", json=token))).body
    assert isinstance(login, Mapping)
    bearer = {"authorization": f"Bearer {login['accessToken']}"}
    answers = {"token?&": httpx.Response(200, json=login).content}
    pages = [("charge-points", page) for page in range(-(-chargers // 100))] + [("charges", 0)]
    for path, page in pages:
        query = {"page": str(page), "perPage": "100"}
        body = (await monta.respond(Request(method="GET", path=path, query=query, headers=bearer))).body
        answers[f"{path}?{page}&"] = httpx.Response(200, json=body).content
    return answers


async def cost_ms(chargers: int, cycles: int = 20) -> tuple[float, float]:
    """CPU time of the first cycle, and the median of those after it."""
    answers, clock, hass = await recorded(chargers), Clock(), FakeHass()
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=BASE_URL).mock(side_effect=answers.answer)
        budget = monta_budget(quota=10**6, now=clock, sleep=clock.sleep)
        async with MontaClient(client_id="a", client_secret="b", base_url=BASE_URL, budget=budget, now=clock) as client:
            settings = MonitorSettings.model_validate({})
            hub = Hub(MontaCloud(client), settings, HomeAssistantStates(hass.set_state), hass, clock=clock, log=LOG)
            times = []
            for _ in range(cycles):
                began = time.process_time()
                await hub.polling.beat()
                times.append((time.process_time() - began) * 1000)
                clock.advance(seconds=30)
                answers.turn()
    return times[0], median(times[1:])


WHO = ((None, None), (None, Pressed()), (None, Pressed(5)), (None, Pressed(10)), (ListAndEach, None), (TwoLists, None))


def print_days(hours: float, sizes: Sequence[int]) -> None:
    print(f"{hours:g} hours at 10 requests per 60 s; seconds until shown as median / 95 % / worst\n")
    print("| chargers | who | requests a minute | at most | 429s | cable | missed | begin or end of charge | missed |")
    print("|---|---|---|---|---|---|---|---|---|")
    for chargers in sizes:
        for other, pressed in WHO:
            n, origin, mean, most, refused, *rest = run(day(chargers, hours, other, pressed), Clock()).cells()
            cable, cable_missed, end, end_missed = rest[:3], rest[3], rest[4:7], rest[7]
            spreads = [" / ".join(map(str, three)) for three in (cable, end)]
            row = [n, origin, mean, most, refused, spreads[0], cable_missed, spreads[1], end_missed]
            print(f"| {' | '.join(map(str, row))} |", flush=True)


def print_costs() -> None:
    print("\n| chargers | first cycle, CPU ms | later cycles, CPU ms | ms per charger |\n|---|---|---|---|")
    for chargers in (1, 12, 150, 1500):
        first, later = map(fmean, zip(*(asyncio.run(cost_ms(chargers)) for _ in range(3)), strict=True))
        print(f"| {chargers} | {first:.1f} | {later:.1f} | {later / chargers:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--chargers", type=int, nargs="*", default=list(VISITS), choices=list(VISITS))
    arguments = parser.parse_args()
    print_days(arguments.hours, arguments.chargers)
    print_costs()


if __name__ == "__main__":
    main()
