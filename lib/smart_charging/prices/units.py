"""What the numbers of a price source mean, and whether they can be prices at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import median

from smart_charging.errors import PriceError

_PER_KWH = {"kwh": 1.0, "mwh": 0.001, "wh": 1000.0}
_HUNDREDTHS = {"c", "ct", "cent", "cents", "öre", "øre", "ore", "p", "pence", "gr", "¢"}
_SIGNS = {"€": "EUR", "£": "GBP"}
_PER_EURO = {
    "PLN": 5,
    "RON": 5,
    "DKK": 10,
    "NOK": 12,
    "SEK": 12,
    "CZK": 25,
    "HUF": 400,
    "ISK": 150,
    "JPY": 170,
    "INR": 100,
}
"""Roughly, to know the size of a price; others count as euros, and an unknown currency as the Nordic ones."""
_UNKNOWN_PER_EURO = 12
_HIGHEST_EUR = 10.0
"""Twice what the European auction lets through, for taxes."""
_HIGHEST_MEDIAN_EUR = 2.0


def factor_of(unit: str) -> float:
    """What turns a number in a unit such as `EUR/MWh`, `öre/kWh` or `Wh` into the main unit per kWh.

    Raises:
        PriceError: It is not money per kWh, MWh or Wh.
    """
    money, _, energy = unit.strip().rpartition("/")
    if energy.strip().lower() not in _PER_KWH:
        raise PriceError(f"prices in {unit!r} cannot be read; write something like EUR/kWh, öre/kWh or EUR/MWh")
    return _PER_KWH[energy.strip().lower()] * (0.01 if money.strip().lower() in _HUNDREDTHS else 1.0)


def stated_factor(attributes: Mapping[str, object]) -> float | None:
    """The factor as an entity's own attributes tell it, None where they do not."""
    energy, text = attributes.get("unit"), attributes.get("unit_of_measurement")
    in_cents = next((attributes[key] for key in ("price_in_cents", "use_cent") if key in attributes), None)
    if isinstance(energy, str) and "/" not in energy:
        if in_cents is None and isinstance(text, str) and "/" in text:
            in_cents = factor_of(text) < factor_of(text.rpartition("/")[2])
        return factor_of(energy) * (0.01 if in_cents else 1.0)
    stated = next((one for one in (energy, text) if isinstance(one, str) and "/" in one), None)
    return None if stated is None else factor_of(stated)


def stated_currency(attributes: Mapping[str, object]) -> str | None:
    """ISO 4217 as the attributes tell it, directly or within the unit."""
    for key in ("currency", "unit_of_measurement", "unit"):
        text = attributes.get(key)
        money = text.partition("/")[0].strip() if isinstance(text, str) else ""
        if money in _SIGNS:
            return _SIGNS[money]
        if re.fullmatch("[A-Z]{3}", money.upper()) and (key == "currency" or money.isupper()):
            return money.upper()
    return None


def refuse_implausible(prices: Sequence[float], currency: str | None) -> None:
    """Stop a wrong unit before it plans anything: cents read as euros, MWh as kWh.

    Raises:
        PriceError: A price, or the middle one of them, is beyond what electricity has ever cost.
    """
    per_euro = _PER_EURO.get(currency, 1) if currency else _UNKNOWN_PER_EURO
    highest, middle = max(prices, key=abs), median(map(abs, prices))
    if abs(highest) > _HIGHEST_EUR * per_euro or middle > _HIGHEST_MEDIAN_EUR * per_euro:
        worst = highest if abs(highest) > _HIGHEST_EUR * per_euro else middle
        unit = f"{currency or 'currency units'}/kWh"
        raise PriceError(f"{worst:g} {unit} is no plausible price of electricity; set the unit the source uses")
