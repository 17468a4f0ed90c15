"""What to write instead of a number with a unit or a decimal comma, or one that is meant in another unit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

Scales = Mapping[str, float]
"""Units in small letters, and what one of each is in the unit of the argument."""
_ENERGY: Scales = {"wh": 1e-3, "kwh": 1.0, "mwh": 1e3}
_POWER: Scales = {"w": 1e-3, "watt": 1e-3, "kw": 1.0, "mw": 1e3}
_SECONDS: Scales = {
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    **dict.fromkeys(("m", "min", "minute"), 60.0),
    **dict.fromkeys(("h", "hour"), 3600.0),
}
_HOURS: Scales = {unit: seconds / 3600 for unit, seconds in _SECONDS.items()}
_MINUTES: Scales = {unit: seconds / 60 for unit, seconds in _SECONDS.items()}
_PERCENT: Scales = {"%": 1.0, "percent": 1.0}
_SHARE: Scales = {"%": 0.01, "percent": 0.01}
_VOLTS: Scales = {"v": 1.0, "volt": 1.0}
_AS_SHARE = "as a share of 1"
_BY_ENDING: Mapping[str, tuple[str, Scales]] = {
    "per_kwh": ("per kWh", {}),
    "per_kw": ("per kW", {}),
    "_kwh": ("in kWh", _ENERGY),
    "_kw": ("in kW", _POWER),
    "_s": ("in seconds", _SECONDS),
    "hours": ("in hours", _HOURS),
    "_percent": ("in per cent", _PERCENT),
    "efficiency": (_AS_SHARE, _SHARE),
    "share": (_AS_SHARE, _SHARE),
    "vat": (_AS_SHARE, _SHARE),
    "average": ("in minutes", _MINUTES),
    "_voltage": ("in volts", _VOLTS),
}
"""By how the argument's name ends: its unit in words, and what people may write instead."""
_ALONE = "without comma, unit and quotes"
_NUMBER = re.compile(r"\s*([+-]?\d{1,12}(?:[.,]\d{1,12})?)\s*([^\W\d_]*%?)[\s.]*")
_THOUSANDS = re.compile(r"[.,]\d{3}$")
"""What some write for a thousand and others for a whole number."""
_AMPERES = frozenset({"a", "amp", "amps", "ampere", "amperes"})
_TO_NEUTRAL_V = 230


def advice_on(key: str, value: object) -> str | None:
    """What to write as this argument; None where the value is none of these mistakes.

    Args:
        key: The argument's name, whose ending tells its unit.
        value: As it is in apps.yaml.
    """
    words, scales = next((known for end, known in _BY_ENDING.items() if key.endswith(end)), ("", {}))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _in_smaller_unit(words, value)
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    number, unit = found[1], found[2].casefold()
    amount = float(number.replace(",", "."))
    scale = 1.0 if not unit or not scales else scales.get(unit) or scales.get(unit.removesuffix("s"))
    if unit in _AMPERES and scales is _POWER:
        return _in_kw(amount)
    if scale is None or _THOUSANDS.search(number):
        return f"write the number alone, {words}".rstrip(", ")
    return f"write {_plain(amount * scale)}, {words if unit and words else _ALONE}"


def _in_kw(current_a: float) -> str:
    one, three = (_plain(round(phases * current_a * _TO_NEUTRAL_V / 1000, 2)) for phases in (1, 3))
    return f"write kW: {_plain(current_a)} A are {three} on three phases and {one} on one"


def _in_smaller_unit(words: str, value: float) -> str | None:
    """A number too large for the argument is most likely in W or Wh, or per cent."""
    if words in {"in kW", "in kWh"} and 1000 <= value < math.inf:
        return f"write {_plain(value / 1000)} if that is {words.removeprefix('in k')}"
    return f"write {_plain(value / 100)} if that is per cent" if words == _AS_SHARE and 1 < value <= 100 else None


def _plain(value: float) -> str:
    return f"{value:.10g}"
