"""Checks the types of stored data: files are edited, damaged, or written by another version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any, TypeVar

from smart_charging.errors import ChargingError

T = TypeVar("T")

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, ChargingError)
"""What reading damaged data can raise."""
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
"""Arithmetic with moments of other years fails at the ends of the calendar."""
_MOST = 1e6
"""No energy, power, price or length in seconds that is stored is larger."""
_LONGEST = 5000
"""No text that is stored is longer."""


def moment(value: object) -> datetime:
    """An aware datetime from its ISO text; like all here it raises `ValueError` for anything else."""
    at = datetime.fromisoformat(text(value))
    if at.tzinfo is None or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"{value} is no moment")
    return at


def utc_moment(value: object) -> datetime:
    """The same in UTC."""
    return moment(value).astimezone(UTC)


def number(value: object, *, least: float = 0.0, most: float = _MOST) -> float:
    """A finite number of sensible size."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("it has something in place of a number")  # noqa: TRY004  # one kind of error for all
    if not isfinite(value) or not least <= value <= most:
        raise ValueError(f"{value:.6g} cannot be")
    return float(value)


def amount(value: object) -> float:
    """A number that may be negative, such as a price or a cost."""
    return number(value, least=-_MOST)


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("it has something in place of true or false")  # noqa: TRY004  # one kind of error for all
    return value


def text(value: object) -> str:
    """Text of sensible length."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError("it has something in place of a word")
    return value


def optional(read: Callable[[object], T], value: object) -> T | None:
    """The value read; None stays None."""
    return None if value is None else read(value)


def texts(value: object) -> Sequence[str]:
    """A list of texts."""
    return [text(item) for item in rows(value)]


def rows(value: object) -> Sequence[Any]:
    """A list; what is in it still has to be read."""
    if not isinstance(value, list | tuple):
        raise ValueError("it has something in place of a list")  # noqa: TRY004  # one kind of error for all
    return value


def table(value: object) -> Mapping[str, Any]:
    """A JSON object; what is in it still has to be read."""
    if not isinstance(value, Mapping):
        raise ValueError("it has something in place of named values")  # noqa: TRY004  # one kind of error for all
    return value
