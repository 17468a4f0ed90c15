"""Entities for the wallet: amounts, times and states, but nothing that reveals a location."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from smart_charging.clouds.wallet import Transaction, Wallet
from smart_charging.entities.publish import EntityDescription


def _transaction(transaction: Transaction) -> Mapping[str, object]:
    attributes = asdict(transaction)
    return {"transaction_id": attributes.pop("id"), **attributes}


WALLET_ENTITIES: tuple[EntityDescription[Wallet], ...] = (
    EntityDescription(
        domain="sensor",
        key="wallet_balance",
        name="wallet balance",
        value=lambda wallet: wallet.amount,
        attributes=lambda wallet: {"credit": wallet.credit},
        unit=lambda wallet: wallet.currency,
        device_class="monetary",
        state_class="total",
        icon="mdi:wallet",
    ),
    EntityDescription(
        domain="sensor",
        key="wallet_latest_transaction",
        name="wallet latest transaction",
        value=lambda wallet: wallet.transactions[0].created_at if wallet.transactions else None,
        attributes=lambda wallet: {"transactions": [_transaction(each) for each in wallet.transactions]},
        device_class="timestamp",
        icon="mdi:cash-multiple",
    ),
)
