"""Where prices come from, and what is added to them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import ActionName, Currency, EntityId, PriceUnit, Settings, one_or_more
from smart_charging.config.cloud_login import PriceCloudSettings
from smart_charging.config.feed_in import FeedInSettings, SpotFeedInSettings
from smart_charging.config.rates import Rates
from smart_charging.config.tariff import TariffSettings

_WRITE_ONE = (
    "write one, and only one, of price_entity, price_action, price_cloud and fixed, or none to have a source found"
)
list_ = list
"""The type, where a field is called `list`."""


class PriceActionSettings(Settings):
    """An action of Home Assistant that answers with prices.

    Dates are filled in where the action takes any, as is whatever else a known action requires;
    `data` adds to that or replaces it.
    """

    action: ActionName
    entity: EntityId | None = None
    """Any entity of the integration; its config entry is passed to the action under the key it expects."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Further data for the action, or other than what is filled in. `{today}`, `{tomorrow}` and `{now}` are
    replaced by dates and a time; a fixed date written here is overwritten with the day asked for."""


PriceKey = Annotated[str, Field(min_length=1, max_length=120)]
"""A key as the source spells it; nested keys are joined by points, such as `price.total`."""


class PriceKeysSettings(Settings):
    """The keys of a source whose format is not recognised; those not written are detected."""

    list: Annotated[list_[PriceKey], BeforeValidator(one_or_more)] = Field(default_factory=list_)
    """The attribute with the list of prices, or several."""
    start: PriceKey | None = None
    end: PriceKey | None = None
    value: PriceKey | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("alternatives", "names nothing; write one or more of list, start, end, value")
        return self


class PriceForecastSettings(Settings):
    """Entities with a forecast of prices in their attributes; their names may stand alone."""

    entity: Annotated[list[EntityId], BeforeValidator(one_or_more), Field(min_length=1)]
    price_unit: PriceUnit | None = None
    """The unit of the forecast, where it has none or a wrong one."""
    price_keys: PriceKeysSettings | None = None
    """Its keys, where its format is not recognised."""

    @model_validator(mode="before")
    @classmethod
    def _names_alone(cls, given: Any) -> Any:
        return {"entity": given} if isinstance(given, str | list) else given


class PriceSettings(Settings):
    """The arguments about prices, for an app to inherit."""

    price_entity: Annotated[list[EntityId], BeforeValidator(one_or_more)] = Field(default_factory=list)
    """One entity with prices in its attributes, or several, such as today's and tomorrow's."""
    fixed: Rates = Field(default_factory=list)
    """Fixed prices without any source: one, or several by hour, day and season."""
    price_cloud: PriceCloudSettings | None = None
    """What the driver pays, as the cloud of the chargers tells it ahead."""
    price_action: PriceActionSettings | None = Field(None, validate_default=True)
    price_unit: PriceUnit | None = None
    """The unit of the prices, where the source has none or a wrong one."""
    price_currency: Currency | None = None
    price_keys: PriceKeysSettings | None = None
    """The source's keys, where its format is not recognised."""
    price_area: str | None = Field(None, min_length=1)
    """Which of several bidding areas (Nord Pool) or homes (Tibber)."""
    co2_entity: EntityId | None = None
    """What a kWh of the grid emits, best with a forecast in its attributes."""
    co2_price_per_kg: float = Field(0.0, ge=0, le=100, validate_default=True)
    """What emitting a kilogram is to count in plans, in the currency of the prices; never shown or booked as money."""
    price_forecast: PriceForecastSettings | None = None
    """What somebody forecasts for later than prices are published; mixed with our own estimates."""
    tariff: TariffSettings | None = None
    """For prices without fees and taxes."""
    feed_in: FeedInSettings | None = None
    """What a kWh brings that leaves the house; for surplus charging, no plan uses it yet."""

    @field_validator("price_action")
    @classmethod
    def _one_source(cls, action: PriceActionSettings | None, info: ValidationInfo) -> PriceActionSettings | None:
        others = ("price_entity", "price_cloud", "fixed")
        if not {*others} <= info.data.keys():  # one of them is invalid and reported already
            return action
        entity, cloud, fixed = (info.data[name] for name in others)
        sources = {"price_entity": entity, "price_action": action, "price_cloud": cloud, "fixed": fixed}
        written = " and ".join(key for key, value in sources.items() if value)
        if " and " in written:
            raise PydanticCustomError("alternatives", f"{written} are written; {_WRITE_ONE}")
        return action

    @field_validator("co2_price_per_kg")
    @classmethod
    def _has_figures(cls, price_per_kg: float, info: ValidationInfo) -> float:
        if price_per_kg and info.data.get("co2_entity", ...) is None:
            raise PydanticCustomError("alternatives", "it needs to know what a kWh emits; write co2_entity, too")
        return price_per_kg

    @field_validator("feed_in")
    @classmethod
    def _has_spot(cls, feed_in: FeedInSettings | None, info: ValidationInfo) -> FeedInSettings | None:
        if isinstance(feed_in, SpotFeedInSettings) and info.data.get("fixed"):
            raise PydanticCustomError("alternatives", "with fixed there is no spot; write a number or a list of rates")
        return feed_in

    @property
    def names_a_source(self) -> bool:
        """Whether the configuration names a price source; if not, the only one found is used."""
        return bool(self.price_entity or self.price_action or self.price_cloud or self.fixed)
