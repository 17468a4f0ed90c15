"""Keeps the lifetime energy of all outlets, and asks for sessions only where there may be new ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from smart_charging.clouds.charge_amps.lifetime import GuardedCounter, SessionTotals
from smart_charging.clouds.charge_amps.models import ChargingSession
from smart_charging.clouds.charge_amps.notes import Notes
from smart_charging.clouds.charge_amps.station import Outlet, Station, charger_id_of
from smart_charging.errors import CloudError

ASK_AGAIN = timedelta(minutes=5)
"""After a session has ended, until the history tells it."""
_KEEP_EVERY_KWH = 1.0
"""Writing a counter at every reading would wear out a memory card."""


class TellsSessions(Protocol):
    """The API that has a history."""

    async def sessions(self, station_id: str, totals: SessionTotals) -> Sequence[ChargingSession]:
        """The part of the history that may be new."""
        ...


class SessionHistory:
    """Lifetime energy from sessions that are over and from those that run.

    Args:
        on_final: Called with a session's id and energy once the history tells it as over.
    """

    def __init__(
        self,
        reader: TellsSessions,
        notes: Notes,
        *,
        on_final: Callable[[str, int, str, float], None],
        now: Callable[[], datetime],
        logger: logging.Logger,
    ) -> None:
        self._reader = reader
        self._notes = notes
        self._on_final = on_final
        self._now = now
        self._log = logger
        self._totals: dict[str, SessionTotals] = {}
        self._asked_at: dict[str, datetime] = {}

    async def update(self, station: Station) -> None:
        """Take what runs now; read the history once per start of the program and after each session."""
        totals = self._of(station.id)
        for outlet in station.outlets:
            totals.live(outlet.number, outlet.session_id, outlet.session_kwh)
        live = {outlet.session_id for outlet in station.outlets if outlet.session_ended_at is None}
        untold = {session for own in totals.running.values() for session in own} - live
        asked_at = self._asked_at.get(station.id)
        if asked_at is None or ((untold or not totals.is_read) and self._now() - asked_at >= ASK_AGAIN):
            self._asked_at[station.id] = self._now()
            await self._read(station.id, totals)

    def total(self, station: Station, outlet: Outlet) -> float | None:
        """All energy of an outlet so far; None before the history could be read."""
        return self._of(station.id).total(outlet.number)

    async def _read(self, station_id: str, totals: SessionTotals) -> None:
        try:
            listed = await self._reader.sessions(station_id, totals)
        except CloudError as err:
            self._log.debug("The history of sessions is read later: %s", err)
            return
        totals.add(listed)
        for one in listed:
            if one.end_time is not None and one.session_kwh is not None:
                self._on_final(station_id, one.connector_id, one.id, one.session_kwh)
        self._notes.energy[station_id] = totals.to_dict()
        await self._notes.keep()

    def _of(self, station_id: str) -> SessionTotals:
        if station_id not in self._totals:
            facts = self._notes.energy.get(station_id)
            try:
                self._totals[station_id] = SessionTotals.from_dict(facts) if facts else SessionTotals()
            except (AttributeError, KeyError, TypeError, ValueError):
                self._totals[station_id] = SessionTotals()
        return self._totals[station_id]


class CounterHistory:
    """Lifetime energy from the counters of the web app's API."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._counters: dict[str, GuardedCounter] = {}
        self._kept_kwh: dict[str, float] = {}

    async def update(self, station: Station) -> None:
        """Take what was read."""
        for outlet in station.outlets:
            charger_id = charger_id_of(station.id, outlet.number)
            total = self._of(charger_id).update(outlet.counter_kwh)
            if total is not None and total - self._kept_kwh.get(charger_id, 0.0) >= _KEEP_EVERY_KWH:
                self._kept_kwh[charger_id] = total
                self._notes.energy[charger_id] = self._of(charger_id).to_dict()
                await self._notes.keep()

    def total(self, station: Station, outlet: Outlet) -> float | None:
        """All energy of an outlet so far; None before the first reading."""
        return self._of(charger_id_of(station.id, outlet.number)).update(None)

    def _of(self, charger_id: str) -> GuardedCounter:
        if charger_id not in self._counters:
            facts = self._notes.energy.get(charger_id)
            try:
                self._counters[charger_id] = GuardedCounter.from_dict(facts) if facts else GuardedCounter()
            except (AttributeError, KeyError, TypeError, ValueError):
                self._counters[charger_id] = GuardedCounter()
        return self._counters[charger_id]


History = SessionHistory | CounterHistory
