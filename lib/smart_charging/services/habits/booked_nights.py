"""What cars wanted in the nights that are in the book of sessions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, tzinfo

from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.services.sessions.session_log import SessionLog


def booked_nights(book: SessionLog, zone: tzinfo) -> Iterator[tuple[str, date, float]]:
    """The charger, the day on which the car left, and what it wanted, or took where that is not known, in kWh."""
    for session in book.sessions:
        wanted_kwh = session.energy_kwh if session.wanted_kwh is None else session.wanted_kwh
        if wanted_kwh > ALMOST_NOTHING_KWH:
            yield session.charger_id, session.unplugged_at.astimezone(zone).date(), wanted_kwh
