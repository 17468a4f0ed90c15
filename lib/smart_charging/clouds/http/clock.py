"""Our clock and the cloud's."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def utc_now() -> datetime:
    """This moment, as the host's clock has it."""
    return datetime.now(UTC)


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """When the server says it answered, to the second; None without a readable `Date` header."""
    try:
        at = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
