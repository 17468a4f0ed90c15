"""Answers that are valid, but that people will wonder about."""

from __future__ import annotations

import logging
from collections.abc import Collection

from smart_charging.charger import Charger, ChargerState

NO_CHARGERS = (
    "The account has no charge points for these credentials; a member of somebody else's team may not be given any"
)


class Oddities:
    """Says each one once, and again only after it was gone."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._told: frozenset[str] = frozenset()

    def look(self, chargers: Collection[Charger]) -> None:
        """Tell what is odd now and was not the last time."""
        odd = [_unknown_state(c) for c in chargers if c.state is ChargerState.UNKNOWN] or (
            [] if chargers else [NO_CHARGERS]
        )
        for sentence in odd:
            if sentence not in self._told:
                self._log.warning("%s", sentence)
        self._told = frozenset(odd)


def _unknown_state(charger: Charger) -> str:
    said = "tells no state" if charger.cloud_state is None else f"tells the state {charger.cloud_state!r}"
    return f"Charge point {charger.id} {said}, which is shown as unknown"
