"""Lowers currents on a common fuse before a car has to wait, and gives them back."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from smart_charging.errors import CloudError
from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Plan
from smart_charging.planning.shared import shared_plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.outage import Outage
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.current_shares import Taker, shared_out
from smart_charging.services.scheduling.fuse import Fuse
from smart_charging.services.scheduling.snapshot import Snapshot

COMPARED_AFTER = timedelta(minutes=15)
"""How long charging together stays the better choice, or charging in turns."""
_ROUNDING_KW, _ROUNDING_A = 1e-6, 1e-6


class _Compared(NamedTuple):
    """What the choice between charging together and in turns was made from."""

    at: datetime
    curve: PriceCurve
    facts: object
    is_together: bool


class CurrentSharing:
    """Plans turn chargers on and off; how much each takes while it is on is decided here.

    Where all cars together would take more than the fuse, they are planned at the power that is left for each, if that
    is cheaper than taking turns at full power, or no dearer.

    Args:
        schedulers: By the chargers' keys; a live mapping that may grow.
    """

    def __init__(self, schedulers: Mapping[str, ChargerScheduler], log: logging.Logger) -> None:
        self._schedulers = schedulers
        self._log = log
        self._needs_all: Collection[str] = ()
        self._compared: _Compared | None = None
        self._outages: dict[str, Outage] = {}
        self.just_set: set[str] = set()
        """Chargers whose current was set in this round; what they take is known with the next read."""

    def requests(
        self, snapshots: Sequence[Snapshot], fuse: Fuse, curve: PriceCurve, now: datetime
    ) -> Sequence[ChargeRequest]:
        """What is asked of the planner: each car at the power that the others leave it."""
        asking = [(one, one.request) for one in snapshots if one.request]
        full = [request for _, request in asking]
        loads = fuse.loads(now)
        free_kw = fuse.limit_kw - sum(load.power_kw for load in loads)
        wanting = [one for one, request in asking if request.need.energy_kwh]
        self._needs_all = ()
        if not any(one.current for one in wanting) or sum(one.load_kw for one in wanting) <= free_kw + _ROUNDING_KW:
            return full
        together = [
            _at(request, one, kw) for (one, request), kw in zip(asking, self._kw(asking, free_kw, now), strict=True)
        ]
        if any(request.need.minimum_kwh for request in full):  # what is wanted at once cannot wait for its turn
            return together
        is_better = self._is_together_better(full, together, curve, now, limit_kw=fuse.limit_kw, loads=loads)
        return together if is_better else full

    def _kw(
        self, asking: Sequence[tuple[Snapshot, ChargeRequest]], free_kw: float, now: datetime
    ) -> Sequence[float | None]:
        """What is left for each on the fuse; None where it does not fit beside the others."""
        order = sorted(asking, key=lambda one: (-one[1].priority, one[1].need.ready_by))
        takers = [_taker(one) for one, request in order if request.need.energy_kwh]
        shares = shared_out(takers, free_kw)
        self._needs_all = {
            one.key
            for one, request in asking
            if one.key in shares and not _is_ready(one, request, shares[one.key], now)
        }
        takers = [replace(taker, needs_all=taker.key in self._needs_all) for taker in takers]
        shares = shared_out(takers, free_kw)
        return [shares.get(one.key) for one, _ in asking]

    def _is_together_better(
        self,
        full: Sequence[ChargeRequest],
        together: Sequence[ChargeRequest],
        curve: PriceCurve,
        now: datetime,
        *,
        limit_kw: float,
        loads: Sequence[Load],
    ) -> bool:
        """Decided anew when something has changed, as it takes two more plans."""
        facts = (_facts(full), _facts(together), limit_kw, [load.power_kw for load in loads])
        last = self._compared
        if last and now - last.at < COMPARED_AFTER and last.facts == facts and last.curve == curve:
            return last.is_together
        both = [
            shared_plan(curve, requests, limit_kw=limit_kw, now=now, loads=loads).values()
            for requests in (full, together)
        ]
        is_together = _is_no_worse(*both)
        self._compared = _Compared(at=now, curve=curve, facts=facts, is_together=is_together)
        return is_together

    async def make_room(self, snapshots: Sequence[Snapshot], starting: Sequence[Snapshot], fuse: Fuse) -> None:
        """Lower those that are on, and set those that are to start; both count once the cloud has shown it."""
        self.just_set.clear()
        shares, flowing = self._shares(snapshots, starting, fuse), list(fuse.flowing())
        for one in snapshots:
            if one.current is None or one.key not in shares or not self._answers(one):
                continue
            is_on, target_a = one in flowing, _amperes(one, shares[one.key])
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
                target_a = _amperes(one, shares[one.key])
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
        taker = replace(_taker(one), is_on=is_on, needs_all=one.key in self._needs_all)
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


def _taker(one: Snapshot) -> Taker:
    ceiling_a = one.current.ceiling_a if one.current else 0.0
    most_kw = one.kw_at(ceiling_a)
    return Taker(key=one.key, least_kw=min(one.least_kw, most_kw), most_kw=most_kw)


def _amperes(one: Snapshot, kw: float) -> float:
    """Whole amperes for a share of the fuse; all of them where the car gets what it takes."""
    if one.current is None:
        raise ValueError(f"the current of {one.key} cannot be set")
    if kw >= one.kw_at(one.current.ceiling_a) - _ROUNDING_KW:
        return one.current.ceiling_a
    return max(one.current.least_a, math.floor(kw / one.current.kw_per_a + _ROUNDING_A))


def _at(request: ChargeRequest, one: Snapshot, kw: float | None) -> ChargeRequest:
    """The request at the power that a share of the fuse gives it."""
    if one.current is None or kw is None or kw >= one.load_kw - _ROUNDING_KW:
        return request
    takes_kw = one.kw_at(_amperes(one, kw))
    power_kw = request.need.power_kw * takes_kw / one.load_kw
    return replace(request, need=replace(request.need, power_kw=power_kw), load_kw=takes_kw)


def _is_ready(one: Snapshot, request: ChargeRequest, kw: float, now: datetime) -> bool:
    need = _at(request, one, kw).need
    return now + need.charging_time <= max(need.finish_by, now)


def _facts(requests: Iterable[ChargeRequest]) -> object:
    """All but what changes while charging goes as planned."""
    return [
        replace(
            one, is_running=False, need=replace(one.need, energy_kwh=float(bool(one.need.energy_kwh)), minimum_kwh=0.0)
        )
        for one in requests
    ]


def _is_no_worse(full: Collection[Plan], together: Collection[Plan]) -> bool:
    """Whether charging together leaves no more energy missing, and costs no more where that is known."""
    missing = [sum(plan.shortfall_kwh for plan in plans) for plans in (full, together)]
    if abs(missing[0] - missing[1]) > ALMOST_NOTHING_KWH:
        return missing[1] < missing[0]
    costs = [[plan.cost for plan in plans] for plans in (full, together)]
    known = [[cost for cost in some if cost is not None] for some in costs]
    return len(known[0]) != len(costs[0]) or len(known[1]) != len(costs[1]) or sum(known[1]) <= sum(known[0])
