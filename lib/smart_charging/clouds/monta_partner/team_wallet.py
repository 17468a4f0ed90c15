"""The wallet of the one team that an account is about."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from decimal import Decimal
from typing import cast

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.monta_partner import wallets
from smart_charging.clouds.monta_partner.account import Account, PayingTeamError
from smart_charging.clouds.monta_partner.client import PartnerClient
from smart_charging.clouds.monta_partner.teams import Teams
from smart_charging.clouds.monta_partner.wallets import Wallets
from smart_charging.clouds.wallet import Transaction, Wallet
from smart_charging.errors import NotPermittedError, NoWalletError

_MOST_WALLETS = 2
"""How many have to be seen to know that there is not one."""
_CHARGE = "CHARGE"


class TeamWallet:
    """Reads balance and transactions, with quota that nothing more urgent needs.

    Args:
        team_id: Whose it is; None for the only team that the credentials reach.
    """

    def __init__(self, client: PartnerClient, team_id: int | None) -> None:
        calls = client.calls_at(urgency=Urgency.PATIENT)
        self._wallets, self._teams = Wallets(calls), Teams(calls)
        self._account = Account(calls, self._teams, client.budget, team_id)
        self._known: tuple[int, int] | None = None
        self._currency: str | None = None

    async def read(self, *, transactions: int) -> Wallet:
        """The wallet with so many of its latest transactions.

        Raises:
            NoWalletError: It is not clear whose wallet, there is not exactly one, or the credentials may not see it.
        """
        try:
            team_id, wallet_id = self._known = self._known or await self._found()
            wallet = await self._wallets.one(wallet_id)
            latest = await self._latest(team_id, most=max(1, transactions))
            self._currency = self._currency or await self._currency_of(team_id, wallet_id, latest)
        except NotPermittedError as err:
            raise NoWalletError(str(err)) from err
        return Wallet(
            amount=_float(wallet.balance.amount) if wallet.balance else None,
            credit=_float(wallet.balance.credit) if wallet.balance else None,
            currency=self._currency,
            transactions=[_transaction(one, wallet_id) for one in latest[:transactions]],
        )

    async def _found(self) -> tuple[int, int]:
        """The ids of the team and of its wallet."""
        try:
            team_id = await self._account.paying_team_id()
        except PayingTeamError as err:
            raise NoWalletError("write team_id or paying_team_id to have its wallet shown") from err
        ids: list[int] = []
        listed = cast("AsyncGenerator[wallets.Wallet, None]", self._wallets.every(team_id=team_id))
        async with aclosing(listed) as found:
            async for wallet in found:
                ids.append(wallet.id)
                if len(ids) >= _MOST_WALLETS:
                    break
        if len(ids) != 1:
            raise NoWalletError(f"team {team_id} has {'several wallets' if ids else 'no wallet'}")
        return team_id, ids[0]

    async def _latest(self, team_id: int, *, most: int) -> Sequence[wallets.WalletTransaction]:
        """Those of the first page, newest first by creation."""
        rows: list[wallets.WalletTransaction] = []
        listed = cast("AsyncGenerator[wallets.WalletTransaction, None]", self._wallets.transactions(team_id=team_id))
        async with aclosing(listed) as found:
            async for row in found:
                rows.append(row)
                if len(rows) >= most:
                    break
        return sorted(rows, key=lambda row: row.created_at, reverse=True)

    async def _currency_of(
        self, team_id: int, wallet_id: int, latest: Sequence[wallets.WalletTransaction]
    ) -> str | None:
        """By a payment, which needs no further permission, else the team's; a wallet itself tells only a number."""
        for row in latest:
            currency = row.to_currency if row.to_wallet_id == wallet_id else row.from_currency
            if currency:
                return currency.code
        try:
            team = await self._teams.one(team_id)
        except NotPermittedError:
            return None
        return team.currency.code if team.currency else None


def _transaction(row: wallets.WalletTransaction, wallet_id: int) -> Transaction:
    comes_in = row.to_wallet_id == wallet_id
    amount = _float(row.to_amount if comes_in else row.from_amount)
    currency = row.to_currency if comes_in else row.from_currency
    return Transaction(
        id=str(row.id),
        state=row.state.value,
        created_at=row.created_at,
        completed_at=row.completed_at,
        amount=amount if comes_in or amount is None else 0 - amount,
        currency=currency.code if currency else None,
        charge_id=row.reference_id if row.reference_type == _CHARGE else None,
    )


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
