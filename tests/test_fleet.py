"""Half an hour at ten requests a minute, with default settings and a line to Monta that takes its time."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from worlds.fleet import ONE_WAY, Apps, Site, site_and_client
from worlds.virtual_time import Clock, run

SPAN = timedelta(minutes=30)
START_UP = timedelta(minutes=2)
"""Login, wallet and the first look at every charger come on top of the polls."""


@dataclass(slots=True)
class Lived:
    """What became of it."""

    site: Site
    left_at: list[datetime] = field(default_factory=list)
    """When each command was given."""

    @property
    def arrived_at(self) -> list[datetime]:
        return [request.at for request in self.site.monta.sent("charges", "POST")]


async def half_an_hour(chargers: int, *, commands: int) -> Lived:
    async with site_and_client(chargers) as (site, client):
        site.monta.tokens.access_life = timedelta(minutes=20)  # so that it is renewed meanwhile
        apps, lived = Apps(site, client), Lived(site)
        until = site.clock.at + START_UP + SPAN

        async def drive() -> None:
            await site.clock.sleep(START_UP.total_seconds())
            await site.drivers(until, visits=max(10, chargers // 2), stay=timedelta(minutes=20))

        async def command() -> None:
            moments = random.Random(7)  # noqa: S311  # repeatable, guards nothing
            for _ in range(commands):
                await site.clock.sleep(SPAN.total_seconds() / commands * moments.uniform(0.5, 1.5))
                lived.left_at.append(site.clock.at)
                await apps.cloud.start(str(moments.choice(site.idle())))
                apps.hub.polling.hurry()

        await asyncio.gather(apps.live(until), drive(), command())
        return lived


@pytest.fixture(scope="module", params=[1, 12, 150])
def site(request: pytest.FixtureRequest) -> Site:
    """After half an hour without commands."""
    return run(half_an_hour(request.param, commands=0), Clock()).site


def test_a_cable_is_seen_within_30_s(site: Site) -> None:
    assert len(site.seen.plugged_in_s) >= len(site.ids) // 4
    assert max([*site.seen.plugged_in_s, *site.unseen_s]) <= 30


def test_no_poll_is_refused(site: Site) -> None:
    assert site.monta.quota.refused == 0


def test_polls_leave_room_for_the_wallet_and_for_charges(site: Site) -> None:
    sent = [str(request) for request in site.monta.requests]

    assert sent.count("GET wallet-transactions") >= 3
    assert sent.count("GET charges") >= 45


@pytest.mark.parametrize("chargers", [12, 150])
def test_a_command_never_waits_for_a_poll(chargers: int) -> None:
    lived = run(half_an_hour(chargers, commands=20), Clock())

    waits = [at - left_at - ONE_WAY for at, left_at in zip(lived.arrived_at, lived.left_at, strict=True)]
    assert sorted(waits)[:-1] == [timedelta(0)] * 19
    assert max(waits) <= 2 * ONE_WAY  # somebody is renewing the token
    assert lived.site.monta.quota.refused == 0
