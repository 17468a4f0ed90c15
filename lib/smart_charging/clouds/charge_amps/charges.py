"""Makes charges of what the outlets tell: Charge Amps answers no start and lists no charge.

A session of the cloud lasts from cable in to cable out, or from one tag to the next. One that is paused and goes on
later is two charges for us, so that whoever began each of them is known, and a limit counts from its start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from smart_charging.charger import Charge, ChargerState, ChargeState
from smart_charging.clouds.charge_amps.station import Outlet

CHARGES_KEPT = 10
_FRESH = timedelta(minutes=5)
"""A session that began longer ago than this, and is new to us, did not begin when its current does."""
_FLOWS = frozenset({ChargerState.CHARGING, ChargerState.SUSPENDED_EV, ChargerState.SUSPENDED_EVSE})
_TELLS_NOTHING = frozenset({ChargerState.OFFLINE, ChargerState.UNKNOWN})


@dataclass(slots=True, kw_only=True)
class _Run:
    """One charge: the part of a session from its start to the next pause."""

    id: str
    session: str | None
    created_at: datetime
    from_kwh: float
    """The counter when it began."""
    part: int = 1
    """The how manieth of its session."""
    kwh: float = 0.0
    is_paused: bool = False
    stopped_at: datetime | None = None
    began_by_itself: bool = False

    def count(self, counter_kwh: float | None) -> None:
        """Energy so far; a counter that falls back at the end of a session takes nothing away."""
        if counter_kwh is not None:
            self.kwh = max(self.kwh, counter_kwh - self.from_kwh)

    def charge(self, charger_id: str) -> Charge:
        running = ChargeState.PAUSED if self.is_paused else ChargeState.CHARGING
        return Charge(
            id=self.id,
            charger_id=charger_id,
            state=running if self.stopped_at is None else ChargeState.STOPPED,
            created_at=self.created_at,
            started_at=self.created_at,
            stopped_at=self.stopped_at,
            consumed_kwh=round(self.kwh, 4),
        )

    def to_dict(self) -> Mapping[str, Any]:
        return {
            "id": self.id,
            "session": self.session,
            "created_at": self.created_at.isoformat(),
            "from_kwh": self.from_kwh,
            "part": self.part,
            "kwh": self.kwh,
            "stopped_at": self.stopped_at and self.stopped_at.isoformat(),
            "began_by_itself": self.began_by_itself,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        stopped_at = facts["stopped_at"]
        return cls(
            id=str(facts["id"]),
            session=facts["session"],
            created_at=datetime.fromisoformat(facts["created_at"]),
            from_kwh=float(facts["from_kwh"]),
            part=int(facts["part"]),
            kwh=float(facts["kwh"]),
            stopped_at=datetime.fromisoformat(stopped_at) if stopped_at else None,
            began_by_itself=bool(facts["began_by_itself"]),
        )


class ChargeBook:
    """The latest charges of one charger."""

    def __init__(self, charger_id: str) -> None:
        self._charger_id = charger_id
        self._runs: list[_Run] = []
        """Newest first."""
        self._idle_session: str | None = None
        """A session seen without a charge: a charge within it begins later than the session."""
        self._is_watched = False
        self._counter_kwh: float | None = None

    @property
    def charges(self) -> Sequence[Charge]:
        """Newest first."""
        return [run.charge(self._charger_id) for run in self._runs]

    @property
    def is_running(self) -> bool:
        """Whether the newest charge is not over."""
        return self._running is not None

    @property
    def began_by_itself(self) -> bool:
        """Whether nobody asked for the charge that runs."""
        return self._running is not None and self._running.began_by_itself

    @property
    def _running(self) -> _Run | None:
        newest = self._runs[0] if self._runs else None
        return newest if newest and newest.stopped_at is None else None

    def is_about_to_begin(self, outlet: Outlet, *, is_paused: bool) -> bool:
        """Whether `update` would add a charge."""
        return _flows(outlet, is_paused=is_paused) and (self._running is None or self._is_another(outlet))

    def update(self, outlet: Outlet, now: datetime, *, is_paused: bool, by_itself: bool) -> bool:
        """Take what was just read; returns whether a charge has begun or ended.

        Args:
            is_paused: Whether we keep the outlet from charging.
            by_itself: Whether nobody asked for a charge that begins now.
        """
        if outlet.state in _TELLS_NOTHING:
            return False
        counter_kwh = _counter(outlet)
        has_ended = self._end(outlet, counter_kwh, now, is_paused=is_paused)
        has_begun = self.is_about_to_begin(outlet, is_paused=is_paused)
        if has_begun:
            self._begin(outlet, now, by_itself=by_itself)
        if running := self._running:
            running.is_paused = outlet.state is not ChargerState.CHARGING
            running.session = running.session or outlet.session_id
            running.count(counter_kwh)
        self._idle_session = None if running else outlet.session_id
        self._is_watched, self._counter_kwh = True, counter_kwh
        return has_begun or has_ended

    def settle(self, session_id: str, total_kwh: float) -> None:
        """Take a session's final energy, which its last reading may have missed."""
        last = next((run for run in self._runs if run.session == session_id and run.stopped_at), None)
        if last:
            last.count(total_kwh)

    def to_dict(self) -> Mapping[str, Any]:
        """For the notes."""
        return {"runs": [dict(run.to_dict()) for run in self._runs]}

    def recall(self, facts: Mapping[str, Any]) -> None:
        """The opposite of `to_dict`; what cannot be read is forgotten."""
        try:
            self._runs = [_Run.from_dict(run) for run in facts.get("runs", ())]
        except (AttributeError, KeyError, TypeError, ValueError):
            self._runs = []

    def _end(self, outlet: Outlet, counter_kwh: float | None, now: datetime, *, is_paused: bool) -> bool:
        running = self._running
        if running is None or (_flows(outlet, is_paused=is_paused) and not self._is_another(outlet)):
            return False
        if outlet.session_id == running.session:
            running.count(counter_kwh)
        running.stopped_at = max(running.created_at, min(now, outlet.session_ended_at or now))
        return True

    def _is_another(self, outlet: Outlet) -> bool:
        running = self._running
        told = outlet.session_id
        return running is not None and None not in {told, running.session} and told != running.session

    def _begin(self, outlet: Outlet, now: datetime, *, by_itself: bool) -> None:
        session = outlet.session_id
        part = 1 + max((run.part for run in self._runs if session and run.session == session), default=0)
        began_at = self._began_at(outlet, now)
        name = session or f"{self._charger_id}@{began_at:%Y%m%dT%H%M%S}"
        from_kwh = (self._counter_kwh or _counter(outlet) or 0.0) if part > 1 or not session else 0.0
        run = _Run(
            id=f"{name}/{part}" if part > 1 else name,
            session=session,
            created_at=began_at,
            from_kwh=from_kwh,
            part=part,
            began_by_itself=by_itself,
        )
        self._runs = [run, *self._runs][:CHARGES_KEPT]

    def _began_at(self, outlet: Outlet, now: datetime) -> datetime:
        """When the current began to flow: with the session, unless that was there before."""
        began_at = outlet.session_began_at
        is_older = outlet.session_id is not None and outlet.session_id == self._idle_session
        has_parts = any(run.session == outlet.session_id for run in self._runs if run.session)
        if began_at is None or is_older or has_parts or (self._is_watched and now - began_at > _FRESH):
            return now
        return min(began_at, now)


def _flows(outlet: Outlet, *, is_paused: bool) -> bool:
    """Whether a charge runs; one that we have paused does not, once its current has stopped."""
    if outlet.session_ended_at is not None and outlet.state is not ChargerState.CHARGING:
        return False
    return outlet.state is ChargerState.CHARGING if is_paused else outlet.state in _FLOWS


def _counter(outlet: Outlet) -> float | None:
    return outlet.session_kwh if outlet.counter_kwh is None else outlet.counter_kwh
