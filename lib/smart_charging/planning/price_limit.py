"""The price limit: above it only the minimum is charged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta, tzinfo

from smart_charging.prices.curve import PriceCurve, PriceSlot


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLimit:
    """Slots above the limit are not used, even if the car will not be ready; only the minimum may use them.

    A price equal to the limit is within it. An estimate counts like a published price; times
    without either are not used.
    """

    highest_per_kwh: float | None = None
    """May be 0 or negative."""
    cheapest_share: float | None = None
    """Use only the cheapest share of each local day: 0.4 allows two fifths of the time.

    A share of the time rather than a percentage of the average price, which means nothing near 0.
    """
    zone: tzinfo = UTC
    """The time zone that days are counted in."""
    money: PriceCurve | None = None
    """The prices to judge by, where plans weigh more than money; None for those that are planned with."""

    def __post_init__(self) -> None:
        if self.cheapest_share is not None and not 0 < self.cheapest_share <= 1:
            raise ValueError(
                f"a share of {self.cheapest_share} of the day makes no sense: write more than 0, at most 1"
            )

    def within(self, curve: PriceCurve) -> PriceCurve:
        """The slots that may be used."""
        if self.money is not None:
            allowed = replace(self, money=None).within(self.money)
            return PriceCurve([slot for slot in curve.slots if allowed.slot_at(slot.start)], curve.currency)
        highest_by_day = self._highest_by_day(curve) if self.cheapest_share is not None else {}
        return PriceCurve(
            [
                slot
                for slot in curve.slots
                if (self.highest_per_kwh is None or slot.price_per_kwh <= self.highest_per_kwh)
                and (not highest_by_day or slot.price_per_kwh <= highest_by_day[self._day(slot)])
            ],
            curve.currency,
        )

    def describe(self, currency: str | None) -> str:
        """The limit as text, for the reason why the car will not be ready."""
        parts = []
        if self.highest_per_kwh is not None:
            parts.append(
                f"{self.highest_per_kwh:g} {currency}/kWh" if currency else f"{self.highest_per_kwh:g} per kWh"
            )
        if self.cheapest_share is not None:
            parts.append(f"the cheapest {self.cheapest_share:.0%} of the day".replace("%", " %"))
        return " and ".join(parts)

    def _day(self, slot: PriceSlot) -> date:
        return slot.start.astimezone(self.zone).date()

    def _highest_by_day(self, curve: PriceCurve) -> dict[date, float]:
        days: dict[date, list[PriceSlot]] = defaultdict(list)
        for slot in curve.slots:
            days[self._day(slot)].append(slot)
        return {day: self._highest(slots) for day, slots in days.items()}

    def _highest(self, slots: Sequence[PriceSlot]) -> float:
        """The price up to which the cheapest slots fill the share, rounded up to whole slots."""
        left = sum((slot.length for slot in slots), timedelta(0)) * (self.cheapest_share or 0)
        ranked = sorted(slots, key=lambda slot: slot.price_per_kwh)
        for slot in ranked:
            left -= slot.length
            if left <= timedelta(0):
                return slot.price_per_kwh
        return ranked[-1].price_per_kwh
