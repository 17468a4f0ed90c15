"""Where prices come from, and what is added to them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import ActionName, Currency, EntityId, PriceUnit, Settings, one_or_more
from smart_charging.config.rates import Rates
from smart_charging.config.tariff import TariffSettings

_WRITE_ONE = "write one, and only one, of price_entity, price_action and fixed"


class PriceActionSettings(Settings):
    """An action of Home Assistant that answers with prices.

    What it is asked with is filled in for `nordpool.get_prices_for_date` (the day, and area and
    currency where they are written) and `tibber.get_prices` (start and end); every other
    action is called with `data` as it stands here.
    """

    action: ActionName
    entity: EntityId | None = None
    """Any entity of the integration; the action is told its `config_entry`."""
    data: dict[str, Any] = Field(default_factory=dict)
    """More of what the action takes, or instead of what is filled in, save the days."""


class PriceSettings(Settings):
    """The arguments about prices, for an app to inherit."""

    price_entity: Annotated[list[EntityId], BeforeValidator(one_or_more)] = Field(default_factory=list)
    """One entity with prices in its attributes, or several, such as today's and tomorrow's."""
    fixed: Rates = Field(default_factory=list)
    """Prices without any source: one, or some by hour, day and season."""
    price_action: PriceActionSettings | None = Field(None, validate_default=True)
    price_unit: PriceUnit | None = None
    """What the numbers are, where the source does not say or says it wrong."""
    price_currency: Currency | None = None
    price_area: str | None = Field(None, min_length=1)
    """Of several bidding areas (Nord Pool) or homes (Tibber), the one meant."""
    tariff: TariffSettings | None = None
    """For prices without fees and taxes."""

    @field_validator("price_action")
    @classmethod
    def _one_source(cls, action: PriceActionSettings | None, info: ValidationInfo) -> PriceActionSettings | None:
        if not {"price_entity", "fixed"} <= info.data.keys():  # one is wrong itself, and said to be
            return action
        sources = {"price_entity": info.data["price_entity"], "price_action": action, "fixed": info.data["fixed"]}
        written = " and ".join(key for key, value in sources.items() if value)
        if not written:
            raise PydanticCustomError("alternatives", f"missing, and so are price_entity and fixed; {_WRITE_ONE}")
        if " and " in written:
            raise PydanticCustomError("alternatives", f"{written} are written; {_WRITE_ONE}")
        return action
