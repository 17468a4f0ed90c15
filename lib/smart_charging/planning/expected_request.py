"""Room on a common fuse for cars that usually come later, beside those that are plugged in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.planning.charge_request import ChargeRequest, Load, highest_kw
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Newcomer, Plan, PlanSlot
from smart_charging.prices.quarters import QUARTER, quarter_of

PATIENCE = timedelta(hours=2)
"""How long after its usual time room is left for a car; then it is given back to the others."""
_ROUNDING_KW = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A car that is expected, and what it will need."""

    newcomer: Newcomer
    request: ChargeRequest


def awaited(visits: Iterable[ExpectedVisit], now: datetime) -> Sequence[ExpectedVisit]:
    """The visits that may still begin."""
    return [visit for visit in visits if now < min(visit.arrives_at + PATIENCE, visit.leaves_at)]


def arrival(
    key: str,
    name: str,
    visit: ExpectedVisit,
    now: datetime,
    *,
    power_kw: float,
    load_kw: float | None = None,
    priority: int = 0,
) -> Arrival:
    """What the car will need if it comes: a little more than usual, but no more than it has time for.

    The quarter of an hour in which it comes, or has not come yet, is left to the others.

    Args:
        key: The charger's.
        name: The charger's, for people.
    """
    begins_at = _next_quarter(max(visit.arrives_at, now))
    most_kwh = power_kw * (max(timedelta(0), visit.leaves_at - begins_at) / timedelta(hours=1))
    need = Need(
        energy_kwh=min(visit.energy_kwh + visit.spread_kwh, most_kwh),
        power_kw=power_kw,
        ready_by=visit.leaves_at,
        margin=timedelta(0),
        goes_on=False,
    )
    request = ChargeRequest(
        charger_id=f"{key} to come",
        need=need,
        arrives_at=begins_at,
        likelihood=visit.likelihood,
        priority=priority,
        load_kw=load_kw,
    )
    return Arrival(newcomer=Newcomer(charger=name, comes_at=visit.arrives_at), request=request)


def left_room(
    request: ChargeRequest,
    plans: Mapping[str, Plan],
    requests: Sequence[ChargeRequest],
    arrivals: Sequence[Arrival],
    *,
    limit_kw: float,
    loads: Sequence[Load] = (),
) -> Sequence[Newcomer]:
    """Those for whom a car charges at dearer times than it could without them.

    Args:
        plans: Of all that are there and all that are expected, by charger id.
        requests: Of those that are there.
    """
    plan = plans[request.charger_id]
    highest = max((slot.price_per_kwh for slot in plan.slots if slot.price_per_kwh is not None), default=None)
    if highest is None:
        return ()
    there = [
        *loads,
        *(
            Load(start=slot.start, end=slot.end, power_kw=one.takes_kw)
            for one in requests
            for slot in plans[one.charger_id].slots
        ),
    ]

    def is_in_the_way(one: Arrival, slot: PlanSlot) -> bool:
        if slot.price_per_kwh is None or slot.price_per_kwh >= highest or slot.end > request.need.ready_by:
            return False
        taken_kw = highest_kw(there, slot.start, slot.end) + request.takes_kw
        return not plan.is_active(slot.start) and (
            taken_kw <= limit_kw + _ROUNDING_KW < taken_kw + one.request.takes_kw
        )

    return [
        one.newcomer
        for one in arrivals
        if any(is_in_the_way(one, slot) for slot in plans[one.request.charger_id].slots)
    ]


def _next_quarter(moment: datetime) -> datetime:
    """In whole quarters, so that the request does not change with every second of `now`."""
    return quarter_of(moment) + QUARTER
