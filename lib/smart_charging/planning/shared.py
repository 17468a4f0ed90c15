"""Joint plans for several chargers behind one fuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.joint import Joint
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve

_TRIES = ((1.0, False), (0.5, False), (0.0, False), (0.0, True))
"""How much of the margins before departure is kept, and whether cars past their departure let others go first.

No more of this is given up than it takes to have all others ready; a car that is late anyway makes no other one late.
"""


def shared_plan(
    curve: PriceCurve, requests: Sequence[ChargeRequest], *, limit_kw: float, now: datetime, loads: Sequence[Load] = ()
) -> Mapping[str, Plan]:
    """Plans by charger id that together with the loads never exceed the limit.

    All cars are ready at nearly the lowest total cost; `slot_allocation` says how near. Where not
    all can be ready, those that are plugged in come before those still to come, then higher priority
    comes first, then higher power, then less time to spare.
    A load counts for the whole of every price slot in which it occurs.

    Args:
        now: Aware; plans begin no earlier.
        loads: They may overlap, and then add up.
    """
    now = now.astimezone(UTC)
    tried = []
    for margin_share, late_ones_wait in _TRIES:
        joint = Joint(curve, requests, limit_kw, now, loads, margin_share=margin_share, late_ones_wait=late_ones_wait)
        tried.append(joint.plans())
        if not _missing_kwh(tried[-1], requests):
            break
    return min(tried, key=lambda plans: _missing_kwh(plans, requests))


def _missing_kwh(plans: Mapping[str, Plan], requests: Sequence[ChargeRequest]) -> float:
    """No margin is given up for a car that may not come."""
    return sum(plans[one.charger_id].shortfall_kwh for one in requests if one.arrives_at is None)
