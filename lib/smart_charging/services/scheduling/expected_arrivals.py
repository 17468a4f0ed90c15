"""Which cars are expected at chargers of a common fuse in which no cable is plugged in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial

from smart_charging.charger import ChargerState
from smart_charging.entities.plan_view import PlanState
from smart_charging.mode import Mode
from smart_charging.planning.expected_request import Arrival, arrival, awaited
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.services.habits.visits import visits_of
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.sessions.session_log import SessionLog

_HOUR = timedelta(hours=1)


class ExpectedArrivals:
    """Looks at the books once an hour, and when a session was added."""

    def __init__(self, schedulers: Mapping[str, ChargerScheduler], session_log: SessionLog, zone: tzinfo) -> None:
        self._schedulers = schedulers
        self._session_log = session_log
        self._zone = zone
        self._visits: dict[str, Sequence[ExpectedVisit]] = {}
        self._looked_at: tuple[int, datetime] | None = None

    def of(self, snapshots: Sequence[Snapshot], now: datetime) -> Sequence[Arrival]:
        """The arrivals before the last departure of a car that is there and wants energy."""
        departures = [one.request.need.ready_by for one in snapshots if one.request and one.wants]
        if not departures:
            return ()
        looked_at = len(self._session_log.visits), now.replace(minute=0, second=0, microsecond=0)
        if looked_at != self._looked_at:
            self._visits, self._looked_at = {}, looked_at
        return [
            self._arrival(one, visit, now)
            for one in snapshots
            if _is_free(one, now)
            for visit in awaited(self._visits_at(one, now), now)[:1]
            if visit.arrives_at < max(departures)
        ]

    def _visits_at(self, one: Snapshot, now: datetime) -> Sequence[ExpectedVisit]:
        if one.key not in self._visits:
            has_departure = one.car.ready_by is not None or one.car.ready_by_once is not None
            self._visits[one.key] = visits_of(
                self._schedulers[one.key].schedule.usual,
                self._session_log.visits_at(one.key),
                now,
                self._zone,
                departure=partial(one.car.departure, self._zone) if has_departure else None,
            )
        return self._visits[one.key]

    def _arrival(self, one: Snapshot, visit: ExpectedVisit, now: datetime) -> Arrival:
        return arrival(
            one.key,
            one.charger.name,
            visit,
            now,
            power_kw=one.power_kw,
            load_kw=one.load_kw,
            priority=one.car.priority,
        )


def _is_free(one: Snapshot, now: datetime) -> bool:
    """Whether a cable could be plugged in there, and its car be charged by plan."""
    may_return = one.cable is not None and one.cable.may_return(now)
    is_reached = one.charger.state not in {ChargerState.OFFLINE, ChargerState.UNKNOWN}
    return one.state is PlanState.IDLE and is_reached and not may_return and one.car.mode is not Mode.OFF
