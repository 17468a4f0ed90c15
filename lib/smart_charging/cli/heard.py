"""Data from price sources before the prices in it are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from smart_charging.prices.reading.understanding import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The data of one or several sources, with the time zone and the moment to read them for."""

    names: Sequence[str]
    sources: Sequence[Source]
    zone: ZoneInfo
    now: datetime
    problems: Sequence[str] = ()
    """Why some sources have no data, if others have."""
    currency: str | None = None
    """The home's currency, for prices without one."""
