"""Amounts per kWh that apply at certain hours, days and seasons."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import Settings
from smart_charging.config.weekday import Weekday

_WEEKDAYS = list(Weekday)
_LEAP_YEAR = 2024


class Season(StrEnum):
    """Begins and ends when the clocks change."""

    SUMMER_TIME = "summer_time"
    WINTER_TIME = "winter_time"


class MonthDay(NamedTuple):
    """A date of every year."""

    month: int
    day: int


def _weekday(value: object) -> object:
    """As a number, like `date.weekday`: 0 is Monday."""
    if value in _WEEKDAYS:
        return Weekday(str(value)).number
    if isinstance(value, bool) or value not in range(7):
        raise PydanticCustomError("weekday", "expected one of mon, tue, wed, thu, fri, sat, sun")
    return value


def _minute(value: object) -> object:
    """Minute of the day; a decimal is refused, as 18.30 would mean 18:18."""
    if not isinstance(value, bool) and (
        found := re.fullmatch(r"(\d\d?)(?:\.0|:([0-5]\d)(?::00)?)?", str(value).strip())
    ):
        minute = 60 * int(found[1]) + int(found[2] or 0)
        if minute <= 24 * 60:
            return minute
    raise PydanticCustomError("minute", 'expected an hour from 0 to 24, or a time in quotes, such as "18:15"')


def _day(value: object) -> object:
    """YAML reads an unquoted 2026-11-01 as a date, and 11-01 as text."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d\d-\d\d", value):
            yearly = date.fromisoformat(f"{_LEAP_YEAR}-{value}")
            return MonthDay(yearly.month, yearly.day)
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise PydanticCustomError("day", 'expected a date, such as 2026-11-01, or "11-01" for every year') from None


Minute = Annotated[int, BeforeValidator(_minute)]
Month = Annotated[int, Field(ge=1, le=12)]
WeekdayNumber = Annotated[int, BeforeValidator(_weekday)]
Day = Annotated[date | MonthDay, BeforeValidator(_day)]


class TimesSettings(Settings):
    """Some hours and days; a condition left out always holds."""

    from_hour: Minute = 0
    to_hour: Minute = 24 * 60
    """Read as minutes of the local day, `[from_hour, to_hour)`; from 22 to 6 goes over midnight."""
    months: list[Month] = Field(default_factory=list)
    weekdays: list[WeekdayNumber] = Field(default_factory=list)
    """A holiday is a Sunday."""
    season: Season | None = None
    from_date: Day | None = None
    to_date: Day | None = None
    """Included."""

    @model_validator(mode="after")
    def _dates_fit(self) -> Self:
        first, last = self.from_date, self.to_date
        if isinstance(first, MonthDay) != isinstance(last, MonthDay):
            raise PydanticCustomError(
                "dates", "expected from_date and to_date both as every year's, such as 11-01, or both with their year"
            )
        if isinstance(first, date) and isinstance(last, date) and last < first:
            raise PydanticCustomError("dates", "expected a to_date that is not before from_date")
        return self


class RateSettings(TimesSettings):
    """An amount per kWh and when it applies."""

    per_kwh: float


def _rates(value: object) -> object:
    """A bare amount applies at any time; a single rate needs no list around it."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return value
    try:
        amount = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount):
        raise PydanticCustomError(
            "rates", "expected an amount per kWh, such as 0.25, or a list such as [{per_kwh: 0.1, to_hour: 6}]"
        )
    return [{"per_kwh": amount}]


Rates = Annotated[list[RateSettings], BeforeValidator(_rates)]
"""The first rate that applies counts."""
