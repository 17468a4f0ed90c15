"""Gives charges stable ids and keeps those that a cloud stops listing.

Some clouds change a charge's id while it runs, and some list a charge only while current flows. Counting
energy and knowing who started a charge require that it stays the same from its start to its end.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Self

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, Charge, Charger, ChargerState, ChargeState
from smart_charging.clouds.protocol import ChargerCloud, TellsCharges
from smart_charging.errors import CloudError, NotFoundError
from smart_charging.services.heartbeat import Bulkhead, Clock
from smart_charging.services.store import Store, recalled, recalled_part
from smart_charging.services.stored import moment, number, optional, rows, text
from smart_charging.services.watching.plausible_energy import PlausibleEnergy

RESTING = frozenset({ChargerState.SUSPENDED_EV, ChargerState.SUSPENDED_EVSE})
"""In these states of the charger, a charge that is no longer listed is paused."""
RUNNING_ON = frozenset({ChargerState.CHARGING, ChargerState.OFFLINE, ChargerState.UNKNOWN})
"""In these states of the charger, a charge that is no longer listed may still run."""
CHARGES_KEPT = 10
KEPT_FOR = timedelta(days=2)
"""Long enough for the charges of this session and of the evening before."""
_MOMENTS = ("created_at", "started_at", "stopped_at", "cable_plugged_in_at", "fully_charged_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A charge as it was last listed."""

    charge: Charge
    """With the id it was first seen with."""
    cloud_id: str
    """The cloud's newest id for it."""

    @property
    def identity(self) -> tuple[str, str, bool]:
        """What has to be stored when it changes; the cloud lists the rest again after a restart."""
        return self.charge.id, self.cloud_id, self.charge.state.is_active

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
    def from_dict(cls, facts: Mapping[str, Any], charger_id: str) -> Self:
        """The opposite of `to_dict`."""
        moments: dict[str, Any] = {key: moment(facts[key]) for key in _MOMENTS if facts.get(key)}
        charge = Charge(
            id=text(facts["id"]),
            charger_id=charger_id,
            state=ChargeState(facts["state"]),
            consumed_kwh=optional(number, facts["consumed_kwh"]),
            **moments,
        )
        return cls(charge=charge, cloud_id=text(facts["cloud_id"]))


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
        self._bulkhead = Bulkhead(log)
        self._known: dict[str, list[_Known]] = {}
        """By charger, newest first."""

    async def chargers(self) -> Sequence[Charger]:
        """Like `ChargerCloud.chargers`."""
        found = await self._cloud.chargers()
        return [await self._bulkhead.survived(one.name, self._settled(one)) or one for one in found]

    async def charger(self, charger_id: str) -> Charger:
        """Like `ChargerCloud.charger`."""
        return await self._settled(await self._cloud.charger(charger_id))

    async def charge(self, charger_id: str, charge_id: str) -> Charge | None:
        """Read one charge, by itself or with its charger; None if the cloud does not list it."""
        if isinstance(self._cloud, TellsCharges):
            told = await self._cloud.charge(self._cloud_id(charger_id, charge_id))
            return replace(self._energy.of(told, self._clock()), id=charge_id)
        charger = await self.charger(charger_id)
        return next((charge for charge in charger.charges if charge.id == charge_id), None)

    async def start(self, charger_id: str) -> Charge | None:
        """Like `ChargerCloud.start`."""
        return await self._cloud.start(charger_id)

    async def stop(self, charger_id: str, charge_id: str | None) -> Charge | None:
        """Like `ChargerCloud.stop`."""
        stopped = await self._cloud.stop(charger_id, charge_id and self._cloud_id(charger_id, charge_id))
        return stopped and replace(self._energy.of(stopped, self._clock()), id=charge_id or stopped.id)

    def _cloud_id(self, charger_id: str, charge_id: str) -> str:
        known = (one.cloud_id for one in self._known.get(charger_id, ()) if one.charge.id == charge_id)
        return next(known, charge_id)

    async def _settled(self, charger: Charger) -> Charger:
        if not charger.may_see_charges:
            return charger
        charger = self._energy.of_all(charger, self._clock())
        before = await self._recalled(charger.id)
        known = self._recognised(charger.charges, before)
        cloud_ids = {one.cloud_id for one in known}
        first_ids = {one.charge.id for one in known}
        known += [
            replace(one, charge=await self._missing(charger, one))
            for one in before
            if one.cloud_id not in cloud_ids and one.charge.id not in first_ids and self._is_recent(one.charge)
        ]
        known.sort(key=lambda one: one.charge.created_at, reverse=True)
        await self._note(charger.id, known[:CHARGES_KEPT])
        return replace(charger, charges=tuple(one.charge for one in known))

    def _recognised(self, listed: Sequence[Charge], before: Sequence[_Known]) -> list[_Known]:
        """The listed charges, each with its first id."""
        by_cloud_id = {one.cloud_id: one for one in before}
        lost = [one for one in before if one.cloud_id not in {charge.id for charge in listed}]
        found = []
        for charge in listed:
            same = by_cloud_id.get(charge.id) or next((one for one in lost if one.is_followed_by(charge)), None)
            if same in lost:
                lost.remove(same)
            first_id = same.charge.id if same else charge.id
            found.append(
                _Known(charge=charge if first_id == charge.id else replace(charge, id=first_id), cloud_id=charge.id)
            )
        return found

    async def _missing(self, charger: Charger, known: _Known) -> Charge:
        """The state of a charge that is no longer listed."""
        charge = known.charge
        if not charge.state.is_active:
            return charge
        if isinstance(self._cloud, TellsCharges):
            return await self._read_by_id(self._cloud, known)
        if charger.state in RUNNING_ON:
            return charge
        if charger.state in RESTING and charger.is_plugged_in:
            return replace(charge, state=ChargeState.PAUSED)
        return self._over(charge)

    async def _read_by_id(self, cloud: TellsCharges, known: _Known) -> Charge:
        try:
            told = self._energy.of(await cloud.charge(known.cloud_id), self._clock())
            return replace(told, id=known.charge.id)
        except NotFoundError:
            return self._over(known.charge)
        except CloudError as err:
            self._log.debug("A running charge keeps its last known state: %s", err)
            return known.charge

    def _over(self, charge: Charge) -> Charge:
        return replace(charge, state=ChargeState.STOPPED, stopped_at=self._clock())

    def _is_recent(self, charge: Charge) -> bool:
        return charge.state.is_active or self._clock() - (charge.stopped_at or charge.created_at) < KEPT_FOR

    async def _recalled(self, charger_id: str) -> Sequence[_Known]:
        if charger_id not in self._known:
            key = _key(charger_id)
            found = await recalled(self._store, key, lambda facts: rows(facts["charges"])) or ()
            read = partial(_Known.from_dict, charger_id=charger_id)
            kept = (recalled_part(self._store, key, row, read, "a charge") for row in found[:CHARGES_KEPT])
            self._known[charger_id] = [one for one in kept if one]
        return self._known[charger_id]

    async def _note(self, charger_id: str, known: list[_Known]) -> None:
        """Remember the charges; stored only when one is new, over or has another id."""
        before, self._known[charger_id] = self._known[charger_id], known
        if {one.identity for one in known} - {one.identity for one in before}:
            await self._store.remember(_key(charger_id), {"charges": [dict(one.to_dict()) for one in known]})


def _key(charger_id: str) -> str:
    return f"charges_{charger_id}"
