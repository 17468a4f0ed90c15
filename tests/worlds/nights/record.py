"""What happened in a night, for those who judge it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Blocked:
    """A time in which nobody could have started a charge, until all is well again."""

    start: datetime
    end: datetime
    why: str
    charger: int | None = None
    """None for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A start or a stop that reached the cloud."""

    at: datetime
    charger: int
    is_start: bool
    by_person: bool
    """Because somebody pressed the switch just before."""
    mode: str
    is_second: bool = False
    """A start although one of ours ran, or one of others' that we had read of."""
    stopped: int | None = None
    """The id of the charge to end."""


@dataclass(slots=True)
class Record:
    """One night's."""

    blocked: list[Blocked] = field(default_factory=list)
    manual_actions: list[tuple[datetime, int]] = field(default_factory=list)
    """When people started or stopped a charge themselves, and at which charger."""
    returns: list[tuple[datetime, int]] = field(default_factory=list)
    """When people gave it back to the scheduler."""
    sent: list[Sent] = field(default_factory=list)
