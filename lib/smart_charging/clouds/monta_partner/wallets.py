"""Wallets and what moves money between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import Field

from smart_charging.clouds.http.model import Row, Stamp
from smart_charging.clouds.monta.models import TransactionState
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.clouds.monta_partner.money import AnyCurrency


class Balance(Row):
    """What a wallet holds, in its currency."""

    amount: Decimal | None = Field(default=None, repr=False)
    credit: Decimal | None = Field(default=None, repr=False)


class Wallet(Row):
    """One wallet."""

    id: int
    owner_type: str | None = None
    """Such as `team` or `operator`."""
    owner_id: int | None = None
    currency_id: int | None = None
    balance: Balance | None = None


class WalletTransaction(Row):
    """One payment, from a wallet to another, with its part of VAT; Monta's note is not read."""

    id: int
    state: TransactionState
    created_at: Stamp
    completed_at: Stamp | None = None
    from_amount: Decimal | None = Field(default=None, repr=False)
    """With VAT; `from_sub_amount` is without."""
    from_sub_amount: Decimal | None = Field(default=None, repr=False)
    from_vat_amount: Decimal | None = Field(default=None, repr=False)
    from_currency: AnyCurrency | None = None
    from_wallet_id: int | None = None
    to_amount: Decimal | None = Field(default=None, repr=False)
    to_sub_amount: Decimal | None = Field(default=None, repr=False)
    to_vat_amount: Decimal | None = Field(default=None, repr=False)
    to_currency: AnyCurrency | None = None
    to_wallet_id: int | None = None
    vat_percentage: Decimal | None = None
    exchange_rate: Decimal | None = None
    group: str | None = None
    """`deposit`, `withdraw`, `charge` or `other`."""
    reference_type: str | None = None
    """What it pays for, such as `CHARGE`, whose id is `reference_id`."""
    reference_id: str | None = Field(default=None, coerce_numbers_to_str=True)


@dataclass(frozen=True, slots=True)
class Wallets:
    """The wallets that the credentials reach."""

    _calls: Calls

    def every(self, *, team_id: int | None = None, **filters: object) -> AsyncIterator[Wallet]:
        """All wallets.

        Args:
            filters: Any other parameter of `get-wallets`.
        """
        return self._calls.rows(Wallet, "get-wallets", team_id=team_id, **filters)

    async def one(self, wallet_id: int) -> Wallet:
        """One wallet."""
        return await self._calls.read(Wallet, "get-wallet", wallet_id=wallet_id)

    def transactions(
        self,
        *,
        team_id: int | None = None,
        state: TransactionState | None = None,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        **filters: object,
    ) -> AsyncIterator[WalletTransaction]:
        """All transactions, in Monta's order.

        Args:
            filters: Any other parameter of `get-wallet-transactions`, such as `reference_type` and `reference_id`.
        """
        return self._calls.rows(
            WalletTransaction,
            "get-wallet-transactions",
            team_id=team_id,
            state=state,
            from_date=from_at,
            to_date=to_at,
            **filters,
        )

    async def transaction(self, transaction_id: int) -> WalletTransaction:
        """One transaction."""
        return await self._calls.read(WalletTransaction, "get-wallet-transaction", transaction_id=transaction_id)
