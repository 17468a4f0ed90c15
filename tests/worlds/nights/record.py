"""What happened in a night, for those who judge it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Blocked:
    """A disturbance, until all is well again: nobody could have started or stopped a charge."""

    start: datetime
    end: datetime
    why: str
    charger: int | None = None
    """None for all of them."""
    is_deaf: bool = False
    """Whether a charger heard nothing, or did not obey: what it does meanwhile is nobody's fault."""


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


@dataclass(frozen=True, slots=True)
class Replug:
    """A cable that was out and is in again."""

    out_at: datetime
    in_at: datetime
    charger: int


@dataclass(slots=True)
class Record:
    """One night's."""

    blocked: list[Blocked] = field(default_factory=list)
    manual_actions: list[tuple[datetime, int]] = field(default_factory=list)
    """When people started or stopped a charge themselves, and at which charger."""
    returns: list[tuple[datetime, int]] = field(default_factory=list)
    """When people gave it back to the scheduler."""
    replugs: list[Replug] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
