"""Serves the stand-in over HTTP on loopback, at a free port."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from smart_charging.clouds.http.stand_in.server import serve_at
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn

_PREFIX = "/api/v1/"


def serve(stand_in: MontaStandIn, *, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
    """Run the stand-in until the block ends; yields the base URL."""
    return serve_at(stand_in, _PREFIX, host=host, port=port)
