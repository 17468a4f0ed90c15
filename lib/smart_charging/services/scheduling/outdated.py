"""Which plans still fit after what has happened while they were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smart_charging.planning.plan import Plan
from smart_charging.services.scheduling.snapshot import Snapshot


def still_fitting(
    plans: Mapping[str, Plan], asked: Sequence[Snapshot], found: Sequence[Snapshot], *, is_joint: bool
) -> Mapping[str, Plan]:
    """The plans of chargers for which the same is still asked; what charging itself changes does not count.

    Args:
        asked: The chargers when the plans were asked for.
        found: The chargers now.
        is_joint: Whether they share a fuse: where one plan does not fit, the others were made beside another one.
    """
    before = {one.key: _asked_of(one) for one in asked}
    fitting = {one.key: plans[one.key] for one in found if one.key in plans and _asked_of(one) == before[one.key]}
    return {} if is_joint and len(fitting) < len(plans) else fitting


def _asked_of(one: Snapshot) -> object:
    """What people, prices aside, and the cable decide; a sensor that changes every second must not be among it."""
    if (request := one.request) is None:
        return None
    need, plugged_in_at = request.need, one.cable.plugged_in_at if one.cable else None
    wants = (need.energy_kwh > 0, need.minimum_kwh > 0, need.ready_by, request.preferences.limit, request.priority)
    return one.car.mode, one.is_skipped, one.is_forbidden, plugged_in_at, wants
