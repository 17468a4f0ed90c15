"""How the connection to a cloud is doing, and what it is good for."""

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
    """How many the cloud would still take right now; None where nobody counts."""
    limited_until: datetime | None = None
    """The end of a pause the cloud has asked for."""


class Scope(StrEnum):
    """What credentials may do."""

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
    """This machine's clock minus the cloud's, exact to a second or two; None when the cloud tells no time."""
    quota: int | None = None
    """Requests in each `window`; None where nobody counts."""
    window: timedelta | None = None
