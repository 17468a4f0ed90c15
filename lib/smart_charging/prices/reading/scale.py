"""The one place that decides on the unit of a price list's numbers.

Money and energy are decided separately, each by the first of these that gives it: the setting, the key, the text
around the number, the row, the mappings around the list, and last what is known of a source. No factor is applied
twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from smart_charging.errors import PriceError
from smart_charging.prices.exchange_rates import PER_EURO
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.asked import Asked
from smart_charging.prices.reading.columns import flat
from smart_charging.prices.reading.lists import PriceList
from smart_charging.prices.reading.money import Money, both, money_of
from smart_charging.prices.reading.numbers import number_of
from smart_charging.prices.reading.saying import short, shown
from smart_charging.prices.reading.units import EXAMPLES, Unit, unit_of
from smart_charging.prices.reading.words import folded, word_set, words_of

AREA = re.compile(r"[A-Z]{2,3}\d?(-[A-Z]+)?")
"""A bidding area, as in the keys of answers of Nord Pool's actions in Home Assistant's core, with prices per MWh."""
PARTED = "areas"
"""The path's name for lists that were split by an area in their rows."""
_TEN_MILLIONTHS = 1e-7
_UNIT_NAMES = ("unit", "price_unit", "priceUnit", "unit_price", "energy_unit", "units", "unit_of_measurement")
_CURRENCY_NAMES = ("currency", "currency_code", "currencyCode", "Currency", "valuta", "currency_unit")
_IN_CENTS_NAMES = ("price_in_cents", "use_cent", "use_cents", "in_cents", "prices_in_cents")
_ENERGY = {"kwh": 1.0, "mwh": 0.001, "wh": 1000.0, "gwh": 1e-6}
_SPOKEN = word_set(
    "eur usd gbp dkk nok sek chf pln czk huf ron aud nzd cad inr jpy isk bgn euro cent cents ct cts eurocent eurocents "
    "ore oere snt sentti senttia pence rappen grosz bani stotinki filler kurus"
)
"""Words that count as money within a key; others, such as `all` and `top`, happen to be currency codes, too."""
_SPOKEN_WITH_ENERGY = word_set("c p gr rp kr sen")

_SAYS_NOTHING = Unit()
Saying = tuple[Unit | str, str]
"""A unit, parsed or as text, and where it was found."""


class Scale(NamedTuple):
    """The factor from a list's numbers to the currency's main unit per kWh."""

    factor: float
    currency: str | None
    unit: str
    """For people: `0.01 EUR/kWh`."""
    why: str
    """Where the unit was found."""


def scale_of(one: PriceList, asked: Asked, numbers: Sequence[float]) -> Scale:
    """The scale of a list.

    Raises:
        PriceError: A unit that is needed is unknown or not of a price, or the rows have different units.
    """
    total, reasons = Unit(currency=asked.currency), ["price_currency"] if asked.currency else []
    for said, reason in _sayings(one, asked, numbers):
        unit = said if isinstance(said, Unit) else _read(said, total)
        if unit == _SAYS_NOTHING:
            continue
        more = total.or_else(unit)
        reasons += [reason] if more != total else []
        total = more
    if total.scale is None and total.currency is None:
        _refuse_energy(one)
    scale, per_kwh = total.scale or 1.0, total.per_kwh or 1.0
    why = ", ".join(dict.fromkeys(reasons)) or "nothing says otherwise"
    return Scale(scale * per_kwh, total.currency, _in_words(scale, per_kwh, total.currency), why)


def _sayings(one: PriceList, asked: Asked, numbers: Sequence[float]) -> Iterator[Saying]:
    """All statements about the unit, in order of precedence."""
    value = one.columns.value
    if asked.unit:
        yield unit_of(asked.unit, asked.currency).or_else(Unit(1.0, 1.0)), "price_unit"
    elif _is_in_ten_millionths(value, numbers):
        yield Unit(_TEN_MILLIONTHS, 1.0), "whole numbers of that size under electricity_price are ten-millionths"
    yield of_key(value), f"the key {value}"
    yield from _in_rows(one, value)
    yield from ((of_key(name), f"the name {name}") for name in reversed(one.path))
    for node in one.around:
        yield from _attributes(node, "the attribute ")
    if one.path and AREA.fullmatch(one.path[-1]) and PARTED not in one.path:
        yield Unit(1.0, 0.001), "by area prices come per MWh"


def _read(text: str, known: Unit) -> Unit:
    """Parse a unit; an unknown one is ignored where the key has given all there is to know, else refused."""
    try:
        return unit_of(text, known.currency)
    except PriceError:
        if known.per_kwh is not None and (known.scale is not None or "/" not in text):
            return Unit()
        raise


def _refuse_energy(one: PriceList) -> None:
    """Refuse a list in kWh without a word about money or prices: it is a forecast of energy."""
    units = (node.get("unit_of_measurement") for node in one.around)
    unit = next((unit for unit in units if isinstance(unit, str) and unit.strip()), None)
    if unit is not None and not vocabulary.says_price((*one.words, *words_of(one.columns.value))):
        raise PriceError(
            f"{one.place} is in {shown(unit)}, which is no price; write {EXAMPLES} as price_unit if it is one"
        )


def _in_rows(one: PriceList, value: str) -> Iterator[Saying]:
    """Units in the text of the number itself, and in its row."""
    rows = [flat(row) for row in one.rows]
    texts = {found.unit for row in rows if (found := number_of(row.get(value))) and found.unit}
    _refuse_mixed(texts)
    yield from ((text, "the text of the price") for text in texts)
    parts = value.split(".")[:-1]
    for depth in range(len(parts), -1, -1):
        before = "".join(f"{part}." for part in parts[:depth])
        names = [*_UNIT_NAMES, *_CURRENCY_NAMES]
        for name in names:
            _refuse_mixed({short(row[key]) for row in rows if row.get(key := before + name) is not None})
        told = next((row for row in rows if any(row.get(before + name) for name in names)), {})
        yield from _attributes({name: told.get(before + name) for name in names}, f"the row's {before}")


def _refuse_mixed(units: Collection[str]) -> None:
    if len(units) > 1:
        raise PriceError(f"the rows come in {' and '.join(map(shown, sorted(units)[:3]))}; use a source with one unit")


def _attributes(node: Mapping[str, object], where: str) -> Iterator[Saying]:
    """Units in the attributes around prices: a separate currency wins over a unit's, an in-cents flag over both."""
    currencies = [(name, node[name]) for name in _CURRENCY_NAMES if isinstance(node.get(name), str)]
    moneys = [(name, _currency(str(text))) for name, text in currencies]
    for name, money in moneys:
        yield Unit(currency=money.currency), f"{where}{name}"
    for name in _IN_CENTS_NAMES:
        if node.get(name) is not None:
            yield Unit(0.01 if short(node[name]).casefold() in {"true", "1", "on", "yes"} else 1.0), f"{where}{name}"
    for name in _UNIT_NAMES:
        text = node.get(name)
        if isinstance(text, str) and text.strip():
            yield text, f"{where}{name}"
    for name, money in moneys:
        yield Unit(scale=money.scale if money.scale != 1 else None), f"{where}{name}"


def _currency(text: str) -> Money:
    text = text.strip()[:20]
    if re.fullmatch("[A-Za-z]{3}", text) and (text.upper() in PER_EURO or text.isupper()):
        return Money(None, text.upper())
    return money_of(folded(text)) or Money()


def of_key(name: str) -> Unit:
    """The unit in the name of a value: `price_ct_per_kwh`, `NOK_per_kWh`, `priceInCents`."""
    words = words_of(name)
    energy = next(
        (size for word in words for unit, size in _ENERGY.items() if word in {unit, f"per{unit}", f"price{unit}"}), None
    )
    known = _SPOKEN | (_SPOKEN_WITH_ENERGY if energy else frozenset())
    total = None
    for word in words:
        is_code = word.upper() in name and word.upper() in PER_EURO
        if (word in known or is_code) and (money := money_of(word)):
            total = both(total, money) if total else money
    return Unit(total.scale if total else None, energy, total.currency if total else None)


def _is_in_ten_millionths(value: str, numbers: Sequence[float]) -> bool:
    """Whether the numbers are in ten-millionths, as Zonneplan's integration gives them."""
    is_so_called = words_of(value)[:2] == ("electricity", "price")
    return (
        is_so_called and all(number == int(number) for number in numbers) and max(map(abs, numbers), default=0) >= 1000
    )


def _in_words(scale: float, per_kwh: float, currency: str | None) -> str:
    energy = {1.0: "kWh", 0.001: "MWh", 1000.0: "Wh"}.get(per_kwh, f"{1 / per_kwh:g} kWh")
    part = "" if scale == 1 else "cents of " if scale == 0.01 else f"{scale:g} "
    return f"{part}{currency or 'money'}/{energy}"
