"""What a start has to save where nobody says."""

from __future__ import annotations

from statistics import fmean

from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.exchange_rates import PER_EURO

USUAL_EUR = 0.03
"""Enough that quarter-hour prices lead to hardly more than one start a night, for two thousandths of what is paid."""
_USUAL_KWH = 0.25
"""About what that buys."""


def usual_start_cost(curve: PriceCurve) -> float:
    """Three euro cents in the currency of the prices, rounded; where they have none, the price of a quarter of a kWh.

    It only decides between plans: nobody pays it, so no cost or saving includes it.
    """
    if rate := PER_EURO.get(curve.currency or ""):
        return float(f"{USUAL_EUR * rate:.1g}")
    return max(0.0, _USUAL_KWH * fmean(slot.price_per_kwh for slot in curve)) if curve.slots else 0.0
