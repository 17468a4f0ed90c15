"""A session: one cable from in to out, and all charges in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, Charge, Charger, ChargerState
from smart_charging.services.store import Store, parsed_or_none

LONG_UNSEEN = timedelta(hours=6)
"""A cable that is in after nobody has looked for so long may well be in for another night."""
SEEN_EVERY = timedelta(minutes=15)
"""Often enough to be remembered; every look would wear out a memory card."""
CHARGES_KEPT = 50
"""Of one session; a cable that never leaves would fill the disk."""
_MOMENTS = ("plugged_in_at", "seen_at", "unplugged_at", "last_unplugged_at")
_IDS = ("charge_ids", "before", "previous_ids")


@dataclass(frozen=True, slots=True, kw_only=True)
class CableSession:
    """One time that a cable is in, or was."""

    plugged_in_at: datetime
    """When the cable was first seen in; no two sessions of a charger share it."""
    seen_at: datetime
    """When it was last seen in, to the quarter of an hour."""
    unplugged_at: datetime | None = None
    """When it was first seen to be out; None while it is in."""
    last_unplugged_at: datetime | None = None
    """When the cable before this one was pulled; None where nobody saw."""
    charge_ids: tuple[str, ...] = ()
    """Of the charges since the cable went in; one that belongs to the session once does so for good."""
    before: tuple[str, ...] = ()
    """Of charges that were over when the cable was first seen: those of the car that was there just before."""
    previous_ids: tuple[str, ...] = ()
    """Of the charges of the last session that had any."""

    @classmethod
    def begin(cls, charger: Charger, now: datetime, previous: CableSession | None) -> Self:
        """One whose cable is seen for the first time."""
        if previous is None:
            begun = cls(plugged_in_at=now, seen_at=now)
        else:
            begun = cls(
                plugged_in_at=now,
                seen_at=now,
                last_unplugged_at=previous.unplugged_at or previous.seen_at,
                previous_ids=previous.charge_ids or previous.previous_ids,
            )
        over = [charge for charge in charger.charges if begun._holds(charge) and not charge.state.is_active]
        return replace(begun, before=tuple(charge.id for charge in over)).joined_by(charger)

    @property
    def is_in(self) -> bool:
        """Whether the cable is in, as far as anybody knows."""
        return self.unplugged_at is None

    def may_be_in(self, charger: Charger, now: datetime) -> bool:
        """Whether the cable is most likely still there, although a charger that is not reached tells of none."""
        return self.is_in and charger.state is ChargerState.OFFLINE and self._is_recent(now)

    def is_same(self, charger: Charger, now: datetime, *, is_watched: bool) -> bool:
        """Whether the cable that may be in now is this one, as far as one can tell.

        After a time without us it is another one, too, when a stamp of the cloud's says so. A stamp of before that
        time proves nothing: Monta does not say whether each charge has its own.

        Args:
            is_watched: Somebody has looked at the charger since the last start.
        """
        stamp = charger.last_charge.cable_plugged_in_at if charger.last_charge else None
        is_later = stamp is not None and stamp - self.seen_at > CLOCKS_MAY_DIFFER_BY
        return self._is_recent(now) and (is_watched or not is_later)

    def seen(self, charger: Charger, now: datetime) -> Self:
        """The cable is still in, or may be."""
        is_worth_it = charger.is_plugged_in and not timedelta(0) <= now - self.seen_at < SEEN_EVERY
        return (replace(self, seen_at=now) if is_worth_it else self).joined_by(charger)

    def ended(self, charger: Charger, now: datetime, *, is_watched: bool) -> Self:
        """The cable is out; what was charged long after it was last seen in may be another car's."""
        joined = self.joined_by(charger) if self.is_same(charger, now, is_watched=is_watched) else self
        return replace(joined, unplugged_at=now)

    def joined_by(self, charger: Charger) -> Self:
        """With the charges that have begun while the cable was in."""
        told = [charge.id for charge in charger.charges if charge.id in self.charge_ids or self._holds(charge)]
        others = [charge_id for charge_id in self.charge_ids if charge_id not in told]
        return replace(self, charge_ids=tuple([*told, *others][:CHARGES_KEPT]))

    def charges(self, charger: Charger) -> Sequence[Charge]:
        """The session's charges, newest first."""
        return [charge for charge in charger.charges if charge.id in self.charge_ids]

    def _is_recent(self, now: datetime) -> bool:
        return now - self.seen_at < LONG_UNSEEN

    def _holds(self, charge: Charge) -> bool:
        """Whether a charge belongs to the session whose cable is in; one may begin just before that is seen."""
        if charge.id in self.before:
            return False
        return charge.created_at >= self.plugged_in_at - CLOCKS_MAY_DIFFER_BY or charge.state.is_active

    def to_dict(self) -> Mapping[str, Any]:
        """For a Store; times as ISO text."""
        moments = {key: moment.isoformat() for key in _MOMENTS if (moment := getattr(self, key))}
        return moments | {key: list(getattr(self, key)) for key in _IDS}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        moments: dict[str, Any] = {key: datetime.fromisoformat(facts[key]) for key in _MOMENTS if facts.get(key)}
        ids: dict[str, Any] = {key: tuple(map(str, facts.get(key, ()))) for key in _IDS}
        return cls(**moments, **ids)

    @classmethod
    def from_scheduler(cls, facts: Mapping[str, Any]) -> Self:
        """What the scheduler of version 0.1.0 knew, which alone followed the cable then.

        Of a session that was over it only kept the end. Where it did not keep when the cable was last seen in, the
        departure stands in: until then it was to stay.
        """
        if "plugged_in_at" not in facts:
            ended_at = facts["last_unplugged_at"]
            return cls.from_dict({"plugged_in_at": ended_at, "seen_at": ended_at, "unplugged_at": ended_at})
        return cls.from_dict({"seen_at": facts["ready_by"], **facts})


def after_look(
    session: CableSession | None, charger: Charger, now: datetime, *, is_watched: bool
) -> CableSession | None:
    """The session as it stands after a look at its charger; None while no cable was ever in.

    Args:
        is_watched: Somebody has looked at the charger since the last start: the cable cannot have been out and in
            again unnoticed.
    """
    running = session if session and session.is_in else None
    if not charger.is_plugged_in and not (running and running.may_be_in(charger, now)):
        return running.ended(charger, now, is_watched=is_watched) if running else session
    if running and running.is_same(charger, now, is_watched=is_watched):
        return running.seen(charger, now)
    return CableSession.begin(charger, now, session)


def shown_charges(session: CableSession | None, charger: Charger) -> Sequence[Charge]:
    """The charges of the session, newest first; until one has begun, those of the session before.

    Where nobody knows whose the newest charge is, the cloud's stamps tell what belongs to it, as they do for a
    charge that ran while nobody looked.
    """
    if (newest := charger.last_charge) is None:
        return ()
    own, previous = (session.charge_ids, session.previous_ids) if session else ((), ())
    ids = next((known for known in (own, previous) if newest.id in known), (newest.id,))
    stamp, others = newest.cable_plugged_in_at, {*own, *previous}.difference(ids)
    return [
        charge
        for charge in charger.charges
        if charge.id in ids or (stamp and charge.cable_plugged_in_at == stamp and charge.id not in others)
    ]


class CableSessions:
    """The newest session of each charger, over restarts too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest: dict[str, CableSession | None] = {}
        """By charger, also where the disk knows of none."""
        self._kept: dict[str, CableSession | None] = {}
        self._watched: set[str] = set()

    async def recall(self, charger_ids: Iterable[str]) -> None:
        """Learn what was known before a restart; once for each charger, and before it is looked at."""
        for charger_id in charger_ids:
            if charger_id not in self._newest:
                self._newest[charger_id] = await self._recalled(charger_id)

    def look(self, chargers: Iterable[Charger], now: datetime) -> None:
        """Take note of the cables and charges that are there now; nothing is waited for."""
        for charger in chargers:
            is_watched = charger.id in self._watched
            self._newest[charger.id] = after_look(self.of(charger.id), charger, now, is_watched=is_watched)
            self._watched.add(charger.id)

    async def keep(self) -> None:
        """Write down what has changed."""
        for charger_id, session in list(self._newest.items()):
            if session and session != self._kept.get(charger_id):
                self._kept[charger_id] = session
                await self._store.remember(_key(charger_id), session.to_dict())

    def of(self, charger_id: str) -> CableSession | None:
        """The session that runs, else the last one."""
        return self._newest.get(charger_id)

    def charges(self, charger: Charger) -> Sequence[Charge]:
        """What people mean by a charger's session; see `shown_charges`."""
        return shown_charges(self.of(charger.id), charger)

    async def _recalled(self, charger_id: str) -> CableSession | None:
        own = parsed_or_none(await self._store.recall(_key(charger_id)), CableSession.from_dict)
        if own:
            self._kept[charger_id] = own
            return own
        return parsed_or_none(await self._store.recall(f"session_{charger_id}"), CableSession.from_scheduler)


def _key(charger_id: str) -> str:
    return f"cable_{charger_id}"
