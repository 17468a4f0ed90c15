"""One charger's sessions, counted while they last and booked when they are over."""

from __future__ import annotations

from datetime import datetime

from smart_charging.charger import Charger
from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.sessions.ledger import Ledger
from smart_charging.services.sessions.session import Session
from smart_charging.services.sessions.session_log import BookedSession, SessionBook
from smart_charging.services.store import Memory, understood


class Bookkeeping:
    """Keeps the ledger of the session that runs, over a restart too."""

    def __init__(self, charger_id: str, book: SessionBook, memory: Memory) -> None:
        self._id = charger_id
        self._book = book
        self._memory = memory
        self._memory_key = f"ledger_{charger_id}"
        self._ledger: Ledger | None = None

    @property
    def cost(self) -> float | None:
        """Of the session so far; None where a price is unknown."""
        return self._ledger.cost if self._ledger else None

    async def update(self, session: Session, charger: Charger, curve: PriceCurve, now: datetime) -> float:
        """Count what is new; the energy since the cable went in."""
        ledger = await self._opened(session)
        if ledger.update(session.charges(charger), curve, now):
            await self._memory.remember(self._memory_key, ledger.facts())
        return ledger.energy_kwh

    async def close(self, session: Session, charger: Charger, power_kw: float, unplugged_at: datetime) -> None:
        """Book a session that is over, if anything was charged; doing so twice books it once."""
        ledger = await self._opened(session)
        if ledger.energy_kwh > ALMOST_NOTHING_KWH:
            await self._book.add(
                BookedSession(
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
                )
            )
        self._ledger = None
        await self._memory.remember(self._memory_key, {})

    async def _opened(self, session: Session) -> Ledger:
        if self._ledger is None:
            kept = understood(await self._memory.recall(self._memory_key), Ledger.from_facts)
            self._ledger = kept or Ledger.begin(session.plugged_in_at)
        return self._ledger
