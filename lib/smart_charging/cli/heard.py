"""What price sources say, before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from smart_charging.prices.reading.understanding import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One or several sources, and where and when they were asked."""

    names: Sequence[str]
    sources: Sequence[Source]
    zone: ZoneInfo
    now: datetime
    problems: Sequence[str] = ()
    """What some did not say, where others did."""
    currency: str | None = None
    """The home's, for prices that name none."""
