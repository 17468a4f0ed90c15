"""Money as the Partner API writes it, in three ways, and as the sum that is meant.

- A number in the currency, such as 12.5: prices, costs and limits of charges, wallets, transactions, receipts.
- Whole numbers of the currency's smallest unit: breakdowns. Their fields end in `_minor`.
- Ten-thousandths of the currency: forecast prices. That is concluded from the one example there is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from smart_charging.clouds.monta.models import Currency

_USUAL_DECIMALS = 2


def in_currency(amount_minor: int, currency: Currency | None) -> Decimal:
    """The amount in the currency itself: 1200 øre are 12 kroner."""
    decimals = currency.decimals if currency else None
    return Decimal(amount_minor).scaleb(-(_USUAL_DECIMALS if decimals is None else decimals))


def _amount(given: object) -> object:
    """Some amounts come with their currency, as an object."""
    return given.get("amount", given) if isinstance(given, dict) else given


def _currency(given: object) -> object:
    """Some currencies come as a code only."""
    return {"identifier": given} if isinstance(given, str) else given


Minor = Annotated[int, BeforeValidator(_amount)]
AnyCurrency = Annotated[Currency, BeforeValidator(_currency)]
TenThousandths = Annotated[Decimal, AfterValidator(lambda units: units / 10_000)]
"""Read as what it is in the currency: 5978 as 0.5978."""
