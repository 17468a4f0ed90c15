"""Words for currencies and their fractions, in many languages."""
# ruff: noqa: RUF001 - needs letters of other alphabets

from __future__ import annotations

from typing import NamedTuple

from smart_charging.prices.exchange_rates import PER_EURO
from smart_charging.prices.reading.words import folded


class Money(NamedTuple):
    """The meaning of a money word; None for what it does not give."""

    scale: float | None = None
    """Fraction of the main unit: 0.01 for cents. None where only a currency is named."""
    currency: str | None = None


_MAIN = {
    "AUD": "a$ au$",
    "BGN": "лв лева lev leva",
    "BRL": "r$ real reais",
    "CAD": "c$ ca$",
    "CHF": "fr sfr franken stutz",
    "CNY": "元 rmb yuan",
    "CZK": "kc korun koruna koruny",
    "EUR": "€ euro euros eura евро ευρω",
    "GBP": "£ pound pounds sterling quid",
    "GEL": "₾ lari",
    "HKD": "hk$",
    "HRK": "kn kuna kune",
    "HUF": "ft forint",
    "IDR": "rupiah",
    "ILS": "₪ nis shekel",
    "INR": "₹ rupee rupees",
    "JPY": "円 yen",
    "KRW": "₩ won",
    "KZT": "₸ тг тенге tenge",
    "MYR": "rm ringgit",
    "NGN": "₦ naira",
    "NZD": "nz$",
    "PHP": "₱",
    "PLN": "zl zloty zlotych zlote",
    "RON": "lei leu",
    "RUB": "₽ руб рублей рубль",
    "SGD": "s$",
    "THB": "฿ baht",
    "TRY": "₺ tl lira",
    "TWD": "nt$",
    "UAH": "₴ грн гривень hrn hryvnia",
    "USD": "us$",
    "VND": "₫ dong",
    "ZAR": "r rand",
    "": "kr krone kroner krona kronor kronur dollar dollars $ ¥ din dinar дин ден den peso pesos rs franc francs km dh "
    "sol",
}
"""Main units by currency; the last ones are used in several countries."""
_HUNDREDTHS = {
    "EUR": "eurocent eurocents snt sentti senttia λεπτα λεπτο lepta евроцент",
    "GBP": "p penny pence pennies",
    "CHF": "rp rappen",
    "PLN": "gr grosz grosze groszy",
    "RON": "ban bani",
    "USD": "us¢",
    "BGN": "stotinka stotinki stotinky стотинка стотинки",
    "CZK": "hal haler halere haleru",
    "HUF": "filler",
    "HRK": "lp lipa lipe",
    "TRY": "kurus krs",
    "ISK": "eyrir aurar",
    "ILS": "agora agorot",
    "INR": "paisa paise",
    "THB": "satang",
    "CNY": "fen 分",
    "UAH": "kopiyka kopiyky kopiyok копійка копійки копійок",
    "RUB": "kopek kopeks kopeck kopecks копейка копейки копеек",
    "KZT": "tiyn tiin тиын",
    "GEL": "tetri",
    "AZN": "qepik",
    "NGN": "kobo",
    "GHS": "pesewa pesewas",
    "AMD": "luma",
    "RSD": "para пара",
    "MKD": "deni дени",
    "PHP": "sentimo",
    "": "c ct cts cent cents ¢ centi sen sene senti sents sentai sentas centu centas centai santims santimi santimu "
    "centime centimes centimo centimos centavo centavos centesimo centesimi ore oere oyra aur kop коп "
    "halala halalas qirsh piastre piastres fils xu hao thebe ngwee poisha",
}
_THOUSANDTHS = "milli mill mills baisa millime millimes millim"
_SMALLER = {("fils", "KWD"): 0.001, ("fils", "BHD"): 0.001, ("fils", "JOD"): 0.001, ("fils", "IQD"): 0.001}
_IS_MAIN = {("rp", "IDR"), ("lp", "LBP")}
"""Words for hundredths that are a main unit in these currencies."""


def _book() -> dict[str, Money]:
    book = {code.casefold(): Money(1.0, code) for code in PER_EURO}
    book |= {word: Money(0.001) for word in folded(_THOUSANDTHS).split()}
    for scale, table in ((0.01, _HUNDREDTHS), (1.0, _MAIN)):
        book |= {word: Money(scale, code or None) for code, words in table.items() for word in folded(words).split()}
    return book


_BOOK = _book()


def money_of(word: str, currency: str | None = None) -> Money | None:
    """The meaning of a word where prices are in a currency, None where it is not known as money.

    `c€`, `€ct` and `cEUR` are two words in one: a fraction and a currency.
    """
    known = _BOOK.get(word)
    if known is None:
        return _of_two(word)
    if (word, currency) in _IS_MAIN:
        return Money(1.0, currency)
    return Money(_SMALLER.get((word, currency or ""), known.scale), known.currency)


def both(one: Money, other: Money) -> Money | None:
    """A fraction and its currency combined, such as `øre` and `NOK`; None where they are no such pair."""
    part, whole = sorted((one, other), key=lambda money: money.scale or 0)
    if part.scale is None or whole.scale != 1 or (part.scale == 1 and part.currency and whole.currency):
        return None
    return Money(part.scale, whole.currency or part.currency)


def _of_two(word: str) -> Money | None:
    if (whole := _BOOK.get(word[1:])) and word[0] == "m" and whole.scale == 1 and whole.currency:
        return Money(0.001, whole.currency)
    halves = ((_BOOK.get(word[:cut]), _BOOK.get(word[cut:])) for cut in range(1, len(word)))
    pairs = (both(one, other) for one, other in halves if one and other)
    return next((pair for pair in pairs if pair and pair.scale != 1), None)
