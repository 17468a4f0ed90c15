"""Keeps planned charging out of the times of events, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from smart_charging.mode import Mode
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.plan import ONE_DAY, Block
from smart_charging.services.events.events import Events
from smart_charging.services.events.forbidden_time import ForbiddenTime
from smart_charging.services.heartbeat import Bulkhead
from smart_charging.services.scheduling.snapshot import Snapshot


class Forbidding:
    """Closes chargers' requests to the times in which events allow no more than the minimum.

    A person's hand goes before: in mode `now`, and where they started a charge themselves, nothing is closed.
    """

    def __init__(self, events: Events | None, bulkhead: Bulkhead, zone: tzinfo) -> None:
        self._events = events
        self._bulkhead = bulkhead
        self._zone = zone

    async def applied(self, snapshots: Sequence[Snapshot], now: datetime) -> Sequence[Snapshot]:
        """The snapshots with what events say at this moment."""
        if self._events is None:
            return snapshots
        times = await self._bulkhead.survived("Events", self._events.times(now))
        return [self._closed(one, one.request, times, now) if one.request and times else one for one in snapshots]

    def _closed(
        self, snapshot: Snapshot, request: ChargeRequest, times: Sequence[ForbiddenTime], now: datetime
    ) -> Snapshot:
        running = max((one for one in times if one.is_at(now)), key=lambda one: one.end, default=None)
        if snapshot.car.mode is Mode.NOW:
            return _explained(snapshot, f"charged all the same, as asked: {running.name}" if running else None)
        blocks = [Block(start=one.start, end=one.end) for one in times]
        preferences = replace(request.preferences, closed=(*request.preferences.closed, *blocks))
        return _explained(
            replace(
                snapshot,
                request=replace(request, preferences=preferences),
                is_forbidden=running is not None and not request.need.minimum_kwh,
            ),
            self._now(running, request) if running else self._later(times, request, now),
        )

    def _now(self, running: ForbiddenTime, request: ChargeRequest) -> str:
        what = "only the minimum is charged" if request.need.minimum_kwh else "waits"
        until = "this is over" if running.is_open_ended else self._clock(running.end, running.start)
        return f"{what} until {until}: {running.name}"

    def _later(self, times: Sequence[ForbiddenTime], request: ChargeRequest, now: datetime) -> str | None:
        following = next((one for one in times if now < one.start < request.need.ready_by), None)
        if following is None:
            return None
        start, end = self._clock(following.start, now), self._clock(following.end, following.start)
        return f"waits between {start} and {end}: {following.name}"

    def _clock(self, moment: datetime, after: datetime) -> str:
        return f"{moment.astimezone(self._zone):{'%a %H:%M' if moment - after >= ONE_DAY else '%H:%M'}}"


def _explained(snapshot: Snapshot, reason: str | None) -> Snapshot:
    """With a reason where there is none yet that matters more."""
    return replace(snapshot, reason=snapshot.reason or reason) if snapshot.wants else snapshot
