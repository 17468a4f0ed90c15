"""A household of its own for a benchmark, over Monta's stand-in and in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smart_charging.clouds.monta.client import MontaClient, monta_budget
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from worlds.fakes import BASE_URL, shorten
from worlds.household import Household
from worlds.virtual_time import Clock


@asynccontextmanager
async def household(clock: Clock) -> AsyncIterator[Household]:
    """With one charger, and with the quota that users have."""
    monta = MontaStandIn(now=clock)
    budget = monta_budget(now=clock, sleep=clock.sleep, jitter=lambda least, _most: least)
    tokens = monta.tokens
    async with MontaClient(
        client_id=tokens.client_id, client_secret=tokens.client_secret, base_url=BASE_URL, budget=budget, now=clock
    ) as client:
        yield Household(monta, MontaCloud(shorten(client, monta)), clock)
