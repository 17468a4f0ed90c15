"""How the connection to a cloud is doing, and what it is good for."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
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

    def plan(self, rest: timedelta) -> timedelta:
        """Tell how long is wanted between two reads of the chargers, so that all else leaves them room.

        The answer is how long it has to be for the quota to last.
        """
        ...


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
    quota: int
    """Requests in each `window`."""
    window: timedelta


class AccountCloud(Protocol):
    """A cloud that tells what the credentials are good for."""

    async def account(self) -> Account:
        """The credentials, as the cloud sees them now.

        Raises:
            CloudError: Any.
        """
        ...
