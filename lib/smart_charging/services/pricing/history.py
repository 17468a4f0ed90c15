"""Published prices of the last days, as their source counted them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from smart_charging.errors import PriceError
from smart_charging.prices.curve import NO_PRICES, PriceCurve, PriceSlot
from smart_charging.services.pricing.source import PriceReading
from smart_charging.services.store import Store

KEY = "prices"
HISTORY_KEPT = timedelta(days=8)
"""A week for the forecast, and the day a session began."""
AHEAD = timedelta(days=8)
"""Nobody publishes further; a price of the year 2099 would make all others look old."""

Run = tuple[str, float, list[float]]
"""Start in ISO text, seconds of a slot, and the prices of slots that follow each other."""


class PriceHistory:
    """Outlives a restart; prices of another source, or in another currency, begin it anew."""

    def __init__(self, source: str, store: Store) -> None:
        self._source = source
        self._store = store
        self._is_recalled = False
        self.published = NO_PRICES
        self.has_fees_inside = False

    async def recall(self) -> bool:
        """Take up what was known before the start, the first time; whether there was something."""
        if self._is_recalled:
            return False
        facts = await self._store.recall(KEY)
        self._is_recalled = True
        if facts.get("source") == self._source:
            try:
                self.published = PriceCurve(list(_slots(facts["runs"])), facts["currency"])
                self.has_fees_inside = bool(facts["has_fees_inside"])
            except (KeyError, TypeError, ValueError, OverflowError, PriceError):  # of another version, or damaged
                self.published = NO_PRICES
        return bool(self.published)

    async def learn(self, reading: PriceReading, now: datetime) -> None:
        """Keep what is new in a quote; of the same time the quote's prices count."""
        fresh = PriceCurve([slot for slot in reading.curve.slots if not slot.is_estimate], reading.curve.currency)
        if not fresh.slots:
            return
        learnt = _recent(fresh.filled_from(self.published if self._goes_with(reading) else NO_PRICES), now)
        if (learnt, reading.has_fees_inside) != (self.published, self.has_fees_inside):
            self.published, self.has_fees_inside = learnt, reading.has_fees_inside
            await self._store.remember(KEY, self._facts())

    def _goes_with(self, reading: PriceReading) -> bool:
        currencies = {self.published.currency, reading.curve.currency} - {None}
        return len(currencies) < 2 and reading.has_fees_inside == self.has_fees_inside

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
        [slot for slot in curve.slots if today - HISTORY_KEPT < slot.end and slot.start < today + AHEAD], curve.currency
    )


def _runs(curve: PriceCurve) -> Sequence[Run]:
    runs: list[Run] = []
    last: PriceSlot | None = None
    for slot in curve.slots:
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
