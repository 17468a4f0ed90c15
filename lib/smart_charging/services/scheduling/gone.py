"""Chargers that leave the account with a car at them, of which people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from smart_charging.services.notify.notifier import Notifier
from smart_charging.services.scheduling.snapshot import Snapshot

PATIENCE = timedelta(minutes=10)
"""A list that lacks a charger once or twice is no news."""


class GoneChargers:
    """Notices when a charger with a car is no longer listed; each is told once until it is back."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._with_car: dict[str, Snapshot] = {}
        self._gone_since: dict[str, datetime] = {}

    def note(self, present: Sequence[Snapshot], now: datetime) -> None:
        """Compare the chargers that are listed with those that were."""
        for snapshot in present:
            self._gone_since.pop(snapshot.key, None)
            self._with_car.pop(snapshot.key, None)
            if snapshot.cable and snapshot.cable.is_in:
                self._with_car[snapshot.key] = snapshot
        listed = {snapshot.key for snapshot in present}
        for key in [key for key in self._with_car if key not in listed]:
            if now - self._gone_since.setdefault(key, now) >= PATIENCE:
                self._notifier.charger_gone(self._with_car.pop(key).charger.name, key)
