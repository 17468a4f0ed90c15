"""What a kWh brings that leaves the house: a fixed remuneration, or made from the spot price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from smart_charging.config.arguments import Settings
from smart_charging.config.complaints import ASIDE
from smart_charging.config.rates import Rates, RateSettings
from smart_charging.config.tariff import AverageMinutes, Share, SpotFactor


class SpotFeedInSettings(Settings):
    """Paid by a supplier who buys at spot: `(spot * factor + markup - grid fee) * (1 + VAT)`.

    Per kWh, without VAT, in the currency of the prices.
    """

    spot_factor: SpotFactor = 1.0
    markup: Rates = Field(default_factory=list)
    """Added; what the supplier deducts is negative."""
    grid_fees: Rates = Field(default_factory=list)
    """Deducted; what the grid company pays is negative."""
    vat: Share = 0.0
    """Of owners who charge VAT on what they sell."""
    average: AverageMinutes | None = None


_FROM_SPOT, _FIXED = (f"{ASIDE}{model.__name__}" for model in (SpotFeedInSettings, RateSettings))


def _kind(value: object) -> str:
    """A mapping is made from spot, unless it is a single rate."""
    is_mapping = isinstance(value, Mapping) and not value.keys() & RateSettings.model_fields.keys()
    return _FROM_SPOT if is_mapping or isinstance(value, SpotFeedInSettings) else _FIXED


FeedInSettings = Annotated[
    Annotated[SpotFeedInSettings, Tag(_FROM_SPOT)] | Annotated[Rates, Field(min_length=1), Tag(_FIXED)],
    Discriminator(_kind),
]
