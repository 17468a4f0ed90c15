"""What is said of things that come from outside: short, and never what might be a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 40
_MOST = 16
_SECRET = re.compile(r"://|@|[A-Za-z0-9+/_-]{20,}|[\r\n]")


def shown(value: object) -> str:
    """A value as people may see it."""
    if isinstance(value, dict | list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int) and value.bit_length() > 200:
        return "a number of more digits than can be shown"
    text = value[:1000] if isinstance(value, str) else value
    if isinstance(text, str) and _SECRET.search(text):
        return f"a text of {len(str(value))} letters"
    return _cut(repr(text))


def listed(names: Iterable[object]) -> str:
    """Names one after the other, of many the first ones."""
    some = [_cut(str(name)[:200]) for name in names]
    more = len(some) - _MOST
    return ", ".join(some[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
