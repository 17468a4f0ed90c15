"""One charger's sessions: energy and cost counted while they last, logged when they are over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.sessions.co2_book import Co2Book
from smart_charging.services.sessions.ledger import Ledger
from smart_charging.services.sessions.session import Session
from smart_charging.services.sessions.session_log import BookedSession, SessionLog
from smart_charging.services.store import Store, recalled

_A_VISIT = timedelta(minutes=30)
"""A car that was there for so long came to stay, even if it charged nothing, as on a dear night; a cable that comes and
goes did not."""


class Bookkeeping:
    """Keeps the ledger of the running session, over a restart too."""

    def __init__(
        self,
        charger_id: str,
        session_log: SessionLog,
        store: Store,
        co2: Callable[[], PriceCurve] | None = None,
    ) -> None:
        """Begin without a session; `co2` as for `Co2Book`."""
        self._id = charger_id
        self._co2 = Co2Book(charger_id, store, co2)
        self._session_log = session_log
        self._store = store
        self._store_key = f"ledger_{charger_id}"
        self._ledger: Ledger | None = None

    @property
    def cost(self) -> float | None:
        """The cost of the session so far; None where a price is unknown."""
        return self._ledger.cost if self._ledger else None

    @property
    def co2_g(self) -> float | None:
        """What the session has emitted so far; None while nothing is known of it."""
        return self._co2.emitted_g

    async def update(self, session: Session, charges: Sequence[Charge], curve: PriceCurve, now: datetime) -> float:
        """Count what is new in the session's charges; returns the energy since the cable went in, in kWh."""
        ledger = await self._opened(session)
        if ledger.update(charges, curve, now):
            await self._store.remember(self._store_key, ledger.to_dict())
        await self._co2.update(session, charges, now)
        return ledger.energy_kwh

    async def close(self, session: Session, charger: Charger, power_kw: float, unplugged_at: datetime) -> None:
        """Log a finished session, if anything was charged or the car stayed; doing so twice logs it once."""
        ledger = await self._opened(session)
        booked = BookedSession(
            charger_id=self._id,
            charger=charger.name,
            plugged_in_at=session.plugged_in_at,
            unplugged_at=unplugged_at,
            energy_kwh=ledger.energy_kwh,
            wanted_kwh=session.wanted_kwh,
            cost=ledger.cost,
            cost_at_once=ledger.cost_at_once(session.plugged_in_at, power_kw),
            currency=ledger.currency,
            starts=ledger.starts,
            ready_by=session.promised_by,
            was_ready=session.was_ready,
            charge_ids=ledger.charge_ids,
            co2_g=self._co2.emitted_g,
            co2_g_at_once=self._co2.at_once_g(session.plugged_in_at, power_kw),
        )
        if not booked.is_idle or unplugged_at - session.plugged_in_at >= _A_VISIT:
            await self._session_log.add(booked)
        self._ledger = None
        await self._co2.close()
        await self._store.remember(self._store_key, {})

    async def _opened(self, session: Session) -> Ledger:
        if self._ledger is None:
            kept = await recalled(self._store, self._store_key, Ledger.from_dict)
            self._ledger = kept or Ledger.begin(session.plugged_in_at)
        return self._ledger
