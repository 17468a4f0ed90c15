"""Numbers as sources write them: `0.31`, "0,31", "31.0 ct", or in some way that there is none."""
# ruff: noqa: RUF001 - letters of other alphabets are what this is about

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import NamedTuple

_LONGEST = 40
_TEXT = re.compile(
    r"(?P<before>(?:[€£$¥₹¢]|[a-z]{3}|kr\.?)?\s?)"
    r"(?P<number>[+\-−]?\s?(?:\d(?:[\d.,]|['’\s](?=\d{3}(?!\d)))*|[.,]\d+)(?:e[+-]?\d{1,3})?)"
    r"(?P<after>\D{0,20})",
    re.IGNORECASE,
)


class Number(NamedTuple):
    """A number, and the unit in the text around it."""

    value: float
    unit: str = ""


def number_of(value: object) -> Number | None:
    """The number in a value, finite; None where there is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return _finite(value)
    if isinstance(value, str) and len(value) <= _LONGEST and (match := _TEXT.fullmatch(value.strip())):
        number = _finite(_with_point(match["number"]))
        unit = (match["before"] + match["after"]).strip()
        return number and Number(number.value, unit)
    return None


def _with_point(text: str) -> str:
    """Of the comma and the point the last one parts the decimals, where it comes but once."""
    text = re.sub(r"[\s'’]", "", text).replace("−", "-")
    mark = max(",.", key=text.rfind)
    if text.count(mark) > 1:
        return text.replace(mark, "") if re.fullmatch(r"[+-]?\d{1,3}([,.]\d{3})+", text) else ""
    return text.replace("." if mark == "," else ",", "").replace(mark, ".")


def _finite(value: float | Decimal | str) -> Number | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return Number(number) if math.isfinite(number) else None
