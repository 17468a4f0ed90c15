"""Turns chosen slots into a plan: what will be missing at departure and why, and what is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from smart_charging.planning.need import Need
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, DEPARTED, Plan, PlanSlot, cost_of
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.window import allowed_spans, in_turn, price_spans, split
from smart_charging.prices.curve import PriceCurve

STAYS = timedelta(days=2)
"""How far ahead a car that charges on after departure is planned, as a price limit may make it wait."""


def plan_of(
    slots: Sequence[PlanSlot],
    *,
    curve: PriceCurve,
    need: Need,
    now: datetime,
    preferences: Preferences,
    is_shared: bool = False,
) -> Plan:
    """The plan that charges in these slots, with the shortfall at departure.

    Args:
        is_shared: Whether other chargers are on the same fuse: they may be the reason for a shortfall,
            and charging after departure is then not added here.
    """
    missing_kwh = need.energy_kwh - sum(slot.energy_kwh for slot in slots if slot.end <= need.ready_by)
    is_short = missing_kwh > ALMOST_NOTHING_KWH
    if is_short and need.goes_on and not is_shared:
        slots = [*slots, *_after_departure(curve, need, now, preferences, missing_kwh)]
    return Plan(
        slots=tuple(slots),
        ready_by=need.ready_by,
        shortfall_kwh=missing_kwh if is_short else 0.0,
        shortfall_reason=_reason(curve, need, now, preferences, is_shared=is_shared) if is_short else None,
        cost_at_once=cost_of(charged_at_once(curve, now, sum(slot.energy_kwh for slot in slots), need.power_kw)),
        currency=curve.currency,
    )


def _after_departure(
    curve: PriceCurve, need: Need, now: datetime, preferences: Preferences, missing_kwh: float
) -> list[PlanSlot]:
    """Slots for the missing energy, as soon as prices are within the limit; for the minimum at any price."""
    start = max(now, need.ready_by)
    going_on = allowed_spans(curve, start, start + STAYS, preferences)
    minimum_kwh = missing_kwh - need.energy_kwh + min(need.minimum_kwh, need.energy_kwh)
    first, rest = split(going_on, start + max(timedelta(0), need.time_for(minimum_kwh)))
    return in_turn([*first, *(one for one in rest if one.is_open)], need.time_for(missing_kwh), need.power_kw)


def cost_at_once(curve: PriceCurve, plugged_in_at: datetime, energy_kwh: float, power_kw: float) -> float | None:
    """What the energy would have cost if charging had begun right after plugging in, without a break.

    None when a published price for any of that time is unknown: logged sessions contain no estimates.
    """
    slots = charged_at_once(curve, plugged_in_at, energy_kwh, power_kw)
    return None if any(slot.is_estimate for slot in slots) else cost_of(slots)


def charged_at_once(curve: PriceCurve, start: datetime, energy_kwh: float, power_kw: float) -> list[PlanSlot]:
    """Slots for the energy from `start` on, without a break."""
    window = price_spans(curve, start, start + timedelta(hours=energy_kwh / power_kw))
    return [one.used(one.start, one.end, power_kw) for one in window]


def _reason(curve: PriceCurve, need: Need, now: datetime, preferences: Preferences, *, is_shared: bool) -> str:
    left, limit = need.ready_by - now, _named_limit(curve, preferences)
    if left <= timedelta(0):
        return f"{limit} still counts" if limit else DEPARTED
    window = allowed_spans(curve, now, need.ready_by, preferences)
    is_limited = limit and not all(one.is_open for one in window)
    if left < need.charging_time:
        reason = f"charging takes {_duration(need.charging_time)} and {_duration(left)} is left"
        return f"{reason}, of which {limit} leaves too little" if is_limited else reason
    if is_limited:
        are_known = all(one.price_per_kwh is not None for one in window)
        return f"{limit} leaves too little time{'' if are_known else ' while prices are unknown'}"
    return "the fuse is shared" if is_shared else "the time is too short"


def _named_limit(curve: PriceCurve, preferences: Preferences) -> str | None:
    limit = preferences.limit
    limits = [
        *([f"the price limit of {limit.describe(curve.currency)}"] if limit else []),
        *(["the time in which nothing may be charged"] if preferences.closed else []),
    ]
    return " and ".join(limits) or None


def _duration(length: timedelta) -> str:
    hours, minutes = divmod(round(length / timedelta(minutes=1)), 60)
    return f"{hours}:{minutes:02} h"
