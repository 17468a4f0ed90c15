"""Where a report's sessions come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedSession:
    """One session as a report needs it; None means unknown, never 0."""

    charger_id: str
    charger: str
    """The charger's name at the time."""
    began_at: datetime
    ended_at: datetime
    """Decides which month the session counts in."""
    energy_kwh: float
    cost: float | None = None
    saving: float | None = None
    """Against charging as soon as the cable was in; negative where that would have been cheaper."""
    currency: str | None = None
    """Of cost and saving, ISO 4217."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a source has of a month."""

    sessions: Sequence[ReportedSession]
    notes: Sequence[str] = ()
    """What is missing, or where there is more, for the person who asks; not a part of the report."""


class SessionSource(Protocol):
    """A session file, or a cloud's own list of charges."""

    @property
    def counted_by(self) -> str:
        """What `ended_at` is, as in `a session counts in the month in which {counted_by}`."""
        ...

    async def ended_between(self, start: datetime, end: datetime) -> Found:
        """The sessions that ended in `[start, end)`.

        Raises:
            ChargingError: They cannot be read.
        """
        ...
