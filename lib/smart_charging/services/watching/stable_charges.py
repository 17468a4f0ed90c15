"""A cloud whose charges keep their ids and are not forgotten, whatever the cloud itself does with them.

Some clouds give a charge another id while it runs, and some tell of a charge only while current flows.
Whoever counts energy, or asks whose a charge is, needs it to stay the same from its start to its end.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, Charge, Charger, ChargerState, ChargeState
from smart_charging.clouds.protocol import ChargerCloud, TellsCharges
from smart_charging.errors import CloudError, NotFoundError
from smart_charging.services.heartbeat import Clock
from smart_charging.services.store import Store, parsed_or_none
from smart_charging.services.watching.plausible_energy import PlausibleEnergy

RESTING = frozenset({ChargerState.SUSPENDED_EV, ChargerState.SUSPENDED_EVSE})
"""While a charger says this, a charge that is not told of any more is paused."""
RUNNING_ON = frozenset({ChargerState.CHARGING, ChargerState.OFFLINE, ChargerState.UNKNOWN})
"""While a charger says this, a charge that is not told of any more may well run."""
KEPT = 10
KEPT_FOR = timedelta(days=2)
"""A session's charges, and those of the evening before."""
_MOMENTS = ("created_at", "started_at", "stopped_at", "cable_plugged_in_at", "fully_charged_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A charge as it was last told of."""

    charge: Charge
    """Under the id it was first seen with."""
    cloud_id: str
    """The cloud's newest one."""

    @property
    def identity(self) -> tuple[str, str, bool]:
        """What has to be known after a restart; the rest the cloud tells again, or it hardly matters."""
        return self.charge.id, self.cloud_id, self.charge.state.is_active

    def is_followed_by(self, charge: Charge) -> bool:
        """Whether a charge of another id is the same one: it began then, and has no less energy in it."""
        pairs = [(self.charge.created_at, charge.created_at), (self.charge.started_at, charge.started_at)]
        began_then = any(one and other and abs(one - other) <= CLOCKS_MAY_DIFFER_BY for one, other in pairs)
        return began_then and (charge.consumed_kwh or 0.0) >= (self.charge.consumed_kwh or 0.0)

    def to_dict(self) -> Mapping[str, Any]:
        """For a Store."""
        moments = {key: moment.isoformat() for key in _MOMENTS if (moment := getattr(self.charge, key))}
        facts = {"id": self.charge.id, "state": self.charge.state, "consumed_kwh": self.charge.consumed_kwh}
        return {"cloud_id": self.cloud_id, **facts, **moments}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any], charger_id: str) -> Self:
        """The opposite of `to_dict`."""
        moments: dict[str, Any] = {key: datetime.fromisoformat(facts[key]) for key in _MOMENTS if facts.get(key)}
        charge = Charge(
            id=str(facts["id"]),
            charger_id=charger_id,
            state=ChargeState(facts["state"]),
            consumed_kwh=facts["consumed_kwh"],
            **moments,
        )
        return cls(charge=charge, cloud_id=str(facts["cloud_id"]))


class StableCharges:
    """Reads and commands a cloud for the apps.

    Charges carry the id under which they were first seen; one that ran and is told of no more is looked up
    where the cloud can be asked for it, else it is over, unless its charger says otherwise.
    """

    def __init__(self, cloud: ChargerCloud, store: Store, *, clock: Clock, log: logging.Logger) -> None:
        self._cloud = cloud
        self._store = store
        self._clock = clock
        self._log = log
        self._energy = PlausibleEnergy(log)
        self._known: dict[str, list[_Known]] = {}
        """By charger, newest first."""

    async def chargers(self) -> Sequence[Charger]:
        """As the cloud's own."""
        return [await self._settled(charger) for charger in await self._cloud.chargers()]

    async def charger(self, charger_id: str) -> Charger:
        """As the cloud's own."""
        return await self._settled(await self._cloud.charger(charger_id))

    async def charge(self, charger_id: str, charge_id: str) -> Charge | None:
        """One charge as it stands now, from the nearest source; None where nothing is told of it."""
        if isinstance(self._cloud, TellsCharges):
            told = await self._cloud.charge(self._cloud_id(charger_id, charge_id))
            return replace(self._energy.of(told, self._clock()), id=charge_id)
        charger = await self.charger(charger_id)
        return next((charge for charge in charger.charges if charge.id == charge_id), None)

    async def start(self, charger_id: str) -> Charge | None:
        """As the cloud's own."""
        return await self._cloud.start(charger_id)

    async def stop(self, charger_id: str, charge_id: str | None) -> Charge | None:
        """As the cloud's own."""
        told = await self._cloud.stop(charger_id, charge_id and self._cloud_id(charger_id, charge_id))
        return told and replace(self._energy.of(told, self._clock()), id=charge_id or told.id)

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
        await self._note(charger.id, known[:KEPT])
        return replace(charger, charges=tuple(one.charge for one in known))

    def _recognised(self, told: Sequence[Charge], before: Sequence[_Known]) -> list[_Known]:
        """The charges told of, each under its first id."""
        by_cloud_id = {one.cloud_id: one for one in before}
        lost = [one for one in before if one.cloud_id not in {charge.id for charge in told}]
        found = []
        for charge in told:
            same = by_cloud_id.get(charge.id) or next((one for one in lost if one.is_followed_by(charge)), None)
            if same in lost:
                lost.remove(same)
            first_id = same.charge.id if same else charge.id
            found.append(
                _Known(charge=charge if first_id == charge.id else replace(charge, id=first_id), cloud_id=charge.id)
            )
        return found

    async def _missing(self, charger: Charger, known: _Known) -> Charge:
        """What has become of a charge that is not told of any more."""
        charge = known.charge
        if not charge.state.is_active:
            return charge
        if isinstance(self._cloud, TellsCharges):
            return await self._looked_up(self._cloud, known)
        if charger.state in RUNNING_ON:
            return charge
        if charger.state in RESTING and charger.is_plugged_in:
            return replace(charge, state=ChargeState.PAUSED)
        return self._over(charge)

    async def _looked_up(self, cloud: TellsCharges, known: _Known) -> Charge:
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
            facts = await self._store.recall(_key(charger_id))
            rows = facts.get("charges")
            parsed = [parsed_or_none(row, lambda told: _Known.from_dict(told, charger_id)) for row in rows or ()]
            self._known[charger_id] = [one for one in parsed if one]
        return self._known[charger_id]

    async def _note(self, charger_id: str, known: list[_Known]) -> None:
        """On disk only when a charge is new, over, or under another id."""
        before, self._known[charger_id] = self._known[charger_id], known
        if {one.identity for one in known} - {one.identity for one in before}:
            await self._store.remember(_key(charger_id), {"charges": [dict(one.to_dict()) for one in known]})


def _key(charger_id: str) -> str:
    return f"charges_{charger_id}"
