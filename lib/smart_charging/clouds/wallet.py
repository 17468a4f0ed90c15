"""A wallet and its transactions, independent of any cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One payment; its description is private and is not read."""

    id: str
    state: str
    """`complete`, `pending`, `failed`, `reserved` or `unknown`."""
    created_at: datetime
    completed_at: datetime | None = None
    amount: float | None = None
    """Positive for money received, negative for money paid."""
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
