"""How the connection to a cloud is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The connection at one moment."""

    latency: timedelta | None
    """From the last request to its answer; None before the first."""
    requests_left: int
    """How many the cloud would still take right now."""
    limited_until: datetime | None
    """The end of a pause the cloud has asked for."""


class LinkedCloud(Protocol):
    """A cloud that knows how it is reached."""

    @property
    def link(self) -> Link:
        """The connection now."""
        ...
