"""One charger's sessions: energy and cost counted while they last, logged when they are over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from smart_charging.charger import Charge, Charger
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.sessions.co2_book import Co2Book
from smart_charging.services.sessions.ledger import Ledger
from smart_charging.services.sessions.owed import Owed
from smart_charging.services.sessions.session import Session
from smart_charging.services.sessions.session_log import BookedSession, SessionLog
from smart_charging.services.sessions.untold_energy import UntoldEnergy
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
        self._untold = UntoldEnergy(charger_id, store)
        self._session_log = session_log
        self._store = store
        self._store_key = f"ledger_{charger_id}"
        self._ledger: Ledger | None = None
        self._owed_key = f"owed_{charger_id}"
        self._owed = Owed()

    @property
    def cost(self) -> float | None:
        """The cost of the session so far; None where a price or an energy is unknown."""
        return self._ledger.cost if self._ledger and not self.is_untold else None

    @property
    def is_untold(self) -> bool:
        """Whether energy of the session was worked out by time, as nobody tells it."""
        return self._untold.kwh > 0

    def remark(self, power_kw: float) -> str | None:
        """What to say of energy that nobody tells; else None."""
        return f"no energy is told, so it is worked out by time, at {power_kw:g} kW" if self.is_untold else None

    @property
    def co2_g(self) -> float | None:
        """What the session has emitted so far; None while nothing is known of it."""
        return self._co2.emitted_g

    def owed_kwh(self, most_kwh: float) -> float:
        """What the nights before have left to this session, at most so much."""
        return min(self._owed.energy_kwh, most_kwh)

    async def update(
        self, session: Session, charges: Sequence[Charge], curve: PriceCurve, now: datetime, *, power_kw: float
    ) -> float:
        """Count what is new in the session's charges; returns the energy since the cable went in, in kWh.

        Args:
            power_kw: Of a charge whose energy nobody tells.
        """
        ledger = await self._opened(session)
        if ledger.update(charges, curve, now):
            await self._store.remember(self._store_key, ledger.to_dict())
        await self._co2.update(session, charges, now)
        return ledger.energy_kwh + await self._untold.update(charges, power_kw, now)

    async def close(
        self,
        session: Session,
        charger: Charger,
        power_kw: float,
        unplugged_at: datetime,
        may_owe_kwh: float = 0.0,
    ) -> None:
        """Log a finished session if it counts or the car stayed; doing so twice logs it once.

        Args:
            may_owe_kwh: What may be left; 0 for a car that is to have all it needs each time.
        """
        ledger = await self._opened(session)
        owed, before = self._with_lacking(session, ledger, power_kw), self._owed
        booked = BookedSession(
            charger_id=self._id,
            charger=charger.name,
            plugged_in_at=session.plugged_in_at,
            unplugged_at=unplugged_at,
            energy_kwh=ledger.energy_kwh,
            wanted_kwh=session.wanted_kwh,
            cost=ledger.cost,
            cost_at_once=ledger.cost_at_once(session.plugged_in_at, power_kw),
            fresh_kwh=max(0.0, owed.energy_kwh - before.energy_kwh) if may_owe_kwh else None,
            cost_nightly=owed.cost_of(ledger.energy_kwh) if may_owe_kwh else None,
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
        await self._settle(owed.without(ledger.energy_kwh + self._untold.kwh).at_most(may_owe_kwh), session)
        self._ledger = None
        await self._co2.close()
        await self._untold.close()
        await self._store.remember(self._store_key, {})

    def _with_lacking(self, session: Session, ledger: Ledger, power_kw: float) -> Owed:
        """What the car was owed in this session, with what it wanted anew."""
        had_kwh = ledger.energy_kwh + self._untold.kwh
        wanted_kwh = self._owed.energy_kwh if session.wanted_kwh is None else session.wanted_kwh
        lacking_kwh = had_kwh if session.is_full else max(had_kwh, wanted_kwh)
        end = session.promised_by or session.ready_by
        price_of = partial(ledger.cheapest_price, session.plugged_in_at, end, power_kw=power_kw)
        return self._owed.with_lacking(lacking_kwh, price_of)

    async def _settle(self, owed: Owed, session: Session) -> None:
        """Keep what is left owed, unless that was done for this session before."""
        if self._owed.settled_for == session.plugged_in_at:
            return
        is_news = bool(owed.lots or self._owed.lots)
        self._owed = replace(owed, settled_for=session.plugged_in_at)
        if is_news:
            await self._store.remember(self._owed_key, self._owed.to_dict())

    async def _opened(self, session: Session) -> Ledger:
        if self._ledger is None:
            kept = await recalled(self._store, self._store_key, Ledger.from_dict)
            self._owed = await recalled(self._store, self._owed_key, Owed.from_dict) or self._owed
            self._ledger = kept or Ledger.begin(session.plugged_in_at)
        return self._ledger
