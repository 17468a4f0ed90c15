"""What a new plan has to save to replace one that still works."""

from __future__ import annotations

from statistics import fmean

from smart_charging.prices.curve import PriceCurve

_ENOUGH = 700
"""A week of quarters of an hour, or four of hours, tell how high prices are."""


def keep_threshold(curve: PriceCurve, wanted_kwh: float, share: float) -> float:
    """A share of what the energy costs at the mean price, in the currency of the prices, whichever that is.

    Rounded, so that it stays the same while prices and the energy wanted hardly change.

    Args:
        curve: Prices of some days; those below 0 count as those above, since a threshold is never negative.
        wanted_kwh: Of the whole session: what is still missing becomes less, and plans would move the more easily.
    """
    newest = curve.slots[-_ENOUGH:]
    mean = fmean([abs(slot.price_per_kwh) for slot in newest]) if newest else 0.0
    return float(f"{share * wanted_kwh * mean:.2g}")
