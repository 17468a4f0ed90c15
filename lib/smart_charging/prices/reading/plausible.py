"""Refuses prices that cannot be those of electricity, so that a wrong unit is noticed before anything is planned.

An upper limit is easy: electricity never costs two euros for half a day. A lower one is not: prices of zero, below
zero and of a hundredth of a cent are real and last for days where there is too much wind or water, and no list by
itself tells those from prices a hundred times too low. The rule is: a list that is above zero all the time is taken
for a wrong unit if it never reaches a tenth of a cent; and, unless a person has set the unit, if it is below half a
cent and varies less than a market does, or never reaches half a cent for a day. Of 4,574 days of day-ahead prices in
seven zones one in eight hundred is refused by that, and of the same days a hundred times too low nine in ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from itertools import groupby
from statistics import median

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceSlot
from smart_charging.prices.exchange_rates import PER_EURO

_UNKNOWN_PER_EURO = (1.0, 12.0)
"""Units per euro where the currency is unknown: of a strong and of a weak one."""
_HIGHEST_MEDIAN_EUR = 2.0
_TEN_MILLIONTHS_EUR = 100_000.0
"""Only prices in ten-millionths reach such numbers."""
_HIGHEST_EUR = 25.0
"""Above every market's price cap, taxes included; anything higher is a marker, not a price spike."""
_FLAT_EUR, _FLATTEST = 0.004, 1.9
_TINY_EUR, _TINIEST_EUR = 0.001, 0.0004
_LOW_ALL_DAY_EUR = 0.0055
_LONG_ENOUGH, _ABOUT_A_DAY = timedelta(hours=6), timedelta(hours=20)
_GIVEN_AWAY = frozenset({"CUP", "ETB", "IRR", "KWD", "LBP", "LYD", "SDG", "SYP", "TMT", "VED", "VES", "ZWG"})
"""Currencies with high inflation, or of countries where a kWh may really cost almost nothing."""


def without_marks(slots: Sequence[PriceSlot], currency: str | None) -> list[PriceSlot]:
    """The slots with a possible price; 9999 for "unknown" is not one."""
    _, per_euro = _per_euro(currency)
    return [slot for slot in slots if abs(slot.price_per_kwh) <= _HIGHEST_EUR * per_euro]


def refuse_implausible(slots: Sequence[PriceSlot], currency: str | None, *, is_unit_written: bool = False) -> None:
    """Refuse cents read as euros, MWh as kWh, and the other way round.

    Args:
        slots: Of one list. The median price is judged: a spike may be real.
        currency: ISO 4217; for an unknown one, or None, the limits are wider.
        is_unit_written: Whether a person has set the unit, so that low prices are believed, as with much hydropower.

    Raises:
        PriceError: Electricity does not cost that.
    """
    if not slots:
        return
    _refuse_too_high(slots, currency)
    strong, _ = _per_euro(currency)
    middle = median(abs(slot.price_per_kwh) for slot in slots)
    if currency not in _GIVEN_AWAY and _is_too_low(slots, strong, is_unit_written=is_unit_written):
        raise _refusal(middle, currency, "{0}/MWh or {0}/kWh".format(currency or "EUR"))


def refuse_days_too_dear(slots: Sequence[PriceSlot], currency: str | None, zone: tzinfo) -> None:
    """Refuse a single day that is too expensive, as where only tomorrow comes in cents.

    Raises:
        PriceError: A day's median price is more than electricity can cost.
    """
    for _, of_day in groupby(slots, lambda slot: slot.start.astimezone(zone).date()):
        day = list(of_day)
        if _length(day) >= _LONG_ENOUGH:
            _refuse_too_high(day, currency)


def _refuse_too_high(slots: Sequence[PriceSlot], currency: str | None) -> None:
    _, weak = _per_euro(currency)
    middle = median(abs(slot.price_per_kwh) for slot in slots)
    if middle > _HIGHEST_MEDIAN_EUR * weak:
        money = currency or "EUR"
        is_huge = middle > _TEN_MILLIONTHS_EUR * weak
        raise _refusal(middle, currency, f"1e-7 {money}/kWh" if is_huge else f"ct/kWh or {money}/MWh")


def _length(slots: Sequence[PriceSlot]) -> timedelta:
    return sum((slot.end - slot.start for slot in slots), timedelta())


def _is_too_low(slots: Sequence[PriceSlot], per_euro: float, *, is_unit_written: bool) -> bool:
    prices = [slot.price_per_kwh / per_euro for slot in slots]
    middle, lowest, highest = median(prices), min(prices), max(prices)
    length = _length(slots)
    if lowest <= 0 or middle >= _FLAT_EUR or length < _LONG_ENOUGH:
        return False
    is_flat = highest < _FLATTEST * lowest
    is_tiny = middle < _TINIEST_EUR and highest < _TINY_EUR
    is_low_all_day = length >= _ABOUT_A_DAY and highest < _LOW_ALL_DAY_EUR
    return is_tiny or (not is_unit_written and (is_flat or is_low_all_day))


def _per_euro(currency: str | None) -> tuple[float, float]:
    rate = PER_EURO.get(currency or "")
    return (rate, rate) if rate else _UNKNOWN_PER_EURO


def _refusal(price: float, currency: str | None, units: str) -> PriceError:
    what = f"{price:.4g} {currency or 'currency units'}/kWh is no plausible price of electricity"
    return PriceError(f"{what}; set the unit the source uses, such as price_unit: {units}")
