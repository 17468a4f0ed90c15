"""What a text such as `EUR/MWh` or `øre pr. kWh` says of the numbers beside it."""
# ruff: noqa: RUF001 - letters of other alphabets are what this is about

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from smart_charging.errors import PriceError
from smart_charging.prices.reading.money import Money, both, money_of
from smart_charging.prices.reading.saying import shown
from smart_charging.prices.reading.words import folded, word_set

_PER_KWH = {"": 1000.0, "k": 1.0, "m": 0.001, "g": 1e-6, "к": 1.0, "м": 0.001}
"""A price per that energy, as one per kWh."""
_ENERGY = re.compile(
    r"(?P<count>\d+(?:[.,]\d+)?)?\s*(?:(?P<prefix>[kmg]?)\s?w\s?[·.*-]?\s?h(?:ours?)?"
    r"|(?P<cyrillic>[км]?)вт[·.*-]?(?:год|ч|г)?)(?![^\W\d_])"
)
_COUNT = re.compile(
    r"^\s*(?:10\s?\^\s?(?P<power>-\d{1,2})|(?P<factor>\d*[.,]?\d+(?:e-?\d{1,2})?))\s*(?=[^\W\d]|[€$£¢])"
)
_BETWEEN = word_set("per pro je pr par por za na a the of")
_ABOUT_TAX = word_set(
    "inkl incl including inc incl. excl ex exkl with without moms mva vat btw mwst ust tva iva alv tax taxes 1 "
    "brutto netto gross net allin"
)
_LONGEST = 60


class Unit(NamedTuple):
    """What is said, and None for what is left open."""

    scale: float | None = None
    """From the number to the currency's main unit, whatever the energy."""
    per_kwh: float | None = None
    """From a price per that energy to one per kWh."""
    currency: str | None = None

    def or_else(self, other: Unit) -> Unit:
        """What this leaves open the other may say."""
        return Unit(
            other.scale if self.scale is None else self.scale,
            other.per_kwh if self.per_kwh is None else self.per_kwh,
            other.currency if self.currency is None else self.currency,
        )


@lru_cache(maxsize=256)
def unit_of(text: str, currency: str | None = None) -> Unit:
    """What a unit says.

    Args:
        text: Such as `EUR/MWh`, `öre/kWh`, `c€`, `kWh`, `CHF_kWh` or `1e-7 EUR/kWh`.
        currency: Of the prices, for the few words that mean a part of one and all of another.

    Raises:
        PriceError: It has a word nobody knows as money or energy.
    """
    if len(text) > _LONGEST:
        raise PriceError(f"a unit of {len(text)} letters cannot be read; write something like EUR/kWh")
    plain = folded(text.strip())
    energy = _energy(plain)
    before, after = (plain[: energy.start()], plain[energy.end() :]) if energy else (plain, "")
    factor, money = _counted(before)
    wrong = [word for word in _split(after) if word not in _ABOUT_TAX]
    total: Money | None = None
    for word in _split(money):
        known = money_of(word, currency)
        joined = both(total, known) if total and known else known
        wrong += [] if joined else [word]
        total = joined or total
    if wrong or (energy is None and total is None):
        raise PriceError(f"prices in {shown(text)} cannot be read{_because(wrong)}; write {EXAMPLES}")
    scale = total.scale if total else None
    return Unit(
        scale if factor is None else factor * (scale or 1.0),
        _per_kwh(energy) if energy else None,
        total.currency if total else None,
    )


EXAMPLES = "something like EUR/kWh, öre/kWh or EUR/MWh"


def _energy(plain: str) -> re.Match[str] | None:
    """The last one counts: `m` and `g` before it may be a word of its own."""
    found = None
    for match in _ENERGY.finditer(plain):
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        begins_a_word = start == 0 or not plain[start - 1].isalpha()
        found = match if begins_a_word else found
    return found


def _per_kwh(energy: re.Match[str]) -> float:
    prefix = energy["prefix"] if energy["prefix"] is not None else energy["cyrillic"]
    count = float((energy["count"] or "1").replace(",", "."))
    return _PER_KWH[prefix] / count if count else _PER_KWH[prefix]


def _counted(money: str) -> tuple[float | None, str]:
    """A number before the money: `1e-7 EUR` are its ten-millionths."""
    match = _COUNT.match(money)
    if match is None:
        return None, money
    factor = 10.0 ** int(match["power"]) if match["power"] else float(match["factor"].replace(",", "."))
    return (factor or None), money[match.end() :]


def _split(text: str) -> list[str]:
    return [word for word in re.split(r"[\s/_.,:;·*()\[\]-]+", text) if word and word not in _BETWEEN]


def _because(words: list[str]) -> str:
    return f": {shown(words[0])} is not known as money" if words else ""
