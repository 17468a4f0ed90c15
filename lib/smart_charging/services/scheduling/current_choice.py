"""Whether cars on a common fuse charge together at lower currents, or in turns at full power; no commands."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Plan
from smart_charging.planning.shared import shared_plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.scheduling.current_shares import Taker, shared_out
from smart_charging.services.scheduling.snapshot import Snapshot

COMPARED_AFTER = timedelta(minutes=15)
"""How long charging together stays the better choice, or charging in turns."""
_ROUNDING_KW, _ROUNDING_A = 1e-6, 1e-6

_Asking = Sequence[tuple[Snapshot, ChargeRequest]]


class _Compared(NamedTuple):
    """What the choice between charging together and in turns was made from."""

    at: datetime
    curve: PriceCurve
    facts: object
    is_together: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentChoice:
    """What is asked of the planner: each car at the power that the others leave it.

    Where all cars together would take more than the fuse, they are planned at the power that is left for each, if that
    is cheaper than taking turns at full power, or no dearer.
    """

    requests: Sequence[ChargeRequest] = ()
    needs_all: Collection[str] = ()
    """Keys of chargers whose cars are ready in time only at full power."""
    compared: _Compared | None = None
    """The last comparison, which holds for a while."""

    def anew(
        self,
        full: Sequence[ChargeRequest],
        snapshots: Sequence[Snapshot],
        loads: Sequence[Load],
        curve: PriceCurve,
        now: datetime,
        *,
        limit_kw: float,
    ) -> CurrentChoice:
        """The choice for what the chargers ask for now, at full power; a request without a charger stays as it is."""
        by_key = {one.key: one for one in snapshots}
        asking = [(by_key[request.charger_id], request) for request in full if request.charger_id in by_key]
        free_kw = limit_kw - sum(load.power_kw for load in loads)
        wanting = [one for one, request in asking if request.need.energy_kwh]
        if not any(one.current for one in wanting) or sum(one.load_kw for one in wanting) <= free_kw + _ROUNDING_KW:
            return replace(self, requests=full, needs_all=())
        takers, needs_all = _takers(asking, free_kw, now)
        shares = shared_out(takers, free_kw)
        lowered = {one.key: _at(request, one, shares.get(one.key)) for one, request in asking}
        together = [lowered.get(request.charger_id, request) for request in full]
        if any(request.need.minimum_kwh for request in full):  # what is wanted at once cannot wait for its turn
            return replace(self, requests=together, needs_all=needs_all)
        compared = self._comparison(full, together, curve, now, limit_kw=limit_kw, loads=loads)
        requests = together if compared.is_together else full
        return CurrentChoice(requests=requests, needs_all=needs_all, compared=compared)

    def _comparison(
        self,
        full: Sequence[ChargeRequest],
        together: Sequence[ChargeRequest],
        curve: PriceCurve,
        now: datetime,
        *,
        limit_kw: float,
        loads: Sequence[Load],
    ) -> _Compared:
        """Made anew when something has changed, as it takes two more plans."""
        facts = (_facts(full), _facts(together), limit_kw, [load.power_kw for load in loads])
        last = self.compared
        if last and now - last.at < COMPARED_AFTER and last.facts == facts and last.curve == curve:
            return last
        both = [
            shared_plan(curve, requests, limit_kw=limit_kw, now=now, loads=loads).values()
            for requests in (full, together)
        ]
        return _Compared(at=now, curve=curve, facts=facts, is_together=_is_no_worse(*both))


def taker_of(one: Snapshot) -> Taker:
    """What it takes of the fuse at its lowest and at its highest current."""
    ceiling_a = one.current.ceiling_a if one.current else 0.0
    most_kw = one.kw_at(ceiling_a)
    return Taker(key=one.key, least_kw=min(one.least_kw, most_kw), most_kw=most_kw)


def amperes(one: Snapshot, kw: float) -> float:
    """Whole amperes for a share of the fuse; all of them where the car gets what it takes."""
    if one.current is None:
        raise ValueError(f"the current of {one.key} cannot be set")
    if kw >= one.kw_at(one.current.ceiling_a) - _ROUNDING_KW:
        return one.current.ceiling_a
    return max(one.current.least_a, math.floor(kw / one.current.kw_per_a + _ROUNDING_A))


def _takers(asking: _Asking, free_kw: float, now: datetime) -> tuple[Sequence[Taker], Collection[str]]:
    """Those who want a share of the fuse, and which of them need all they can get."""
    order = sorted(asking, key=lambda one: (-one[1].priority, one[1].need.ready_by))
    takers = [taker_of(one) for one, request in order if request.need.energy_kwh]
    shares = shared_out(takers, free_kw)
    needs_all = {
        one.key for one, request in asking if one.key in shares and not _is_ready(one, request, shares[one.key], now)
    }
    return [replace(taker, needs_all=taker.key in needs_all) for taker in takers], needs_all


def _at(request: ChargeRequest, one: Snapshot, kw: float | None) -> ChargeRequest:
    """The request at the power that a share of the fuse gives it.

    Args:
        kw: None where it does not fit beside the others.
    """
    if one.current is None or kw is None or kw >= one.load_kw - _ROUNDING_KW:
        return request
    takes_kw = one.kw_at(amperes(one, kw))
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
