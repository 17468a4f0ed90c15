"""Parses lists that a template has turned into text: JSON, or Python's notation."""

from __future__ import annotations

import ast
import json
import re
import warnings
from datetime import datetime
from zoneinfo import ZoneInfo

_LONGEST_JSON = 2_000_000
_LONGEST_PYTHON = 500_000
_DATETIME = re.compile(
    r"datetime\.datetime\((?P<parts>\d+(?:, ?\d+){2,6})(?:, ?fold=(?P<fold>[01]))?"
    r"(?:, ?tzinfo=(?P<zone>[\w.]+\([^()]*(?:\([^()]*\))?[^()]*\)|<[^<>]*>|[\w.]+))?\)"
)
_OFFSET = re.compile(r"(?:[A-Z]+|LMT)?([+-])(\d{1,2}):(\d{2})")
_NAME = re.compile(r"""key=['"]([\w/+-]+)['"]|^[\w.]*ZoneInfo\(['"]([\w/+-]+)['"]""")
_SECONDS = re.compile(r"timedelta\((?:days=(-?\d+))?(?:, ?)?(?:seconds=(\d+))?\)")
_SEPARATOR = re.compile(r"\s*[,;]\s*")
_NUMBERS = re.compile(r"\s*-?\d{1,6}\.\d{1,12}(?:\s*[,;]\s*-?\d{1,6}(?:\.\d{1,12})?){22,300}\s*")
"""The numbers of a day, joined; decimal commas are not supported, as they are ambiguous."""
_NO_NUMBER = re.compile(r"(?<=[:,\[(])\s*(?:-?inf|nan|undefined|Undefined)\s*(?=[,\])}])")
_DECIMAL = re.compile(r"""Decimal\(['"]([^'"()]{1,40})['"]\)""")


def unpacked(value: object) -> object:
    """The list, mapping or numbers of a day that a text contains, else the value itself."""
    if not isinstance(value, str) or not 2 < len(value) <= _LONGEST_JSON:
        return value
    if value.lstrip()[:1] not in {"[", "{"}:
        return _SEPARATOR.split(value.strip()) if _NUMBERS.fullmatch(value) else value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return _as_python(value)


def _as_python(text: str) -> object:
    if len(text) > _LONGEST_PYTHON:
        return text
    plain = _NO_NUMBER.sub(" None", _DECIMAL.sub(r"\1", _DATETIME.sub(_as_iso, text)))
    try:
        with warnings.catch_warnings(action="ignore"):  # about invalid escapes in it
            return ast.literal_eval(plain.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, OverflowError):
        return text


def _as_iso(match: re.Match[str]) -> str:
    """A datetime's repr as quoted ISO text; unchanged where it is not valid."""
    try:
        parts = [int(part) for part in match["parts"].split(",")]
        moment = datetime(*parts, fold=int(match["fold"] or 0))  # type: ignore[arg-type]  # noqa: DTZ001 - its offset follows
        return repr(moment.isoformat() + _offset(match["zone"] or "", moment))
    except (ValueError, OverflowError, OSError, KeyError):  # an unknown zone
        return match[0]


def _offset(zone: str, moment: datetime) -> str:
    if zone.endswith(("utc", "UTC", "<UTC>")):
        return "+00:00"
    if name := _NAME.search(zone):
        return moment.replace(tzinfo=ZoneInfo(name[1] or name[2])).isoformat()[-6:]
    if seconds := _SECONDS.search(zone):
        minutes = (int(seconds[1] or 0) * 86_400 + int(seconds[2] or 0)) // 60
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    if written := _OFFSET.search(zone):
        return f"{written[1]}{int(written[2]):02}:{written[3]}"
    return ""
