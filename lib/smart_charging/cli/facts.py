"""Values as programs get them."""

from __future__ import annotations

from datetime import datetime, tzinfo


def iso(moment: datetime, zone: tzinfo) -> str:
    """With the offset of the zone, in whole seconds."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def rounded(value: float | None) -> float | None:
    """To four decimals; 0.0 rather than -0.0."""
    return None if value is None else round(value, 4) + 0.0


def whole(value: float | None) -> int | None:
    """For grams."""
    return None if value is None else round(value)
