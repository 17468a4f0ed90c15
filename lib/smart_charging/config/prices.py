"""Where prices come from, and what is added to them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import ActionName, Currency, EntityId, PriceUnit, Settings
from smart_charging.config.tariff import TariffSettings

list_ = list
"""The type, where a field is called `list`."""


def _one_or_more(value: object) -> object:
    return value if isinstance(value, list) else [value]


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


PriceKey = Annotated[str, Field(min_length=1, max_length=120)]
"""A name as the source writes it; a path to what is nested has points, such as `price.total`."""


class PriceKeysSettings(Settings):
    """How a source names its parts, where it is not recognised; what is not written is looked for."""

    list: Annotated[list_[PriceKey], BeforeValidator(_one_or_more)] = Field(default_factory=list_)
    """The attribute with the prices, or several."""
    start: PriceKey | None = None
    end: PriceKey | None = None
    value: PriceKey | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("alternatives", "names nothing; write one or more of list, start, end, value")
        return self


class PriceSettings(Settings):
    """The arguments about prices, for an app to inherit."""

    price_entity: Annotated[list[EntityId], BeforeValidator(_one_or_more)] = Field(default_factory=list)
    """One entity with prices in its attributes, or several, such as today's and tomorrow's."""
    price_action: PriceActionSettings | None = Field(None, validate_default=True)
    price_unit: PriceUnit | None = None
    """What the numbers are, where the source does not say or says it wrong."""
    price_currency: Currency | None = None
    price_keys: PriceKeysSettings | None = None
    """How the source names things, where it is not recognised."""
    price_area: str | None = Field(None, min_length=1)
    """Of several bidding areas (Nord Pool) or homes (Tibber), the one meant."""
    tariff: TariffSettings | None = None
    """For prices without fees and taxes."""

    @field_validator("price_action")
    @classmethod
    def _one_source(cls, action: PriceActionSettings | None, info: ValidationInfo) -> PriceActionSettings | None:
        if "price_entity" not in info.data:  # it is wrong itself, and said to be
            return action
        if action and info.data["price_entity"]:
            raise PydanticCustomError("alternatives", "there is a price_entity, too; write only one of the two")
        if not action and not info.data["price_entity"]:
            raise PydanticCustomError("alternatives", "missing, and so is price_entity; write one of the two")
        return action
