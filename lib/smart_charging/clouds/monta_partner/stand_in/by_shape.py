"""Made-up answers of the right shape, for operations behind which the stand-in keeps nothing.

`shapes.json` has the fields of each answer: `name?` is one that may be missing or null, `name:Shape` one with fields
of its own, `name:[Shape]` a list of such, and `name:[]` a list of something plain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

Json = dict[str, object]

STAMP = "2026-11-20T18:00:00Z"
_SHAPES = Path(__file__).with_name("shapes.json")
_FIELD = re.compile(r"(?P<name>\w+)(?P<optional>\??)(?::(?P<list>\[)?(?P<shape>\w*)\]?)?")
_NUMBERS = re.compile(
    r"(?i).*(kwh|kw|price|amount|cost|total|vat|count|balance|hour|latitude|longitude|interval|version)"
)
_YES_OR_NO = re.compile(
    r"(is|can|has|default|active|reservable|roaming|cablePluggedIn|showOnMap|dynamicPricing|master$)"
)


@cache
def shapes() -> Mapping[str, str]:
    """The fields of every answer, by its name."""
    found: dict[str, str] = json.loads(_SHAPES.read_text(encoding="utf-8"))
    return found


@cache
def fields_of(shape: str) -> Mapping[str, bool]:
    """The names of a shape's fields, and whether each is required."""
    return {field["name"]: not field["optional"] for field in _FIELD.finditer(shapes()[shape])}


def made_up(shape: str, number: int = 1) -> Json:
    """An answer with all required fields, and null for the others but its id, which is `number`."""
    fields = _FIELD.finditer(shapes()[shape])
    return {field["name"]: _value(field, number) for field in fields}


def _value(field: re.Match[str], number: int) -> object:
    if field["name"] == "id":
        return number
    if field["optional"]:
        return None
    if field["shape"] is not None:
        inner = made_up(field["shape"]) if field["shape"] else None
        rows = [] if inner is None else [inner]
        return rows if field["list"] else inner
    return _plain(field["name"])


def _plain(name: str) -> object:
    if name.endswith("Id"):
        return 7
    if name.endswith(("At", "Date")) or name in {"time", "start", "end", "from", "to", "timestamp"}:
        return STAMP
    if _YES_OR_NO.match(name):
        return True
    return 1.5 if _NUMBERS.match(name) else f"made-up-{name}"
