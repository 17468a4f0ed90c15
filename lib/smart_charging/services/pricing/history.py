"""Published prices of the last days, as the source gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from smart_charging.prices.curve import NO_PRICES, PriceCurve, PriceSlot
from smart_charging.prices.forecast import LOOKS_BACK
from smart_charging.services.pricing.source import PriceReading
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import amount, flag, moment, number, optional, rows, text

KEY = "prices"
HISTORY_KEPT = LOOKS_BACK + timedelta(days=1)
"""As long as the forecast looks back, and a day for the whole days that the history is cut at."""
LOOKED_AT = timedelta(days=8)
"""How far back anybody else looks, such as a session that began then."""
AHEAD = timedelta(days=8)
"""Later prices are dropped as errors: no source publishes further ahead."""

Run = tuple[str, float, list[float]]
"""Start as ISO text, length of a slot in seconds, and the prices of consecutive slots."""


class PriceHistory:
    """Kept across restarts; prices from another source or in another currency replace it."""

    def __init__(self, source: str, store: Store) -> None:
        self._source = source
        self._store = store
        self._is_recalled = False
        self.published = NO_PRICES
        self.has_fees_inside = False

    async def recall(self) -> bool:
        """Restore the prices from before the start, once; returns whether there were any."""
        if self._is_recalled:
            return False
        facts = await self._store.recall(KEY)
        self._is_recalled = True
        kept = recalled_part(self._store, KEY, facts, _published) if facts.get("source") == self._source else None
        self.published, self.has_fees_inside = kept or (NO_PRICES, False)
        return bool(self.published)

    async def learn(self, reading: PriceReading, now: datetime) -> None:
        """Keep the published prices of a reading; they replace earlier ones for the same time."""
        fresh = PriceCurve([slot for slot in reading.curve.slots if not slot.is_estimate], reading.curve.currency)
        if not fresh.slots:
            return
        learnt = _recent(fresh.filled_from(self.published if self._goes_with(reading) else NO_PRICES), now)
        if (learnt, reading.has_fees_inside) != (self.published, self.has_fees_inside):
            self.published, self.has_fees_inside = learnt, reading.has_fees_inside
            await self._store.remember(KEY, self._to_dict())

    def _goes_with(self, reading: PriceReading) -> bool:
        currencies = {self.published.currency, reading.curve.currency} - {None}
        return len(currencies) < 2 and reading.has_fees_inside == self.has_fees_inside

    def _to_dict(self) -> Mapping[str, Any]:
        return {
            "source": self._source,
            "currency": self.published.currency,
            "has_fees_inside": self.has_fees_inside,
            "runs": [list(run) for run in _runs(self.published)],
        }


def _recent(curve: PriceCurve, now: datetime) -> PriceCurve:
    """Cut at whole days, so that the curve does not change every quarter of an hour."""
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


def _published(facts: Mapping[str, Any]) -> tuple[PriceCurve, bool]:
    """The opposite of `PriceHistory._to_dict`."""
    curve = PriceCurve(list(_slots(rows(facts["runs"]))), optional(text, facts["currency"]))
    return curve, flag(facts["has_fees_inside"])


def _slots(runs: Sequence[Run]) -> Iterator[PriceSlot]:
    for start, seconds, prices in runs:
        begin, length = moment(start), timedelta(seconds=number(seconds))
        for place, price in enumerate(rows(prices)):
            end = begin + (place + 1) * length
            yield PriceSlot(start=begin + place * length, end=end, price_per_kwh=amount(price))
