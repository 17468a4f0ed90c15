"""What a new plan has to save to replace one that still works."""

from __future__ import annotations

from statistics import fmean

from smart_charging.prices.curve import PriceCurve


def keep_threshold(curve: PriceCurve, wanted_kwh: float, share: float) -> float:
    """A share of what the energy costs at the mean price, in the currency of the prices, whichever that is.

    Rounded, so that it stays the same while prices and the energy wanted hardly change.

    Args:
        curve: Prices of some days; those below 0 count as those above, since a threshold is never negative.
        wanted_kwh: Of the whole session: what is still missing becomes less, and plans would move the more easily.
    """
    mean = fmean([abs(slot.price_per_kwh) for slot in curve]) if curve.slots else 0.0
    return float(f"{share * wanted_kwh * mean:.2g}")
