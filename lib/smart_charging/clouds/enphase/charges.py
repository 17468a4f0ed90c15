"""Makes charges of what Enphase tells, which knows only the session of a cable.

A charge begins when current begins to flow, and ends when it was stopped or the cable is out: a session that is
stopped and started again has two charges, so that each has an origin and an energy of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, Charge, ChargeState
from smart_charging.clouds.enphase.charger import Activity
from smart_charging.clouds.enphase.translate import Reading, SessionReading

CHARGES_KEPT = 8
_COUNTED_ANEW_KWH = 0.05
OF_A_RESTART = "Other"
"""OCPP's reason for nothing in particular: we had stopped the charge for a new current, and it did not go on."""
_MOMENTS = ("began_at", "plugged_in_at", "stopped_at", "full_at")


@dataclass(slots=True, kw_only=True)
class MadeCharge:
    """A charge of our making."""

    id: str
    began_at: datetime
    plugged_in_at: datetime
    base_kwh: float
    """The session's energy when it began."""
    kwh: float = 0.0
    state: ChargeState = ChargeState.CHARGING
    stopped_at: datetime | None = None
    full_at: datetime | None = None
    stop_reason: str | None = None

    def count(self, session_kwh: float) -> None:
        """Take the session's energy; one that has begun anew counts this charge alone."""
        if session_kwh < self.base_kwh - _COUNTED_ANEW_KWH:
            self.base_kwh = 0.0
        self.kwh = max(self.kwh, session_kwh - self.base_kwh)

    def pause(self, now: datetime, *, by_car: bool) -> None:
        """Note that no current flows; a car that has taken some and takes no more is full."""
        self.state = ChargeState.PAUSED
        if by_car and self.kwh and self.full_at is None:
            self.full_at = now

    def end(self, at: datetime, reason: str | None = None) -> None:
        """Note that it is over."""
        self.state, self.stopped_at, self.stop_reason = ChargeState.STOPPED, max(at, self.began_at), reason

    def seen(self, charger_id: str) -> Charge:
        """As everybody else knows charges."""
        return Charge(
            id=self.id,
            charger_id=charger_id,
            state=self.state,
            created_at=self.began_at,
            cable_plugged_in_at=self.plugged_in_at,
            started_at=self.began_at,
            stopped_at=self.stopped_at,
            fully_charged_at=self.full_at,
            consumed_kwh=round(self.kwh, 3),
            stop_reason=self.stop_reason,
        )

    def to_dict(self) -> Mapping[str, Any]:
        """For the notes."""
        moments = {key: at.isoformat() if (at := getattr(self, key)) else None for key in _MOMENTS}
        values = {key: getattr(self, key) for key in ("id", "base_kwh", "kwh", "state", "stop_reason")}
        return {**values, **moments}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        moments: dict[str, Any] = {key: _moment(facts.get(key)) for key in _MOMENTS}
        values = {key: facts[key] for key in ("id", "base_kwh", "kwh", "stop_reason")}
        return cls(state=ChargeState(facts["state"]), **values, **moments)


@dataclass(slots=True, kw_only=True)
class ChargeBook:
    """The charges of one charger, newest first."""

    serial: str
    plugged_in_at: datetime | None = None
    """None while no cable is in."""
    unplugged_at: datetime | None = None
    session_kwh: float | None = None
    """The session's energy as last told."""
    charges: list[MadeCharge] = field(default_factory=list)
    restarting_until: datetime | None = None
    """While we stop and start it for a new current, that is still the same charge."""

    @property
    def running(self) -> MadeCharge | None:
        """The charge that is not over."""
        newest = self.charges[0] if self.charges else None
        return newest if newest and newest.state.is_active else None

    def seen(self) -> Sequence[Charge]:
        """As everybody else knows them."""
        return tuple(charge.seen(self.serial) for charge in self.charges)

    def update(self, reading: Reading, now: datetime) -> bool:
        """Take a reading; returns whether something has begun or ended."""
        if not reading.is_connected:
            return False
        before = self._essence()
        if reading.is_plugged_in:
            session = reading.session if reading.session and self._is_own(reading.session) else None
            self._plug_in(session, now)
            self._follow(reading.activity, session, now)
            self._count(session)
        else:
            self._unplug(reading.session, now)
        return self._essence() != before

    def _essence(self) -> object:
        newest = self.charges[0] if self.charges else None
        return self.plugged_in_at, newest and (newest.id, newest.state, newest.full_at)

    def _is_own(self, session: SessionReading) -> bool:
        """Whether the session told is that of the cable that is in; it may still be the last one."""
        if session.plugged_out_at is not None:
            return False
        at = session.plugged_in_at or session.began_at
        if self.unplugged_at is None:
            return True
        if at is None:
            return session.energy_kwh != self.session_kwh or self.plugged_in_at is not None
        return at >= self.unplugged_at - CLOCKS_MAY_DIFFER_BY

    def _plug_in(self, session: SessionReading | None, now: datetime) -> None:
        told = session.plugged_in_at if session else None
        if told and told > now + CLOCKS_MAY_DIFFER_BY:
            told = None
        if self.plugged_in_at and told and told > self.plugged_in_at + CLOCKS_MAY_DIFFER_BY:
            self._end(told, "EVDisconnected")  # out and in again between two reads
            self.plugged_in_at, self.unplugged_at = None, told
        if self.plugged_in_at is None:
            self.plugged_in_at, self.session_kwh = told or now, None

    def _follow(self, activity: Activity, session: SessionReading | None, now: datetime) -> None:
        running = self.running
        match activity:
            case Activity.FLOWING if running:
                running.state, running.full_at = ChargeState.CHARGING, None
            case Activity.FLOWING:
                self._begin(session, now)
            case Activity.PAUSED_BY_CAR if running:
                running.pause(now, by_car=True)
            case Activity.PAUSED_BY_CAR if not self._of_this_cable():
                self._begin(session, now)
                self.charges[0].state = ChargeState.PAUSED
            case Activity.WAITING if running:
                running.pause(now, by_car=False)
            case Activity.NONE if running and self._is_restarting(now):
                running.pause(now, by_car=False)
            case Activity.NONE:
                self._end(now, OF_A_RESTART if self.restarting_until else None)
                self.restarting_until = None
            case _:
                pass

    def _of_this_cable(self) -> list[MadeCharge]:
        return [charge for charge in self.charges if charge.plugged_in_at == self.plugged_in_at]

    def _is_restarting(self, now: datetime) -> bool:
        return self.restarting_until is not None and now < self.restarting_until

    def _begin(self, session: SessionReading | None, now: datetime) -> None:
        plugged_in_at = self.plugged_in_at or now
        began_at = self._beginning(session, now)
        self.charges.insert(
            0,
            MadeCharge(
                id=f"{self.serial}-{began_at:%Y%m%d%H%M%S}",
                began_at=began_at,
                plugged_in_at=plugged_in_at,
                base_kwh=(self.session_kwh or 0.0) if self._of_this_cable() else 0.0,
            ),
        )
        del self.charges[CHARGES_KEPT:]

    def _beginning(self, session: SessionReading | None, now: datetime) -> datetime:
        """As Enphase tells it, unless that is when an earlier charge of the session began."""
        told = session.began_at if session else None
        ends = [charge.stopped_at for charge in self.charges if charge.stopped_at]
        latest = [at for at in (self.plugged_in_at, *ends) if at]
        is_its_own = told is not None and told <= now and all(told >= at for at in latest)
        return told if told is not None and is_its_own else now

    def _count(self, session: SessionReading | None) -> None:
        if session is None or session.energy_kwh is None:
            return
        if own := self._of_this_cable():
            own[0].count(session.energy_kwh)
        self.session_kwh = session.energy_kwh

    def _unplug(self, session: SessionReading | None, now: datetime) -> None:
        """End what runs; the last of its energy may be told only after the cable is out."""
        if session and self.charges and session.energy_kwh is not None:
            last = self.charges[0]
            told = session.plugged_in_at
            if told and abs(told - last.plugged_in_at) <= CLOCKS_MAY_DIFFER_BY:
                last.count(session.energy_kwh)
        if self.plugged_in_at is None:
            return
        out_at = session.plugged_out_at if session else None
        at = out_at if out_at and self.plugged_in_at <= out_at <= now else now
        self._end(at, "EVDisconnected")
        self.plugged_in_at, self.unplugged_at = None, at
        for charge in self.charges:
            charge.state = ChargeState.COMPLETED

    def _end(self, at: datetime, reason: str | None = None) -> None:
        if running := self.running:
            running.end(at, reason)

    def to_dict(self) -> Mapping[str, Any]:
        """For the notes."""
        return {
            "plugged_in_at": self.plugged_in_at.isoformat() if self.plugged_in_at else None,
            "unplugged_at": self.unplugged_at.isoformat() if self.unplugged_at else None,
            "restarting_until": self.restarting_until.isoformat() if self.restarting_until else None,
            "session_kwh": self.session_kwh,
            "charges": [dict(charge.to_dict()) for charge in self.charges],
        }

    @classmethod
    def from_dict(cls, serial: str, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        return cls(
            serial=serial,
            plugged_in_at=_moment(facts.get("plugged_in_at")),
            unplugged_at=_moment(facts.get("unplugged_at")),
            restarting_until=_moment(facts.get("restarting_until")),
            session_kwh=facts.get("session_kwh"),
            charges=[MadeCharge.from_dict(one) for one in facts["charges"]],
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
