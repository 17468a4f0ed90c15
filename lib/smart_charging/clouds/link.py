"""The state of the connection to a cloud, and what the credentials may do there."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The connection at one moment."""

    latency: timedelta | None
    """From the last request to its answer; None before the first."""
    requests_left: int | None = None
    """How many requests the cloud would take right now; None for a cloud without a quota."""
    limited_until: datetime | None = None
    """When the pause after a 429 ends."""


class Scope(StrEnum):
    """A permission that credentials can have."""

    CHARGERS = "charge-points"
    CHARGES = "charge-transactions"
    CONTROL = "control-charging"
    """Start and stop charges."""
    WALLET = "wallet-transactions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The credentials as the cloud sees them."""

    scopes: Set[Scope]
    clock_ahead: timedelta | None
    """This machine's clock minus the cloud's, exact to a second or two; None when its answers carry no time."""
    quota: int | None = None
    """Requests allowed per `window`; None for a cloud without a quota."""
    window: timedelta | None = None
