"""Whether Monta's events can be relied on, and how often the chargers are read accordingly.

While events come, the lists are read once an hour to find what was lost. When they stop while a car charges, when
a command has no echo, or when a list tells of something that no event told, they are read as if there were none.
"""

from __future__ import annotations

from datetime import datetime, timedelta

RARELY = timedelta(hours=1)
"""Between two readings while events come."""
NOW_AND_THEN = timedelta(minutes=5)
"""The same when for an hour nothing has happened that an event would tell."""
SILENCE = timedelta(minutes=15)
"""A car that charges tells its energy more often than this."""
ECHO_WITHIN = timedelta(minutes=1)
"""A command that was obeyed changes a charge, and that is an event."""
MISTRUST = timedelta(hours=1)
"""How long to go without events after one was missed, even if others come."""


class EventWatch:
    """Knows when the last event came; all times are the host's."""

    def __init__(self) -> None:
        self.last_at: datetime | None = None
        """When the last signed delivery came."""
        self._mistrusted_until: datetime | None = None
        self._echo_by: dict[int, datetime] = {}
        """By charge point: until when an event should follow a command."""

    def came(self, now: datetime) -> None:
        """Note a signed delivery."""
        self.last_at = now

    def heard_of(self, charge_point_id: int) -> None:
        """Note an event of a charge point or of its charge."""
        self._echo_by.pop(charge_point_id, None)

    def has_read(self) -> None:
        """Note that the lists were read: what came of commands is known now."""
        self._echo_by.clear()

    def missed(self, now: datetime) -> None:
        """Note that something has changed of which no event told."""
        self._mistrusted_until = now + MISTRUST

    def commanded(self, charge_point_id: int, now: datetime) -> None:
        """Note a command, which an event should follow."""
        self._echo_by[charge_point_id] = now + ECHO_WITHIN

    def next_read_at(self, read_at: datetime, rest: timedelta, now: datetime, *, is_charging: bool) -> datetime:
        """When to read the lists again.

        Args:
            rest: Between two readings without events.
        """
        if self.last_at is None or not self._is_trusted(now):
            return read_at + rest
        silent_at = self.last_at + (SILENCE if is_charging else RARELY)
        if now >= silent_at:
            return read_at + (rest if is_charging else max(rest, NOW_AND_THEN))
        return max(read_at + rest, min(read_at + RARELY, silent_at, *self._echo_by.values()))

    def _is_trusted(self, now: datetime) -> bool:
        is_mistrusted = self._mistrusted_until is not None and now < self._mistrusted_until
        return not is_mistrusted and all(now < by for by in self._echo_by.values())
