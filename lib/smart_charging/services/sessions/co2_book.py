"""The CO2 of one charger's session, counted as its cost is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from smart_charging.charger import Charge
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.sessions.ledger import Ledger
from smart_charging.services.sessions.session import Session
from smart_charging.services.store import Store, recalled


class Co2Book:
    """A ledger whose prices are grams per kWh, kept over a restart; energy without a figure counts as the others' mean.

    Args:
        grams: What is known of the grid, in a curve's place for prices; None where nothing is to be counted.
    """

    def __init__(self, charger_id: str, store: Store, grams: Callable[[], PriceCurve] | None) -> None:
        self._store = store
        self._key = f"co2_{charger_id}"
        self._grams = grams
        self._ledger: Ledger | None = None

    @property
    def emitted_g(self) -> float | None:
        """Of the session so far; None while no figure is known."""
        return self._ledger.cost_at_mean if self._ledger else None

    def at_once_g(self, plugged_in_at: datetime, power_kw: float) -> float | None:
        """Of the same energy, charged as soon as the cable was in; None when a figure is unknown."""
        return self._ledger.cost_at_once(plugged_in_at, power_kw) if self._ledger else None

    async def update(self, session: Session, charges: Sequence[Charge], now: datetime) -> None:
        """Count what is new in the session's charges."""
        if self._grams is None:
            return
        if self._ledger is None:
            kept = await recalled(self._store, self._key, Ledger.from_dict)
            self._ledger = kept or Ledger.begin(session.plugged_in_at)
        if self._ledger.update(charges, self._grams(), now):
            await self._store.remember(self._key, self._ledger.to_dict())

    async def close(self) -> None:
        """Forget the session."""
        if self._ledger is not None:
            self._ledger = None
            await self._store.remember(self._key, {})
