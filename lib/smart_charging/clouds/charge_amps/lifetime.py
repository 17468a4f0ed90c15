"""Energy ever charged, which never goes back: Charge Amps counts every session anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from smart_charging.clouds.charge_amps.models import ChargingSession

BEFORE_ALL = datetime(2010, 1, 1, tzinfo=UTC)
_IDS_KEPT = 200


@dataclass(slots=True, kw_only=True)
class SessionTotals:
    """The energy of one charge point's sessions, per connector; each session counts once.

    Its history is read whole once, and then from the beginning of the oldest session that may still grow.
    """

    since: datetime = BEFORE_ALL
    kwh: dict[str, float] = field(default_factory=dict)
    """Of sessions that are over, by connector number as text."""
    counted: list[str] = field(default_factory=list)
    """Ids of the newest of these."""
    running: dict[str, dict[str, float]] = field(default_factory=dict)
    """By connector, the energy of sessions that are not among the counted ones yet, by id."""
    shown: dict[str, float] = field(default_factory=dict)
    """The highest total so far, by connector."""
    is_read: bool = False
    """Whether the history was ever read: before that there is no total."""

    def add(self, sessions: Iterable[ChargingSession]) -> None:
        """Count what the history lists."""
        listed = list(sessions)
        for one in listed:
            if one.end_time is not None and one.id not in self.counted:
                connector = str(one.connector_id)
                self.kwh[connector] = self.kwh.get(connector, 0.0) + max(0.0, one.session_kwh or 0.0)
                self.counted.append(one.id)
                self.running.get(connector, {}).pop(one.id, None)
        self.counted = self.counted[-max(_IDS_KEPT, len(listed)) :]
        self.since = self._oldest_that_may_grow(listed)
        self.is_read = True

    def live(self, connector: int, session_id: str | None, kwh: float | None) -> None:
        """Take the energy of the session that runs; it only grows."""
        if session_id is None or kwh is None or session_id in self.counted:
            return
        own = self.running.setdefault(str(connector), {})
        own[session_id] = max(kwh, own.get(session_id, 0.0))

    def total(self, connector: int) -> float | None:
        """All energy of a connector so far; None before the history was read."""
        if not self.is_read:
            return None
        key = str(connector)
        now = self.kwh.get(key, 0.0) + sum(self.running.get(key, {}).values())
        self.shown[key] = max(now, self.shown.get(key, 0.0))
        return self.shown[key]

    def _oldest_that_may_grow(self, listed: Iterable[ChargingSession]) -> datetime:
        begun = [(one.start_time, one.end_time is None) for one in listed if one.start_time]
        unfinished = [at for at, is_open in begun if is_open]
        return min(unfinished) if unfinished else max([self.since, *(at for at, _ in begun)])

    def to_dict(self) -> Mapping[str, Any]:
        """For the notes."""
        return {
            "since": self.since.isoformat(),
            "kwh": self.kwh,
            "counted": self.counted,
            "running": self.running,
            "shown": self.shown,
            "is_read": self.is_read,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        return cls(
            since=datetime.fromisoformat(facts["since"]),
            kwh=dict(facts["kwh"]),
            counted=list(facts["counted"]),
            running={key: dict(one) for key, one in facts["running"].items()},
            shown=dict(facts["shown"]),
            is_read=bool(facts["is_read"]),
        )


@dataclass(slots=True, kw_only=True)
class GuardedCounter:
    """A counter of the web app's API, said to count for life: where it falls back, it goes on from where it was."""

    base_kwh: float = 0.0
    last_kwh: float | None = None

    def update(self, told_kwh: float | None) -> float | None:
        """The total; None before the first reading."""
        if told_kwh is not None:
            if self.last_kwh is not None and told_kwh < self.last_kwh:
                self.base_kwh += self.last_kwh
            self.last_kwh = told_kwh
        return None if self.last_kwh is None else self.base_kwh + self.last_kwh

    def to_dict(self) -> Mapping[str, Any]:
        """For the notes."""
        return {"base_kwh": self.base_kwh, "last_kwh": self.last_kwh}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        last_kwh = facts["last_kwh"]
        return cls(base_kwh=float(facts["base_kwh"]), last_kwh=None if last_kwh is None else float(last_kwh))
