"""What is said of things that come from outside: short, and never what might be a secret."""

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
    """The text of a value, or the beginning of it; what is in others is not looked at, however deep it is."""
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
    """A value as people may see it."""
    if isinstance(value, str):
        text = short(value)
        return f"a text of {len(value)} letters" if _SECRET.search(text) else _cut(repr(text))
    return _cut(short(value))


def listed(names: Iterable[object]) -> str:
    """Names one after the other, of many the first ones."""
    some = [_cut(short(name)[:200]) for name in names]
    more = len(some) - _MOST
    return ", ".join(some[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
