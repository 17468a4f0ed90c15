"""Fixed prices by hour, day and season."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo

from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.rates import Rate, cut, edges_of, rate_at


def fixed_prices(
    rates: Sequence[Rate],
    start: datetime,
    end: datetime,
    *,
    zone: tzinfo,
    holidays: Container[date] = frozenset(),
    currency: str | None = None,
) -> PriceCurve:
    """The prices of `[start, end)`, in slots of an hour at most; there is a gap where no rate applies."""
    whole = PriceSlot(start=start, end=end, price_per_kwh=0)
    parts = ((part, part.start.astimezone(zone)) for part in cut(whole, edges_of(rates), zone))
    priced = ((part, rate_at(rates, local, holidays)) for part, local in parts)
    return PriceCurve([replace(part, price_per_kwh=price) for part, price in priced if price is not None], currency)
