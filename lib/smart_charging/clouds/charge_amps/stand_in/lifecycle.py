"""How current flows over time, and what the cloud has heard of it.

Nothing runs in the background. Each read first catches up with the clock, so that a car is full at 03:12 no matter
when somebody reads it. Chargers report every half minute: the cloud shows the picture of the last report.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from smart_charging.clouds.charge_amps.stand_in.site import Car, ChargePoint, Outlet, Session

_FIRST_SESSION_ID = 700100


@dataclass(kw_only=True)
class Delays:
    """How long the hardware and the cloud take."""

    start: timedelta = timedelta(seconds=8)
    stop: timedelta = timedelta(seconds=5)
    report: timedelta = timedelta(seconds=30)
    """Between two reports of a charger; 0 for a cloud that knows at once."""


class Lifecycle:
    """All charge points, kept up to date with `now`."""

    def __init__(self, *, now: Callable[[], datetime], delays: Delays) -> None:
        self._now = now
        self.delays = delays
        self.points: dict[str, ChargePoint] = {}
        self.sessions: list[tuple[str, Session]] = []
        """All there ever were, with their charge points, oldest first."""
        self._at = now()
        self._reported_at = now()
        self._pictures: dict[str, ChargePoint] = {}

    def catch_up(self) -> datetime:
        """Carry out everything due by now, and take the pictures that the cloud shows; returns now."""
        now = self._now()
        report_at = self._last_report(now)
        if report_at > self._reported_at or not self._pictures.keys() >= self.points.keys():
            self._run_until(max(self._at, report_at))
            self._reported_at = report_at
            self._pictures = {point.id: copy.deepcopy(point) for point in self.points.values()}
        self._run_until(now)
        return now

    def picture(self, point_id: str) -> ChargePoint:
        """A charge point as the cloud last heard of it; whether it is online the cloud knows by itself."""
        self.catch_up()
        picture = self._pictures[point_id]
        picture.is_online = self.points[point_id].is_online
        return picture if self.delays.report else self.points[point_id]

    def plug_in(self, point: ChargePoint, outlet: Outlet, car: Car) -> None:
        """Plug the cable into a car."""
        now = self.catch_up()
        outlet.car, outlet.is_full, outlet.override, outlet.was_stopped = car, False, False, False
        self._decide(point, outlet, now)

    def unplug(self, point: ChargePoint, outlet: Outlet) -> None:
        """Pull the cable: the session ends."""
        now = self.catch_up()
        self._end(outlet, now)
        outlet.car, outlet.is_flowing, outlet.turns_at = None, False, None
        self._decide(point, outlet, now)

    def authorise(self, point: ChargePoint, outlet: Outlet, *, by: str) -> None:
        """Show a tag, at the charger or from afar."""
        now = self.catch_up()
        if outlet.car is not None and not outlet.is_open:
            self._open(point, outlet, now, by=by)
        self._decide(point, outlet, now)

    def stop(self, point: ChargePoint, outlet: Outlet) -> bool:
        """End the session; returns whether there was one."""
        now = self.catch_up()
        if not outlet.is_open:
            return False
        self._end(outlet, now)
        outlet.is_flowing, outlet.turns_at, outlet.was_stopped = False, None, True
        self._decide(point, outlet, now)
        return True

    def settings_changed(self, point: ChargePoint, outlet: Outlet) -> None:
        """Follow new settings; call `catch_up` before they are changed."""
        self._decide(point, outlet, self._now())

    def _last_report(self, now: datetime) -> datetime:
        every_s = self.delays.report.total_seconds()
        return now if not every_s else datetime.fromtimestamp(now.timestamp() // every_s * every_s, UTC)

    def _run_until(self, now: datetime) -> None:
        for point in self.points.values():
            for outlet in point.outlets.values():
                self._advance(point, outlet, now)
        self._at = max(self._at, now)

    def _advance(self, point: ChargePoint, outlet: Outlet, now: datetime) -> None:
        """Flow until the next turn, turn, and flow on."""
        self._decide(point, outlet, self._at)
        at = self._at
        if outlet.turns_at and outlet.turns_at <= now:
            self._flow(outlet, at, outlet.turns_at)
            at, outlet.turns_at = max(at, outlet.turns_at), None
            outlet.is_flowing = not outlet.is_flowing
        self._flow(outlet, at, now)
        self._decide(point, outlet, now)

    def _flow(self, outlet: Outlet, start: datetime, end: datetime) -> None:
        car, session = outlet.car, outlet.session
        if not outlet.is_flowing or car is None or session is None or end <= start:
            return
        hours = (end - start) / timedelta(hours=1)
        kwh = min(car.wants_kwh, outlet.power_kw * hours)
        if kwh > 0:
            _note_flow(session, start, start + timedelta(hours=kwh / outlet.power_kw))
        car.wants_kwh -= kwh
        session.kwh += kwh
        outlet.lifetime_kwh += kwh
        if car.wants_kwh <= 1e-9:
            car.wants_kwh, outlet.is_full, outlet.is_flowing, outlet.turns_at = 0.0, True, False, None

    def _decide(self, point: ChargePoint, outlet: Outlet, now: datetime) -> None:
        """Open a session where the mode does, and begin or end to flow."""
        may_open = outlet.car is not None and not outlet.rfid_lock and not outlet.was_stopped
        if may_open and not outlet.is_open and self._lets_charge(point, outlet):
            self._open(point, outlet, now, by="cable")
        wanted = self._may_flow(point, outlet)
        if wanted is outlet.is_flowing:
            outlet.turns_at = None
        elif outlet.turns_at is None:
            outlet.turns_at = now + (self.delays.start if wanted else self.delays.stop)

    def _may_flow(self, point: ChargePoint, outlet: Outlet) -> bool:
        if not outlet.is_open or outlet.is_full or not outlet.current_a:
            return False
        if outlet.rfid_lock or self._lets_charge(point, outlet):
            return True
        return point.speaks_ocpp and outlet.mode == "Off" and outlet.is_flowing  # OCPP disables only idle connectors

    def _lets_charge(self, point: ChargePoint, outlet: Outlet) -> bool:
        begin, end = point.schedule
        is_time = outlet.override or begin <= self._now().hour < end
        return outlet.mode == "On" or (outlet.mode == "Schedule" and is_time)

    def _open(self, point: ChargePoint, outlet: Outlet, now: datetime, *, by: str) -> None:
        session = Session(id=_FIRST_SESSION_ID + len(self.sessions), outlet=outlet.number, began_at=now, by=by)
        outlet.session = session
        self.sessions.append((point.id, session))

    def _end(self, outlet: Outlet, now: datetime) -> None:
        if outlet.session and outlet.session.ended_at is None:
            outlet.session.ended_at = now


def _note_flow(session: Session, start: datetime, end: datetime) -> None:
    if end <= start:
        return
    if session.flows and session.flows[-1][1] == start:
        start = session.flows.pop()[0]
    session.flows.append((start, end))
