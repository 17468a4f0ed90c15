"""Our own words for the money that some clouds keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Money that moved. What it was for is private and stays in the cloud."""

    id: str
    state: str
    """`complete`, `pending`, `failed`, `reserved` or `unknown`."""
    created_at: datetime
    completed_at: datetime | None = None
    amount: float | None = None
    """Positive when it came in, negative when it went out."""
    currency: str | None = None
    charge_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """What the account holds; None always means the cloud does not say."""

    amount: float | None
    credit: float | None
    currency: str | None
    """ISO 4217, upper case."""
    transactions: Sequence[Transaction] = ()
    """The latest ones, newest first."""
