"""A session: from plugging in to unplugging, with all charges in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, Charge, Charger, ChargerState, ChargeState
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import moment, texts

LONG_UNSEEN = timedelta(hours=6)
"""If a charger was not read for this long, a cable that is in then counts as a new session."""
SEEN_EVERY = timedelta(minutes=15)
"""How often `seen_at` is stored; storing it at every poll would wear out a memory card."""
BELIEVED_AFTER = timedelta(seconds=45)
"""A charge that says the cable is out, of a charger that says it is in, may just have been read after it."""
OWN_STAMP = timedelta(seconds=30)
"""A charge with a plug-in time this close to its own beginning may have made it up: Monta documents neither."""
SETTLED_SOON = timedelta(minutes=20)
"""A charge that is settled this soon after our stop tells nothing of a cable that was read as in before and after:
nobody pulls a cable because a plan pauses, and some clouds settle every quarter of an hour. One that is settled later
may tell of it."""
CHARGES_KEPT = 50
"""Charges per session; without a limit a cable that is never unplugged would fill the disk."""
_MOMENTS = ("plugged_in_at", "seen_at", "unplugged_at", "last_unplugged_at")
FLICKER = timedelta(minutes=2)
"""A cable that is back this soon was hardly pulled: a charger restarts, or the control pilot was interrupted."""
_IDS = ("charge_ids", "before", "previous_ids", "unsettled_ids", "stopped_ids", "settled_in_ids")
_HELD_BY_CABLE = (ChargeState.CHARGING, ChargeState.PAUSED)
"""No charge is in these states without a cable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CableSession:
    """One session of a charger, running or over."""

    plugged_in_at: datetime
    """When the cable was first seen plugged in; unique among a charger's sessions."""
    seen_at: datetime
    """When it was last seen plugged in, to the quarter of an hour."""
    unplugged_at: datetime | None = None
    """When it was first seen unplugged; None while it is plugged in."""
    last_unplugged_at: datetime | None = None
    """When the session before this one ended; None if not known."""
    charge_ids: tuple[str, ...] = ()
    """Ids of the session's charges; once added, a charge stays in the session."""
    before: tuple[str, ...] = ()
    """Ids of charges that were over when the cable was first seen; they belong to the car before."""
    previous_ids: tuple[str, ...] = ()
    """Ids of the charges of the last session that had any."""
    unsettled_ids: tuple[str, ...] = ()
    """Ids of the session's charges that were not settled before the cable was seen unplugged."""
    stopped_ids: tuple[str, ...] = ()
    """Ids of charges that were stopped by plan."""
    settled_in_ids: tuple[str, ...] = ()
    """Ids of charges that were settled with the cable in."""
    returns_within: timedelta = FLICKER
    """A cable that is away for longer was pulled; not stored, as it is the monitor's argument."""
    pulled_at: datetime | None = field(default=None, compare=False)
    """When its last charge first said that the cable had been pulled, while the charger reported it in."""

    @classmethod
    def begin(cls, charger: Charger, now: datetime, previous: CableSession | None) -> Self:
        """A new session, whose cable is seen for the first time."""
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
        """Whether the session is still running, as far as we know."""
        return self.unplugged_at is None

    def may_be_in(self, charger: Charger, now: datetime) -> bool:
        """Whether the cable is most likely still in although the charger reports none: it is offline, or it charges."""
        if not self.is_in or not self._is_recent(now):
            return False
        held = (charge for charge in self.charges(charger) if charge.state in _HELD_BY_CABLE)
        return charger.state is ChargerState.OFFLINE or any(held)

    def may_return(self, now: datetime) -> bool:
        """Whether the cable was seen unplugged a moment ago only, and may never have been."""
        return self.unplugged_at is not None and timedelta(0) <= now - self.unplugged_at <= self.returns_within

    def is_back(self, charger: Charger, now: datetime) -> bool:
        """Whether the cable that is in now was hardly out: no charge has ended by that, nor was settled since."""
        changed = (one for one in charger.charges if one.id in self.unsettled_ids and _shows_that_cable_was_out(one))
        return self.may_return(now) and charger.is_plugged_in and not any(changed)

    def returned(self) -> Self:
        """The session, as if its cable had never been out."""
        return replace(self, unplugged_at=None, unsettled_ids=())

    def is_same(self, charger: Charger, now: datetime, *, is_watched: bool) -> bool:
        """Whether the cable that is in now still belongs to this session, as far as we can tell.

        It does not if its last charge says that the cable was pulled, and the next reads confirm it. After a restart
        it does not either if the cloud reports a later plug-in time; an earlier one proves nothing, as Monta does not
        document whether each charge has its own.

        Args:
            is_watched: Whether the charger has been read since the last start.
        """
        if not is_watched:
            return self._is_recent(now) and not self._is_stamped_later(charger) and not self._is_pulled(charger)
        return self._is_recent(now) and (self.pulled_at is None or now - self.pulled_at < BELIEVED_AFTER)

    def stopped(self, charge_id: str) -> Self:
        """The session after a stop by plan."""
        ids = dict.fromkeys((*self.stopped_ids, charge_id))
        return replace(self, stopped_ids=tuple(ids)[-CHARGES_KEPT:])

    def knowing_settled(self, charger: Charger, now: datetime, *, before: Charger | None) -> Self:
        """The session after a look at which charges were settled since the read before, with the cable in."""
        settled = tuple(one.id for one in charger.charges if self._is_settled_in(one, now, before))
        return replace(self, settled_in_ids=(*self.settled_in_ids, *settled)[-CHARGES_KEPT:]) if settled else self

    def doubted(self, charger: Charger, now: datetime) -> Self:
        """The session after a look at what its last charge says of the cable, which is in."""
        return self if self.pulled_at or not self._is_pulled(charger) else replace(self, pulled_at=now)

    def _is_settled_in(self, charge: Charge, now: datetime, before: Charger | None) -> bool:
        """Whether a charge was settled since the read before, and only because we had stopped it."""
        if before is None or not before.is_plugged_in or not charge.is_released or charge.id not in self.stopped_ids:
            return False
        is_new = any(one.id == charge.id and not one.is_released for one in before.charges)
        return is_new and charge.stopped_at is not None and now - charge.stopped_at <= SETTLED_SOON

    def seen(self, charger: Charger, now: datetime) -> Self:
        """The session, whose cable is still in or may be, brought up to date."""
        is_worth_it = charger.is_plugged_in and not timedelta(0) <= now - self.seen_at < SEEN_EVERY
        return (replace(self, seen_at=now) if is_worth_it else self).joined_by(charger)

    def ended(self, charger: Charger, now: datetime, *, before: Charger | None) -> Self:
        """The session ended now; charges long after the cable was last seen may be another car's and are not added.

        Args:
            before: The charger as it was read the last time; None after a restart.
        """
        joined = self.joined_by(charger) if self.is_same(charger, now, is_watched=before is not None) else self
        settled = [one.id for one in (before or charger).charges if one.state is ChargeState.COMPLETED]
        unsettled = tuple(one for one in joined.charge_ids if one not in settled)
        return replace(joined, unplugged_at=now, unsettled_ids=unsettled)

    def joined_by(self, charger: Charger) -> Self:
        """The session with the charges that have begun since it did."""
        listed = [charge.id for charge in charger.charges if charge.id in self.charge_ids or self._holds(charge)]
        others = [charge_id for charge_id in self.charge_ids if charge_id not in listed]
        return replace(self, charge_ids=tuple([*listed, *others][:CHARGES_KEPT]))

    def charges(self, charger: Charger) -> Sequence[Charge]:
        """The session's charges, newest first."""
        return [charge for charge in charger.charges if charge.id in self.charge_ids]

    def _is_pulled(self, charger: Charger) -> bool:
        """Whether its last charge, or the one that followed, says that the cable was pulled since.

        A charge that is settled says so, unless the charger knows its cable from before, or we had just stopped the
        charge: some are settled with the cable in.
        """
        last, newest = next((one for one in charger.charges if one.id in self.charge_ids), None), charger.last_charge
        if last is None or newest is None or last.state.is_active:
            return False
        if _ended_by_pulling(last) or last is newest:
            is_settled_in = last.id in self.settled_in_ids or charger.state is ChargerState.FINISHING
            return _ended_by_pulling(last) or (last.is_released and not is_settled_in)
        stamp = newest.cable_plugged_in_at
        is_other_cable = stamp is not None and last.stopped_at is not None and stamp > last.stopped_at
        return last.is_released and is_other_cable and not _is_stamped_by_itself(last)

    def _is_stamped_later(self, charger: Charger) -> bool:
        """Whether the newest charge says that the cable went in after we last saw it.

        The stamp of a charge we knew already says nothing new, nor does one that is the time of the charge itself.
        """
        newest = charger.last_charge
        if newest is None or newest.id in self.charge_ids or newest.cable_plugged_in_at is None:
            return False
        is_later = newest.cable_plugged_in_at - self.seen_at > CLOCKS_MAY_DIFFER_BY
        return is_later and not _is_stamped_by_itself(newest)

    def _is_recent(self, now: datetime) -> bool:
        return now - self.seen_at < LONG_UNSEEN

    def _holds(self, charge: Charge) -> bool:
        """Whether a charge belongs to the session; it may have begun just before the cable was seen."""
        if charge.id in self.before:
            return False
        return charge.created_at >= self.plugged_in_at - CLOCKS_MAY_DIFFER_BY or charge.state.is_active

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store; times as ISO text."""
        moments = {key: at.isoformat() for key in _MOMENTS if (at := getattr(self, key))}
        return moments | {key: list(getattr(self, key)) for key in _IDS}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        moments: dict[str, Any] = {key: moment(facts[key]) for key in _MOMENTS if facts.get(key)}
        ids: dict[str, Any] = {key: tuple(texts(facts.get(key, ())))[:CHARGES_KEPT] for key in _IDS}
        return cls(**moments, **ids)

    @classmethod
    def from_scheduler(cls, facts: Mapping[str, Any]) -> Self:
        """Read a session stored by the scheduler of version 0.1.0.

        Of a session that was over it only stored the end. Where it did not store when the cable was last seen,
        the departure is used instead.
        """
        if "plugged_in_at" not in facts:
            ended_at = facts["last_unplugged_at"]
            return cls.from_dict({"plugged_in_at": ended_at, "seen_at": ended_at, "unplugged_at": ended_at})
        return cls.from_dict({"seen_at": facts["ready_by"], **facts})


def _shows_that_cable_was_out(charge: Charge) -> bool:
    """Whether a charge ended with its cable, or was settled, which clouds do once the cable is out."""
    return charge.state is ChargeState.COMPLETED or _ended_by_pulling(charge)


def _is_stamped_by_itself(charge: Charge) -> bool:
    stamp, began = charge.cable_plugged_in_at, [charge.created_at, charge.started_at or charge.created_at]
    return stamp is not None and any(abs(stamp - at) <= OWN_STAMP for at in began)


def _ended_by_pulling(charge: Charge) -> bool:
    word = "".join(filter(str.isalpha, charge.stop_reason or "")).lower()
    return word.endswith(("evdisconnected", "evdeparted"))


def after_read(
    session: CableSession | None, charger: Charger, now: datetime, *, before: Charger | None
) -> CableSession | None:
    """The session after a read of its charger; None if no cable has ever been seen.

    Args:
        before: The charger as it was read the last time, so that unplugging and plugging in again would have been
            noticed; None after a restart.
    """
    if session and session.is_back(charger, now):
        session = session.returned()
    running = session if session and session.is_in else None
    if not charger.is_plugged_in and not (running and running.may_be_in(charger, now)):
        return running.ended(charger, now, before=before) if running else session
    if running and charger.is_plugged_in:
        running = running.knowing_settled(charger, now, before=before).doubted(charger, now)
    if running and running.is_same(charger, now, is_watched=before is not None):
        return running.seen(charger, now)
    return CableSession.begin(charger, now, session)


def shown_charges(session: CableSession | None, charger: Charger) -> Sequence[Charge]:
    """The session's charges, newest first; those of the session before until one has begun.

    If the newest charge belongs to no known session, as it ran while we did not, the charges with the same
    plug-in time are shown with it.
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
    """The newest session of each charger, kept across restarts."""

    def __init__(self, store: Store, *, returns_within: timedelta = FLICKER) -> None:
        self._store = store
        self._returns_within = returns_within
        self._newest: dict[str, CableSession | None] = {}
        """By charger; None for one without a stored session."""
        self._kept: dict[str, CableSession | None] = {}
        self._last_read: dict[str, Charger] = {}

    async def recall(self, charger_ids: Iterable[str]) -> None:
        """Restore sessions from before a restart; for each charger once, before its first `update`."""
        for charger_id in charger_ids:
            if charger_id not in self._newest:
                self._newest[charger_id] = await self._recalled(charger_id)

    def update(self, chargers: Iterable[Charger], now: datetime) -> None:
        """Update the sessions by what has just been read; stores nothing yet."""
        for charger in chargers:
            before = self._last_read.get(charger.id)
            session = after_read(self.of(charger.id), charger, now, before=before)
            self._newest[charger.id] = session and replace(session, returns_within=self._returns_within)
            self._last_read[charger.id] = charger

    def note_stop(self, charger_id: str, charge_id: str) -> None:
        """Note that a charge is stopped by plan, for which nobody pulls a cable."""
        if session := self.of(charger_id):
            self._newest[charger_id] = session.stopped(charge_id)

    async def keep(self) -> None:
        """Store the sessions that have changed."""
        for charger_id, session in list(self._newest.items()):
            if session and session != self._kept.get(charger_id):
                self._kept[charger_id] = session
                await self._store.remember(_key(charger_id), session.to_dict())

    def of(self, charger_id: str) -> CableSession | None:
        """The running session, or else the last one."""
        return self._newest.get(charger_id)

    def is_unsure(self, now: datetime) -> bool:
        """Whether a cable was seen unplugged that may be back in a moment."""
        return any(session.may_return(now) for session in self._newest.values() if session)

    def charges(self, charger: Charger) -> Sequence[Charge]:
        """The charges that the charger's entities show; see `shown_charges`."""
        return shown_charges(self.of(charger.id), charger)

    async def _recalled(self, charger_id: str) -> CableSession | None:
        own = await recalled(self._store, _key(charger_id), CableSession.from_dict)
        if own:
            self._kept[charger_id] = own
            return own
        return await recalled(self._store, f"session_{charger_id}", CableSession.from_scheduler)


def _key(charger_id: str) -> str:
    return f"cable_{charger_id}"
