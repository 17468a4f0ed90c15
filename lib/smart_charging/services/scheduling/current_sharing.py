"""Lowers currents on a common fuse before a car has to wait, and gives them back."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from smart_charging.errors import CloudError
from smart_charging.services.outage import Outage
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.current_choice import amperes, taker_of
from smart_charging.services.scheduling.current_shares import Taker, shared_out
from smart_charging.services.scheduling.fuse import Fuse
from smart_charging.services.scheduling.snapshot import Snapshot

_ROUNDING_KW, _ROUNDING_A = 1e-6, 1e-6


class CurrentSharing:
    """Plans turn chargers on and off; how much each takes while it is on is commanded here.

    Args:
        schedulers: By the chargers' keys; a live mapping that may grow.
    """

    def __init__(self, schedulers: Mapping[str, ChargerScheduler], log: logging.Logger) -> None:
        self._schedulers = schedulers
        self._log = log
        self._outages: dict[str, Outage] = {}
        self.needs_all: Collection[str] = ()
        """Keys of chargers whose cars are ready in time only at full power, as their plans say."""
        self.just_set: set[str] = set()
        """Chargers whose current was set in this round; what they take is known with the next read."""

    async def make_room(self, snapshots: Sequence[Snapshot], starting: Sequence[Snapshot], fuse: Fuse) -> None:
        """Lower those that are on, and set those that are to start; both count once the cloud has shown it."""
        self.just_set.clear()
        shares, flowing = self._shares(snapshots, starting, fuse), list(fuse.flowing())
        for one in snapshots:
            if one.current is None or one.key not in shares or not self._answers(one):
                continue
            is_on, target_a = one in flowing, amperes(one, shares[one.key])
            is_too_high = target_a < one.current.highest_a - _ROUNDING_A and (not is_on or _can_be_lowered(one))
            is_too_low = target_a > one.current.highest_a + _ROUNDING_A and not is_on
            if (is_too_high or is_too_low) and await self._set(one, target_a):
                self.just_set.add(one.key)

    async def give_back(self, snapshots: Sequence[Snapshot], starting: Sequence[Snapshot], fuse: Fuse | None) -> None:
        """Raise those that were lowered, as far as there is room by what is seen; wholly where nothing is wanted."""
        shares = self._shares(snapshots, starting, fuse) if fuse else {}
        taken_kw = {one.key: one.flows_kw for one in fuse.flowing()} if fuse else {}
        for one in snapshots:
            if one.current is None or not one.current.is_lowered or one.key in self.just_set or not self._answers(one):
                continue
            if one.key not in taken_kw:
                if fuse is None or not one.wants:
                    await self._set(one, one.current.ceiling_a)
            elif fuse and one.current.applies_at_once:
                target_a = amperes(one, shares[one.key])
                room_kw = fuse.limit_kw - sum(taken_kw.values()) + taken_kw[one.key]
                is_room = one.kw_at(target_a) <= room_kw + _ROUNDING_KW
                if target_a > one.current.highest_a + _ROUNDING_A and is_room and await self._set(one, target_a):
                    taken_kw[one.key] = one.kw_at(target_a)

    def _answers(self, one: Snapshot) -> bool:
        return self._schedulers[one.key].account.hub.polling.is_answering

    def _shares(self, snapshots: Sequence[Snapshot], starting: Sequence[Snapshot], fuse: Fuse) -> Mapping[str, float]:
        flowing = list(fuse.flowing())
        taking = [*(one for one in snapshots if one in flowing), *(one for one in starting if one not in flowing)]
        return shared_out([self._taker_now(one, is_on=one in flowing) for one in taking], fuse.limit_kw)

    def _taker_now(self, one: Snapshot, *, is_on: bool) -> Taker:
        """A person's charge is not lowered, nor one whose current cannot be changed while it runs."""
        taker = replace(taker_of(one), is_on=is_on, needs_all=one.key in self.needs_all)
        if not is_on or one.current is None or _can_be_lowered(one):
            return taker
        most_kw = taker.most_kw if one.current.applies_at_once else one.flows_kw
        return replace(taker, least_kw=one.flows_kw, most_kw=max(most_kw, one.flows_kw), needs_all=False)

    async def _set(self, one: Snapshot, current_a: float) -> bool:
        outage = self._outages.setdefault(one.key, Outage(f"Setting the current of {one.charger.name}", self._log))
        at = self._schedulers[one.key].account.currents.now()
        try:
            await self._schedulers[one.key].account.currents.plan(one.charger, current_a)
        except CloudError as err:
            outage.failed(err, at)
            return False
        outage.worked(at)
        self._log.info("%s: set to %g A, as the fuse allows", one.charger.name, current_a)
        return True


def _can_be_lowered(one: Snapshot) -> bool:
    """Whether it can be lowered while it is on; a person's charge is left alone."""
    return one.request is not None and one.current is not None and one.current.applies_at_once
