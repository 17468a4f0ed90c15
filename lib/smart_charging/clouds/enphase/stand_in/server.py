"""Serves the stand-in over HTTP on loopback, at a free port."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from smart_charging.clouds.enphase.stand_in.cloud import EnphaseStandIn
from smart_charging.clouds.http.stand_in.server import serve_at

PREFIX = "/"


def serve(stand_in: EnphaseStandIn, *, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
    """Run the stand-in until the block ends; yields the base URL. Its tokens are at `tokens` below it."""
    return serve_at(stand_in, PREFIX, host=host, port=port)
