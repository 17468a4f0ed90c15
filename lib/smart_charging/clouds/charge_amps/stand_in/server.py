"""Serves the stand-in over HTTP on loopback, at a free port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn
from smart_charging.clouds.http.stand_in.server import serve_at

_PREFIX = "/api/"
"""Of both APIs; the External API goes on with `v5/`."""


@asynccontextmanager
async def serve(stand_in: ChargeAmpsStandIn, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Run the stand-in until the block ends; yields the address below which both APIs are."""
    async with serve_at(stand_in, _PREFIX, host=host, port=port) as url:
        yield url.removesuffix(_PREFIX)
