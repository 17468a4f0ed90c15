"""The cheapest plan for one charger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.prices.curve import PriceCurve


def cheapest_plan(curve: PriceCurve, need: Need, now: datetime) -> Plan:
    """Charge at the lowest cost that has the car ready by departure.

    Of equal prices the later slot is taken. Where the price is unknown, slots are used
    only for what the known ones cannot hold, and as late as possible: prices may
    still come, and the car is ready all the same.
    """
    now = now.astimezone(UTC)
    window = _window(curve, need, now)
    wanted = need.charging_time
    chosen: list[PlanSlot] = []
    for slot in sorted(window, key=_cheapest_then_latest):
        used = min(wanted, slot.end - slot.start)
        if used > timedelta(0):
            chosen.append(_part(slot, used, need.power_kw))
        wanted -= used
    at_once = Plan(slots=_at_once(window, need), ready_by=need.ready_by)
    short_kwh = wanted / timedelta(hours=1) * need.power_kw
    return Plan(
        slots=sorted(chosen, key=lambda slot: slot.start),
        ready_by=need.ready_by,
        shortfall_kwh=short_kwh,
        shortfall_reason="the time is too short" if short_kwh else None,
        cost_at_once=at_once.cost,
        currency=curve.currency,
    )


def _window(curve: PriceCurve, need: Need, now: datetime) -> list[PlanSlot]:
    """All time that may be used, with its prices; holes in the curve become slots without a price."""
    end = need.finish_by if need.finish_by - now >= need.charging_time else need.ready_by
    slots: list[PlanSlot] = []
    at = now
    for known in curve.between(now, max(now, end)):
        if at < known.start:
            slots.append(PlanSlot(start=at, end=known.start, price_per_kwh=None, energy_kwh=0))
        slots.append(PlanSlot(start=known.start, end=known.end, price_per_kwh=known.price_per_kwh, energy_kwh=0))
        at = known.end
    if at < end:
        slots.append(PlanSlot(start=at, end=end, price_per_kwh=None, energy_kwh=0))
    return slots


def _cheapest_then_latest(slot: PlanSlot) -> tuple[bool, float, float]:
    return slot.price_per_kwh is None, slot.price_per_kwh or 0.0, -slot.start.timestamp()


def _part(slot: PlanSlot, used: timedelta, power_kw: float) -> PlanSlot:
    energy = used / timedelta(hours=1) * power_kw
    return PlanSlot(start=slot.end - used, end=slot.end, price_per_kwh=slot.price_per_kwh, energy_kwh=energy)


def _at_once(window: list[PlanSlot], need: Need) -> list[PlanSlot]:
    wanted, slots = need.charging_time, []
    for slot in window:
        used = min(wanted, slot.end - slot.start)
        if used > timedelta(0):
            slots.append(_part(slot, used, need.power_kw))
        wanted -= used
    return slots
