"""Serves the stand-in over HTTP on loopback, at a free port."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn
from smart_charging.clouds.http.stand_in.server import serve_at

PREFIX = "/api/"
"""Of both APIs; those of the External API go on with `v5/`."""


def serve(stand_in: ChargeAmpsStandIn, *, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
    """Run the stand-in until the block ends; yields the base URL of the web app's API."""
    return serve_at(stand_in, PREFIX, host=host, port=port)
