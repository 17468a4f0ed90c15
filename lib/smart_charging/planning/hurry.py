"""Which cars to charge beside a load whose end nobody knows, so that none comes short whenever it ends."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from smart_charging.planning.charge_request import ChargeRequest, Load, highest_kw
from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.planning.shared import shared_plan
from smart_charging.prices.curve import PriceCurve

SPARE = timedelta(minutes=15)
"""How long before the last moment to begin; starts and plans take a few minutes."""

_A_SLOT = timedelta(hours=1)
"""The longest there are."""


def hurried(
    curve: PriceCurve,
    requests: Sequence[ChargeRequest],
    loads: Sequence[Load],
    now: datetime,
    *,
    limit_kw: float,
    already: Container[str] = (),
) -> Sequence[ChargeRequest]:
    """The requests, of which those that fit beside the loads are to be charged at once, where time gets scarce.

    A plan may rely on time beside a load, and on time after its end. If the load ends early, cars that had to wait
    for its end take their turn, and the time beside it is gone; if it ends late, the time after it is. So the cars
    that can charge now do, as soon as all would come short even if the loads were over in a moment.

    Args:
        requests: A car with a price limit is left as it is: what it comes short by, it is meant to. So is one that
            may not be charged now.
        loads: Those whose end is an estimate.
        already: Ids of chargers that were hurried before; they stay so, or charges would be stopped and started.
    """
    free_kw = limit_kw - highest_kw(loads, now, now + timedelta(minutes=1)) if loads else 0.0
    fitting = {
        one.charger_id
        for one in requests
        if one.takes_kw <= free_kw and one.need.energy_kwh and not one.preferences.limit and not _is_closed(one, now)
    }
    new = {charger_id for charger_id in fitting if charger_id not in already}
    if new and not _comes_short(curve, requests, now, limit_kw):
        fitting -= new
    return [_at_once(request) if request.charger_id in fitting else request for request in requests]


def _comes_short(curve: PriceCurve, requests: Sequence[ChargeRequest], now: datetime, limit_kw: float) -> bool:
    """Whether cars come short if charging begins in a moment, with the fuse to themselves."""
    start = now + SPARE
    later = [one for one in requests if one.need.finish_by > start and not one.preferences.limit]
    if _fit_one_by_one(later, start, limit_kw):
        return False
    plans = shared_plan(curve, later, limit_kw=limit_kw, now=start)
    return any(plan.shortfall_kwh > ALMOST_NOTHING_KWH for plan in plans.values())


def _is_closed(request: ChargeRequest, now: datetime) -> bool:
    return any(block.is_at(now) for block in request.preferences.closed)


def _fit_one_by_one(requests: Sequence[ChargeRequest], start: datetime, limit_kw: float) -> bool:
    """Whether there is time for one car after another, with a slot to spare for each: then there is no need to plan."""
    if any(one.takes_kw > limit_kw or one.preferences.closed or one.arrives_at for one in requests):
        return False
    ready_at = start
    for one in sorted(requests, key=lambda one: one.need.finish_by):
        ready_at += one.need.charging_time + _A_SLOT
        if ready_at > one.need.finish_by:
            return False
    return True


def _at_once(request: ChargeRequest) -> ChargeRequest:
    return replace(request, need=replace(request.need, minimum_kwh=request.need.energy_kwh))
