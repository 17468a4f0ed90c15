"""Whether Monta's events can be relied on, and how often the chargers are read accordingly.

While events come, the lists are read once an hour to find what was lost. When they stop while a car charges, or when
no event follows a command or tells what a list has told, the lists are read as if there were no events.
"""

from __future__ import annotations

from datetime import datetime, timedelta

RARELY = timedelta(hours=1)
"""Between two readings while events come."""
NOW_AND_THEN = timedelta(minutes=5)
"""The same when for an hour nothing has happened that an event would tell."""
SILENCE = timedelta(minutes=15)
"""A car that charges tells its energy more often than this."""
EVENT_WITHIN = timedelta(minutes=1)
"""What has changed is told by an event no later than this after a command, or after a list has told of it."""
MISTRUST = timedelta(hours=1)
"""How long to go without events after one was missed, even if others come."""


class EventWatch:
    """Knows when the last event came; all times are the host's."""

    def __init__(self) -> None:
        self.last_at: datetime | None = None
        """When the last signed delivery came."""
        self._mistrusted_until: datetime | None = None
        self._expected_by: dict[int, datetime] = {}
        """By charge point: until when an event should come."""
        self._heard_at: dict[int, datetime] = {}

    def came(self, now: datetime) -> None:
        """Note a signed delivery."""
        self.last_at = now

    def heard_of(self, charge_point_id: int) -> None:
        """Note an event of a charge point or of its charge, however old."""
        self._expected_by.pop(charge_point_id, None)
        if self.last_at is not None:
            self._heard_at[charge_point_id] = self.last_at

    def list_told(self, charge_point_id: int, now: datetime) -> None:
        """Note that a list has told of a change: an event should tell of it, too, or has while the list was read."""
        heard_at = self._heard_at.get(charge_point_id)
        if heard_at is None or heard_at < now - EVENT_WITHIN:
            self.expect(charge_point_id, now)

    def expect(self, charge_point_id: int, now: datetime) -> None:
        """Note that something is going to change after a command: an event should tell of it."""
        if self.last_at is not None:
            self._expected_by.setdefault(charge_point_id, now + EVENT_WITHIN)

    def has_read(self, now: datetime) -> None:
        """Note that the lists were read; events that should have come by now are lost."""
        if any(by <= now for by in self._expected_by.values()):
            self._mistrusted_until = now + MISTRUST
        self._expected_by = {point_id: by for point_id, by in self._expected_by.items() if by > now}

    def next_read_at(self, read_at: datetime, rest: timedelta, now: datetime, *, is_charging: bool) -> datetime:
        """When to read the lists again.

        Args:
            rest: Between two readings without events.
        """
        if self.last_at is None or not self._is_trusted(now):
            return read_at + rest
        silent_at = self.last_at + (SILENCE if is_charging else RARELY)
        is_silent = now >= silent_at
        if is_silent and is_charging:
            return read_at + rest
        latest = read_at + NOW_AND_THEN if is_silent else min(read_at + RARELY, silent_at)
        return max(read_at + rest, min([latest, *self._expected_by.values()]))

    def _is_trusted(self, now: datetime) -> bool:
        is_mistrusted = self._mistrusted_until is not None and now < self._mistrusted_until
        return not is_mistrusted and all(now < by for by in self._expected_by.values())
