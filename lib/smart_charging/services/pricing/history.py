"""Published prices of the last days, as their source counted them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.services.pricing.source import NOTHING, Quote
from smart_charging.services.store import Memory

KEY = "prices"
KEPT = timedelta(days=8)
"""A week for the forecast, and the day a session began."""
AHEAD = timedelta(days=8)
"""Nobody publishes further; a price of the year 2099 would make all others look old."""

Run = tuple[str, float, list[float]]
"""Start in ISO text, seconds of a slot, and the prices of slots that follow each other."""


class PriceHistory:
    """Outlives a restart; prices of another source, or in another currency, begin it anew."""

    def __init__(self, source: str, memory: Memory) -> None:
        self._source = source
        self._memory = memory
        self._is_recalled = False
        self.published = NOTHING
        self.has_fees_inside = False

    async def recall(self) -> bool:
        """Take up what was known before the start, the first time; whether there was something."""
        if self._is_recalled:
            return False
        facts = await self._memory.recall(KEY)
        self._is_recalled = True
        if facts.get("source") == self._source:
            try:
                self.published = PriceCurve(list(_slots(facts["runs"])), facts["currency"])
                self.has_fees_inside = bool(facts["has_fees_inside"])
            except (KeyError, TypeError, ValueError, OverflowError, PriceError):  # of another version, or damaged
                self.published = NOTHING
        return bool(self.published)

    async def learn(self, quote: Quote, now: datetime) -> None:
        """Keep what is new in a quote; of the same time the quote's prices count."""
        fresh = PriceCurve([slot for slot in quote.curve if not slot.is_estimate], quote.curve.currency)
        if not fresh:
            return
        learnt = _recent(fresh.over(self.published if self._goes_with(quote) else NOTHING), now)
        if (learnt, quote.has_fees_inside) != (self.published, self.has_fees_inside):
            self.published, self.has_fees_inside = learnt, quote.has_fees_inside
            await self._memory.remember(KEY, self._facts())

    def _goes_with(self, quote: Quote) -> bool:
        currencies = {self.published.currency, quote.curve.currency} - {None}
        return len(currencies) < 2 and quote.has_fees_inside == self.has_fees_inside

    def _facts(self) -> Mapping[str, Any]:
        return {
            "source": self._source,
            "currency": self.published.currency,
            "has_fees_inside": self.has_fees_inside,
            "runs": [list(run) for run in _runs(self.published)],
        }


def _recent(curve: PriceCurve, now: datetime) -> PriceCurve:
    """By whole days, so that it does not change with every quarter of an hour."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return PriceCurve(
        [slot for slot in curve if today - KEPT < slot.end and slot.start < today + AHEAD], curve.currency
    )


def _runs(curve: PriceCurve) -> Sequence[Run]:
    runs: list[Run] = []
    last: PriceSlot | None = None
    for slot in curve:
        if last is None or (last.end, last.length) != (slot.start, slot.length):
            runs.append((slot.start.isoformat(), slot.length.total_seconds(), []))
        runs[-1][2].append(slot.price_per_kwh)
        last = slot
    return runs


def _slots(runs: Sequence[Run]) -> Iterator[PriceSlot]:
    for start, seconds, prices in runs:
        begin, length = datetime.fromisoformat(start), timedelta(seconds=seconds)
        for number, price in enumerate(prices):
            yield PriceSlot(
                start=begin + number * length, end=begin + (number + 1) * length, price_per_kwh=float(price)
            )
