"""The cloud's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_THESE_YEARS = range(2020, 2100)
"""Others come from a cloud that has lost its clock, and may be too far away to be counted with."""


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The answer's `Date` header, exact to the second; None if it is missing, or no date of these years."""
    try:
        at = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
    if at.year not in _THESE_YEARS:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
