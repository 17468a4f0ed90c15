"""Gives charges stable ids, keeps those that a cloud stops listing, and the newest that is known of each.

Some clouds change a charge's id while it runs, and some list a charge only while current flows. Counting
energy and knowing who started a charge require that it stays the same from its start to its end. Lists may
be late: what the answer to a command or a look at one charge told counts until a list has newer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, Charge, Charger, ChargerState, ChargeState
from smart_charging.clouds.protocol import ChargerCloud, TellsCharges
from smart_charging.errors import CloudError, NotFoundError
from smart_charging.services.heartbeat import Bulkhead, Clock
from smart_charging.services.store import Store, recalled, recalled_part
from smart_charging.services.stored import moment, number, optional, rows, text
from smart_charging.services.watching.lasting_stops import LastingStops
from smart_charging.services.watching.plausible_energy import PlausibleEnergy
from smart_charging.services.watching.unseen_cables import UnseenCables

RESTING = frozenset({ChargerState.SUSPENDED_EV, ChargerState.SUSPENDED_EVSE})
"""In these states of the charger, a charge that is no longer listed is paused."""
RUNNING_ON = frozenset({ChargerState.CHARGING, ChargerState.OFFLINE, ChargerState.UNKNOWN})
"""In these states of the charger, a charge that is no longer listed may still run."""
CHARGES_KEPT = 10
KEPT_FOR = timedelta(days=2)
"""Long enough for the charges of this session and of the evening before."""
ANSWER_COUNTS_FOR = timedelta(minutes=2)
"""How long an answer counts against lists that do not tell when a charge last changed, or do not list it yet."""
LOOK_AFTER = timedelta(seconds=45)
"""A running charge that no list has had anything new of for so long is read by its id."""
LOOKS_PER_READ = 2
_MOMENTS = ("created_at", "updated_at", "started_at", "stopped_at", "cable_plugged_in_at", "fully_charged_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The newest that is known of a charge."""

    charge: Charge
    """With the id it was first seen with."""
    cloud_id: str
    """The cloud's newest id for it."""
    at: datetime
    """When it was told."""
    is_answer: bool = False
    """Whether the answer to a command or a look told it, and no list yet."""
    over_at: datetime | None = None
    """When it was first known to be over; None for one that runs, or was over when first seen."""

    def told(self, charge: Charge, now: datetime, *, is_answer: bool = False, cloud_id: str | None = None) -> Self:
        """With newer facts."""
        ended = self.charge.state.is_active and not charge.state.is_active
        return replace(
            self,
            charge=replace(charge, id=self.charge.id),
            cloud_id=cloud_id or self.cloud_id,
            at=now,
            is_answer=is_answer,
            over_at=now if ended else self.over_at,
        )

    @property
    def identity(self) -> tuple[str, str, bool]:
        """What has to be stored when it changes; the cloud lists the rest again after a restart."""
        return self.charge.id, self.cloud_id, self.charge.state.is_active

    def counts_against(self, listed: Charge, now: datetime) -> bool:
        """Whether it is newer than what a list shows now."""
        ours, theirs = self.charge.updated_at, listed.updated_at
        is_stamped = ours is not None and theirs is not None and ours != theirs
        return listed.is_older_than(self.charge) and (is_stamped or now - self.at < ANSWER_COUNTS_FOR)

    def is_fresh_answer(self, now: datetime) -> bool:
        """Whether what a command's answer or a look told still counts against reads that do not find the charge."""
        return self.is_answer and now - self.at < ANSWER_COUNTS_FOR

    def is_repeated_by(self, listed: Charge) -> bool:
        """Whether a list tells nothing new of a charge that is over."""
        return not (self.is_answer or listed.state.is_active) and listed.id == self.cloud_id and listed == self.charge

    def is_followed_by(self, charge: Charge) -> bool:
        """Whether a charge with another id is the same one: it began at that time and has at least as much energy."""
        pairs = [(self.charge.created_at, charge.created_at), (self.charge.started_at, charge.started_at)]
        began_then = any(one and other and abs(one - other) <= CLOCKS_MAY_DIFFER_BY for one, other in pairs)
        return began_then and (charge.consumed_kwh or 0.0) >= (self.charge.consumed_kwh or 0.0)

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store."""
        moments = {key: at.isoformat() for key in _MOMENTS if (at := getattr(self.charge, key))}
        values = {"id": self.charge.id, "state": self.charge.state, "consumed_kwh": self.charge.consumed_kwh}
        return {"cloud_id": self.cloud_id, **values, **moments}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any], charger_id: str, at: datetime) -> Self:
        """The opposite of `to_dict`."""
        moments: dict[str, Any] = {key: moment(facts[key]) for key in _MOMENTS if facts.get(key)}
        charge = Charge(
            id=text(facts["id"]),
            charger_id=charger_id,
            state=ChargeState(facts["state"]),
            consumed_kwh=optional(number, facts["consumed_kwh"]),
            **moments,
        )
        return cls(charge=charge, cloud_id=text(facts["cloud_id"]), at=at)


class StableCharges:
    """Reads a cloud and sends it commands.

    Charges keep the id with which they were first seen. A running charge that is no longer listed is read by
    its id if the cloud can do that; otherwise it counts as over, unless its charger's state says otherwise.
    """

    def __init__(self, cloud: ChargerCloud, store: Store, *, clock: Clock, log: logging.Logger) -> None:
        self._cloud = cloud
        self._store = store
        self._clock = clock
        self._log = log
        self._energy = PlausibleEnergy(log)
        self._lasting_stops = LastingStops()
        self._cables = UnseenCables()
        self._looks_left = LOOKS_PER_READ
        self._bulkhead = Bulkhead(log)
        self._known: dict[str, list[_Known]] = {}
        """By charger, newest first."""

    async def chargers(self) -> Sequence[Charger]:
        """Like `ChargerCloud.chargers`."""
        found = await self._cloud.chargers()
        self._looks_left = LOOKS_PER_READ
        settled = {
            charger.id: await self._bulkhead.survived(charger.name, self._settled(charger)) or charger
            for charger in sorted(found, key=self._last_news_at)
        }
        return [settled[charger.id] for charger in found]

    async def charger(self, charger_id: str) -> Charger:
        """Like `ChargerCloud.charger`."""
        charger = await self._cloud.charger(charger_id)
        self._looks_left = LOOKS_PER_READ
        return await self._settled(charger)

    def newest(self, charger: Charger) -> Charger:
        """The charger with what is known of its charges by now, which may be newer than its last read."""
        if not charger.may_see_charges or charger.id not in self._known:
            return charger
        now, known = self._clock(), self._known[charger.id]
        charges = tuple(one.charge for one in known)
        over_at = known[0].over_at if known and not charges[0].state.is_active else None
        return charger.with_charges(charges, is_over=over_at is not None and now - over_at < ANSWER_COUNTS_FOR)

    async def charge(self, charger_id: str, charge_id: str) -> Charge | None:
        """Read one charge, by itself or with its charger; None if the cloud does not list it."""
        if isinstance(self._cloud, TellsCharges):
            return await self._learn(
                charger_id, charge_id, await self._cloud.charge(self._cloud_id(charger_id, charge_id))
            )
        charger = await self.charger(charger_id)
        return next((charge for charge in charger.charges if charge.id == charge_id), None)

    async def start(self, charger_id: str) -> Charge | None:
        """Like `ChargerCloud.start`."""
        told = await self._cloud.start(charger_id)
        return told and await self._learn(charger_id, told.id, told)

    async def stop(self, charger_id: str, charge_id: str | None) -> Charge | None:
        """Like `ChargerCloud.stop`."""
        told = await self._cloud.stop(charger_id, charge_id and self._cloud_id(charger_id, charge_id))
        return told and await self._learn(charger_id, charge_id or told.id, told)

    async def _learn(self, charger_id: str, first_id: str, told: Charge) -> Charge:
        """Keep what the cloud has told of one charge, unless it is older than what is known; returns the newer."""
        now = self._clock()
        charge = replace(self._energy.of(told, now), id=first_id, charger_id=charger_id)
        known = [*await self._recalled(charger_id)]
        same = next((one for one in known if one.charge.id == first_id), None)
        if same and charge.is_older_than(same.charge):
            return same.charge
        first = same or _Known(charge=charge, cloud_id=told.id, at=now)
        newest = first.told(charge, now, is_answer=True, cloud_id=told.id)
        await self._note(charger_id, [newest, *(one for one in known if one is not same)])
        return charge

    def _cloud_id(self, charger_id: str, charge_id: str) -> str:
        known = (one.cloud_id for one in self._known.get(charger_id, ()) if one.charge.id == charge_id)
        return next(known, charge_id)

    async def _settled(self, charger: Charger) -> Charger:
        if not charger.may_see_charges:
            return charger
        charger = self._lasting_stops.of_all(self._energy.of_all(charger, self._clock()), self._clock())
        before = await self._recalled(charger.id)
        known = self._recognised(charger.charges, before)
        cloud_ids = {one.cloud_id for one in known}
        first_ids = {one.charge.id for one in known}
        known += [
            one
            for one in before
            if one.cloud_id not in cloud_ids and one.charge.id not in first_ids and self._is_recent(one.charge)
        ]
        listed_ids = {charge.id for charge in charger.charges}
        known = [await self._followed_up(charger, one, is_listed=one.cloud_id in listed_ids) for one in known]
        await self._note(charger.id, known)
        return self._cables.of(self.newest(charger), self._clock())

    def _last_news_at(self, charger: Charger) -> datetime:
        """When a running charge of the charger was last told of, so that those waited for longest are read first."""
        running = [one.at for one in self._known.get(charger.id, ()) if one.charge.state.is_active]
        return min(running, default=self._clock())

    def _recognised(self, listed: Sequence[Charge], before: Sequence[_Known]) -> list[_Known]:
        """The listed charges, each with its first id."""
        by_cloud_id = {one.cloud_id: one for one in before}
        lost = [one for one in before if one.cloud_id not in {charge.id for charge in listed}]
        now, found = self._clock(), []
        for charge in listed:
            same = by_cloud_id.get(charge.id) or next((one for one in lost if one.is_followed_by(charge)), None)
            if same in lost:
                lost.remove(same)
            found.append(_newer(same, charge, now) if same else _Known(charge=charge, cloud_id=charge.id, at=now))
        return found

    async def _followed_up(self, charger: Charger, known: _Known, *, is_listed: bool) -> _Known:
        """A charge that the list does not show, or shows as it was long ago, is asked for by its id."""
        charge = known.charge
        if not charge.state.is_active:
            return known
        now = self._clock()
        if is_listed and now - known.at < LOOK_AFTER:
            return known
        if isinstance(self._cloud, TellsCharges):
            return await self._read_by_id(self._cloud, known)
        if is_listed or known.is_fresh_answer(now) or charger.state in RUNNING_ON:
            return known
        if charger.state in RESTING and charger.is_plugged_in:
            return replace(known, charge=replace(charge, state=ChargeState.PAUSED))
        return self._over(known)

    async def _read_by_id(self, cloud: TellsCharges, known: _Known) -> _Known:
        if self._looks_left <= 0:
            return known
        self._looks_left -= 1
        try:
            told = self._energy.of(await cloud.charge(known.cloud_id), self._clock())
        except NotFoundError:  # a charge may take some seconds until it can be read where it was started
            return known if known.is_fresh_answer(self._clock()) else self._over(known)
        except CloudError as err:
            self._log.debug("A running charge keeps its last known state: %s", err)
            return known
        return known.told(known.charge if told.is_older_than(known.charge) else told, self._clock(), is_answer=True)

    def _over(self, known: _Known) -> _Known:
        now = self._clock()
        return known.told(replace(known.charge, state=ChargeState.STOPPED, stopped_at=now), now)

    def _is_recent(self, charge: Charge) -> bool:
        return charge.state.is_active or self._clock() - (charge.stopped_at or charge.created_at) < KEPT_FOR

    async def _recalled(self, charger_id: str) -> Sequence[_Known]:
        if charger_id not in self._known:
            key = _key(charger_id)
            found = await recalled(self._store, key, lambda facts: rows(facts["charges"])) or ()
            read = partial(_Known.from_dict, charger_id=charger_id, at=self._clock())
            kept = (recalled_part(self._store, key, row, read, "a charge") for row in found[:CHARGES_KEPT])
            self._known[charger_id] = [one for one in kept if one]
        return self._known[charger_id]

    async def _note(self, charger_id: str, known: list[_Known]) -> None:
        """Remember the charges, newest first; stored only when one is new, over or has another id."""
        known = sorted(known, key=lambda one: one.charge.created_at, reverse=True)[:CHARGES_KEPT]
        before, self._known[charger_id] = self._known[charger_id], known
        if {one.identity for one in known} - {one.identity for one in before}:
            await self._store.remember(_key(charger_id), {"charges": [dict(one.to_dict()) for one in known]})


def _newer(known: _Known, listed: Charge, now: datetime) -> _Known:
    if known.is_repeated_by(listed):
        return known
    if known.counts_against(listed, now):
        return replace(known, cloud_id=listed.id)
    return known.told(listed, now, cloud_id=listed.id)


def _key(charger_id: str) -> str:
    return f"charges_{charger_id}"
