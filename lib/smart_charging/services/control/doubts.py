"""Chargers of which it is not known whether a command has reached them."""

from __future__ import annotations

from datetime import datetime, timedelta

from smart_charging.services.heartbeat import Clock
from smart_charging.services.watching.polling import Polling

SHOWN_WITHIN = timedelta(seconds=200)
"""A read sooner after a start may not show yet what came of it: some clouds list a charge only after three minutes."""


class Doubts:
    """Ids of chargers whose last command got no answer, until a read that would show what came of it."""

    def __init__(self, polling: Polling, clock: Clock) -> None:
        self._polling = polling
        self._clock = clock
        self._until_read_at: dict[str, datetime] = {}

    def add(self, charger_id: str, *, is_start: bool) -> None:
        """The answer to a command was lost; a stop may be repeated after any read, as it does no harm twice."""
        self._until_read_at[charger_id] = self._clock() + (SHOWN_WITHIN if is_start else timedelta(0))

    def __contains__(self, charger_id: str) -> bool:
        """Whether an answer was lost and the charger has not been read since, or too soon after."""
        until, read_at = self._until_read_at.get(charger_id), self._polling.last_read_at(charger_id)
        return until is not None and (read_at is None or read_at < until)
