"""Chargers of which it is not known whether a command has reached them."""

from __future__ import annotations

from smart_charging.services.watching.polling import Polling


class Doubts:
    """Ids of chargers whose last command got no answer, until they have been read."""

    def __init__(self, polling: Polling) -> None:
        self._polling = polling
        self._times_read: dict[str, int] = {}

    def add(self, charger_id: str) -> None:
        """The answer to a command was lost."""
        self._times_read[charger_id] = self._polling.times_read(charger_id)

    def __contains__(self, charger_id: str) -> bool:
        """Whether an answer was lost and the charger has not been read since."""
        return self._times_read.get(charger_id) == self._polling.times_read(charger_id)
