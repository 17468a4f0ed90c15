"""Keeps a bug at one charger from holding up the others."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Bulkhead:
    """Between the parts of a round that have nothing to do with each other."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log

    async def survived(self, what: str, work: Awaitable[T]) -> T | None:
        """What came of a part; None when it met a bug, so that the other parts go on."""
        try:
            return await work
        except Exception:  # noqa: BLE001  # one charger's bug must not leave the other cars empty
            self._log.exception("%s: this should not happen; please report it", what)
            return None
