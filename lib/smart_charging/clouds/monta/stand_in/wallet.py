"""The stand-in's wallet, which pays for every settled charge."""

from __future__ import annotations

from dataclasses import dataclass, field

from smart_charging.clouds.monta.stand_in.shapes import Json, currency, stamp
from smart_charging.clouds.monta.stand_in.site import Charge

_WALLET_ID = 91
_SELLERS_WALLET_ID = 92
_FIRST_ID = 55000001


@dataclass(slots=True, kw_only=True)
class Wallet:
    """A balance with its transactions."""

    currency: str
    balance: float = 500.0
    credit: float = 25.0
    transactions: dict[int, Json] = field(default_factory=dict)

    def pay(self, charge: Charge) -> None:
        """Pay what the driver of a settled charge pays; what electricity costs the owner moves no money here."""
        if not charge.price:
            return
        self.balance -= charge.price
        transaction_id, at = _FIRST_ID + len(self.transactions), stamp(charge.updated_at)
        self.transactions[transaction_id] = {
            "id": transaction_id,
            "state": "complete",
            "summary": "Charge at Hidden Lane 13",
            "note": None,
            "fromAmount": charge.price,
            "fromCurrency": currency(self.currency),
            "fromWalletId": _WALLET_ID,
            "toAmount": charge.price,
            "toCurrency": currency(self.currency),
            "toWalletId": _SELLERS_WALLET_ID,
            "chargeId": charge.id,
            "exchangeRate": 1.0,
            "createdAt": at,
            "updatedAt": at,
            "completedAt": at,
        }

    def as_json(self) -> Json:
        """An answer of `wallets/personal`."""
        return {
            "id": _WALLET_ID,
            "ownerType": "team",
            "ownerId": 1234,
            "balance": {"amount": round(self.balance, 2), "credit": self.credit},
            "currency": currency(self.currency),
        }
