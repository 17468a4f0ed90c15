"""What a choice of slots comes to: what is missing at departure and why, and what was saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from smart_charging.planning.need import Need
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Plan, PlanSlot
from smart_charging.planning.window import stretches
from smart_charging.planning.wishes import Wishes
from smart_charging.prices.curve import PriceCurve


def plan_of(
    slots: Sequence[PlanSlot],
    *,
    curve: PriceCurve,
    need: Need,
    now: datetime,
    wishes: Wishes,
    is_shared: bool = False,
) -> Plan:
    """The plan that charges in some slots until departure, honest about what they do not hold.

    Args:
        is_shared: Whether others on the same fuse may be the reason for a shortfall.
    """
    missing_kwh = need.energy_kwh - sum(slot.energy_kwh for slot in slots)
    is_short = missing_kwh > ALMOST_NOTHING_KWH
    if is_short and need.goes_on and not wishes.limit:
        slots = [*slots, *_at_once(curve, max(now, need.ready_by), missing_kwh, need)]
    return Plan(
        slots=tuple(slots),
        ready_by=need.ready_by,
        shortfall_kwh=missing_kwh if is_short else 0.0,
        shortfall_reason=_reason(curve, need, now, wishes, is_shared=is_shared) if is_short else None,
        cost_at_once=Plan(
            slots=_at_once(curve, now, sum(slot.energy_kwh for slot in slots), need), ready_by=need.ready_by
        ).cost,
        currency=curve.currency,
    )


def _at_once(curve: PriceCurve, start: datetime, energy_kwh: float, need: Need) -> list[PlanSlot]:
    window = stretches(curve, start, start + need.time_for(energy_kwh))
    return [one.used(one.start, one.end, need.power_kw) for one in window]


def _reason(curve: PriceCurve, need: Need, now: datetime, wishes: Wishes, *, is_shared: bool) -> str:
    left = need.ready_by - now
    if left <= timedelta(0):
        return "departure has passed"
    if left < need.charging_time:
        return f"charging takes {_duration(need.charging_time)} and {_duration(left)} is left"
    if wishes.limit:
        return f"the price limit of {wishes.limit.describe(curve.currency)} leaves too little time"
    return "the fuse is shared" if is_shared else "the time is too short"


def _duration(length: timedelta) -> str:
    hours, minutes = divmod(round(length / timedelta(minutes=1)), 60)
    return f"{hours}:{minutes:02} h"
