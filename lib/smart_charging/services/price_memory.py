"""The prices of a session, kept after their source has dropped them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from smart_charging.prices.curve import PriceCurve, PriceSlot

KEPT = timedelta(days=2)
"""From the session's beginning, for what charging at once had cost, and back from now, for energy told late."""


@dataclass(slots=True, kw_only=True)
class PriceMemory:
    """What was published; many sources tell today and tomorrow, and at midnight forget the evening."""

    since: datetime
    """When the session began."""
    curve: PriceCurve = field(default_factory=PriceCurve)
    """In the currency of the first prices that came; others are not mixed in."""
    _seen: PriceCurve | None = field(default=None, compare=False)

    def learn(self, curve: PriceCurve, now: datetime) -> None:
        """Take over what was published; estimates are no prices yet, and of two prices the newer word counts."""
        if curve == self._seen:
            return
        self._seen = curve
        fresh = [slot for slot in curve if not slot.is_estimate]
        if fresh and (not self.curve or curve.currency == self.curve.currency):
            kept = [slot for slot in PriceCurve(fresh).over(self.curve) if self._is_of_use(slot, now)]
            self.curve = PriceCurve(kept, curve.currency)

    def _is_of_use(self, slot: PriceSlot, now: datetime) -> bool:
        return slot.end > now - KEPT or (self.since < slot.end and slot.start < self.since + KEPT)

    def facts(self) -> Mapping[str, Any]:
        """For a Memory; times as ISO text."""
        slots = [[slot.start.isoformat(), slot.end.isoformat(), slot.price_per_kwh] for slot in self.curve]
        return {"since": self.since.isoformat(), "currency": self.curve.currency, "slots": slots}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `facts`."""
        slots = [
            PriceSlot(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end), price_per_kwh=price)
            for start, end, price in facts["slots"]
        ]
        return cls(since=datetime.fromisoformat(facts["since"]), curve=PriceCurve(slots, facts["currency"]))
