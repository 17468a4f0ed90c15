"""Detects placeholder prices, which some sources show for tomorrow before its prices are published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta, tzinfo

from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.wall_time import midnight

_DAY = timedelta(days=1)


def is_placeholder(curve: PriceCurve, day: date, zone: tzinfo) -> bool:
    """Whether the published prices of most of a local day are all equal, and not simply fixed.

    All zero is never a price list; another number is a fixed price where the day before has it, too.
    Only to be used before the hour of publication: afterwards a market may really have such a day.
    """
    told = _published(curve, day, zone)
    covered = sum((slot.length for slot in told), timedelta())
    prices = {slot.price_per_kwh for slot in told}
    if len(prices) != 1 or covered <= _DAY / 2:
        return False
    before = {slot.price_per_kwh for slot in _published(curve, day - _DAY, zone)}
    return prices == {0} or prices != before


def _published(curve: PriceCurve, day: date, zone: tzinfo) -> Sequence[PriceSlot]:
    of_day = curve.between(midnight(day, zone), midnight(day + _DAY, zone))
    return [slot for slot in of_day if not slot.is_estimate]
