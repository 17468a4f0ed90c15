"""What is added to the spot price, as people write it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import Settings
from smart_charging.config.weekday import Weekday

_WEEKDAYS = list(Weekday)


def _share(value: float) -> float:
    if not 0 <= value <= 1:
        raise PydanticCustomError("share", "expected a share from 0 to 1, such as 0.25 for 25 %")
    return value


def _weekday(value: object) -> object:
    """The number the standard library gives it: 0 is Monday."""
    if value in _WEEKDAYS:
        return Weekday(str(value)).number
    if isinstance(value, bool) or value not in range(7):
        raise PydanticCustomError("weekday", "expected one of mon, tue, wed, thu, fri, sat, sun")
    return value


Share = Annotated[float, AfterValidator(_share)]
Hour = Annotated[int, Field(ge=0, le=24)]
Month = Annotated[int, Field(ge=1, le=12)]
WeekdayNumber = Annotated[int, BeforeValidator(_weekday)]


class GridFeeSettings(Settings):
    """A price of the grid for some hours, days and months; what is not written is any."""

    per_kwh: float
    from_hour: Hour = 0
    to_hour: Hour = 24
    """Local hours, `[from_hour, to_hour)`; from 22 to 6 goes over midnight."""
    months: list[Month] = Field(default_factory=list)
    weekdays: list[WeekdayNumber] = Field(default_factory=list)
    """A holiday is a Sunday."""


class TariffSettings(Settings):
    """What is added to spot; amounts per kWh, without VAT, in the currency of the prices."""

    markup: float = 0.0
    energy_tax: float = 0.0
    grid_fees: list[GridFeeSettings] = Field(default_factory=list)
    """The first that holds counts."""
    vat: Share = 0.0
    is_vat_on_spot_only: bool = False
    support_share: Share = 0.0
    support_above: float = 0.0
    holidays: list[date] = Field(default_factory=list)
