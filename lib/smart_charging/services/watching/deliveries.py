"""What a cloud sends by itself, taken at an address that nobody can guess."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping

from smart_charging.clouds.protocol import Pushes
from smart_charging.errors import ChargingError
from smart_charging.services.store import Store

PUSH = "push"
ENDPOINT = "smart_charging_{secret}"
MOST_BYTES = 512 * 1024
"""Of one delivery; AppDaemon's server takes no more than a megabyte in the first place."""
TOO_LARGE, NOT_READY = 413, 503


class Deliveries:
    """Hands deliveries to the cloud's adapter, which checks their secret, and has the chargers read when one is news.

    The address is made once and remembered, in a file that only its owner may read; it stands in no log.
    """

    def __init__(self, cloud: Pushes, store: Store, *, hurry: Callable[[], None], log: logging.Logger) -> None:
        self._cloud = cloud
        self._store = store
        self._log = log
        cloud.follow(hurry)

    async def endpoint(self) -> str:
        """The name of the endpoint."""
        secret = (await self._store.recall(PUSH)).get("secret")
        if not isinstance(secret, str):
            secret = secrets.token_urlsafe(24)
            await self._store.remember(PUSH, {"secret": secret})
        return ENDPOINT.format(secret=secret)

    async def take(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Take one delivery; returns the HTTP status to answer with.

        Args:
            path: What the cloud called behind the base address it was given.
        """
        if len(body) > MOST_BYTES:
            return TOO_LARGE
        try:
            return await self._cloud.receive(path, {name.lower(): value for name, value in headers.items()}, body)
        except ChargingError as err:
            self._log.warning("A delivery could not be taken: %s", err)
            return NOT_READY
