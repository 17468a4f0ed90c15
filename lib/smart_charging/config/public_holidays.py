"""Public holidays by country, from the optional package `holidays`."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date, datetime
from importlib import import_module
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import one_or_more


def _holiday(value: object) -> object:
    """A date or a known country code; YAML reads an unquoted NO as false."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = "NO" if value is False else value
    if not isinstance(text, str):
        raise _unknown()
    try:
        return date.fromisoformat(text)
    except ValueError:
        holidays_in(text)
        return text


def holidays_in(region: str) -> Container[date]:
    """The public holidays of a country or a part of it, of any year.

    Args:
        region: ISO 3166: NO, or DE-BY for Bavaria.

    Raises:
        PydanticCustomError: The package is not installed, or does not know the country or part.
    """
    country, _, part = region.partition("-")
    try:
        found: Container[date] = _package().country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise _unknown() from None
    return found


def _package() -> Any:
    """Imported on first use, as it is large and optional."""
    try:
        return import_module("holidays")
    except ImportError:
        raise PydanticCustomError(
            "no_holidays",
            "a country needs the Python package holidays, which is not installed;"
            " pip install holidays, or write the dates, such as [2026-12-25, 2026-12-26]",
        ) from None


def _unknown() -> PydanticCustomError:
    return PydanticCustomError(
        "holiday", "expected dates such as 2026-12-25, or a country such as NO, or a part of it such as DE-BY"
    )


class Calendar:
    """The dates in the configuration and the holidays of its countries together."""

    def __init__(self, written: Sequence[date | str]) -> None:
        self._dates = frozenset(day for day in written if isinstance(day, date))
        self._regions = tuple(holidays_in(region) for region in written if isinstance(region, str))

    def __contains__(self, day: object) -> bool:
        return day in self._dates or any(day in holidays for holidays in self._regions)


Holidays = Annotated[list[Annotated[date | str, BeforeValidator(_holiday)]], BeforeValidator(one_or_more)]
