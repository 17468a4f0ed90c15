"""Our clock and the cloud's."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def utc_now() -> datetime:
    """The current time by the host's clock."""
    return datetime.now(UTC)


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The answer's `Date` header, exact to the second; None if it is missing or invalid."""
    try:
        at = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
