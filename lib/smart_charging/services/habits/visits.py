"""The visits to be expected of a car: as a person says, else by its sessions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta, tzinfo

from smart_charging.config.usual import UsualVisits
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.services.habits.habit import DAY, at_time
from smart_charging.services.habits.usual_visits import Departure, day_of, usual_visits
from smart_charging.services.sessions.session_log import BookedSession

_STAYS = timedelta(hours=12)
"""Where neither settings nor sessions tell when a car leaves."""


def visits_of(
    usual: UsualVisits | None,
    sessions: Collection[BookedSession],
    now: datetime,
    zone: tzinfo,
    *,
    days: int = 1,
    departure: Departure | None = None,
) -> Sequence[ExpectedVisit]:
    """Like `usual_visits`, where nobody has said what is usual."""
    if usual is None:
        return usual_visits(sessions, now, zone, days=days, departure=departure)
    today = day_of(now, zone)
    came_on = {day_of(one.plugged_in_at, zone) for one in sessions}
    span = (today + ahead * DAY for ahead in range(-1, days + 1))
    times = {day.number: at for day, at in usual.arrives.items()}
    arrivals = [
        at_time(day, times[day.weekday()], zone) for day in span if day.weekday() in times and day not in came_on
    ]
    visits = [
        ExpectedVisit(arrives_at=at, leaves_at=departure(at) if departure else at + _STAYS, energy_kwh=usual.energy_kwh)
        for at in arrivals
    ]
    return [visit for visit in visits if visit.leaves_at > now]
