"""How external values are shown in messages: shortened, and without possible secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

_LONGEST = 40
_MOST = 16
_LONGEST_TEXT = 1000
_MOST_BITS = 200
_SECRET = re.compile(r"://|@|[A-Za-z0-9+/_-]{20,}|[\r\n]")


def short(value: object) -> str:
    """The text of a value, at most its beginning; containers only by type and size."""
    match value:
        case str():
            return value[:_LONGEST_TEXT]
        case int() if value.bit_length() > _MOST_BITS:
            return "a number of more digits than can be shown"
        case dict() | list() | tuple():
            return f"a {type(value).__name__} of {len(value)}"
        case None | bool() | int() | float() | Decimal() | datetime():
            return str(value)
        case _:
            return f"a {type(value).__name__}"


def shown(value: object) -> str:
    """A value as it may be shown to people: shortened, and not if it could be a secret."""
    if isinstance(value, str):
        text = short(value)
        return f"a text of {len(value)} letters" if _SECRET.search(text) else _cut(repr(text))
    return _cut(short(value))


def listed(names: Iterable[object]) -> str:
    """Names joined by commas; of many the first ones."""
    some = [_cut(short(name)[:200]) for name in names]
    more = len(some) - _MOST
    return ", ".join(some[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
