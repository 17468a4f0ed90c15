"""What is added to the spot price: fees, taxes and VAT."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import Settings
from smart_charging.config.cloud_login import GridFeesCloudSettings
from smart_charging.config.public_holidays import Holidays
from smart_charging.config.rates import Rates, RateSettings


def _share(value: float) -> float:
    if not 0 <= value <= 1:
        raise PydanticCustomError("share", "expected a share from 0 to 1, such as 0.25 for 25 %")
    return value


Share = Annotated[float, AfterValidator(_share)]
SpotFactor = Annotated[float, Field(gt=0, le=10)]
AverageMinutes = Literal[15, 30, 60]
"""Minutes over which the bill averages the spot price; 60 where it is billed by the hour."""


class TariffSettings(Settings):
    """What is added to the spot price or a fixed one; per kWh, without VAT, in the currency of the prices."""

    spot_factor: SpotFactor = 1.0
    markup: Rates = Field(default_factory=list)
    energy_tax: Rates = Field(default_factory=list)
    grid_fees: Rates = Field(default_factory=list)
    grid_fees_from: GridFeesCloudSettings | None = None
    """Where they are read from; `grid_fees` counts until that has worked once."""
    vat: Share = 0.0
    is_vat_on_spot_only: bool = False
    support_share: Share = 0.0
    support_above: Rates = Field(default_factory=lambda: [RateSettings(per_kwh=0)])
    refund: Rates = Field(default_factory=list)
    """Subtracted in the end, together with its VAT."""
    average: AverageMinutes | None = None
    holidays: Holidays = Field(default_factory=list)
