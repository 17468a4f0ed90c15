"""What Home Assistant shows of a plan.

Everything here stands still while the plan does: a countdown would fill the recorder.
"""

from __future__ import annotations

from collections.abc import Mapping

from smart_charging.entities.plan_view import PlanState, PlanView, to_second
from smart_charging.entities.publish import EntityDescription
from smart_charging.entities.sentence import sentence
from smart_charging.planning.plan import Plan, PlanSlot


def _attributes(view: PlanView) -> Mapping[str, object]:
    return {
        "charge_point_id": view.charger.id,
        "sentence": sentence(view),
        "mode": view.mode,
        "reason": view.reason,
        "problems": list(view.problems),
        "delivered_kwh": _rounded(view.delivered_kwh),
        "wanted_kwh": view.wanted_kwh,
        "cost_so_far": _rounded(view.cost_so_far),
        "prices_known_until": view.prices_known_until,
        "next_start": view.next_start,
        "next_end": view.next_end,
        **(_plan_attributes(view.plan) if view.plan else {}),
    }


def _plan_attributes(plan: Plan) -> Mapping[str, object]:
    return {
        "ready_by": plan.ready_by,
        "planned_start": plan.start and to_second(plan.start),
        "planned_end": plan.end and to_second(plan.end),
        "planned_kwh": _rounded(plan.energy_kwh),
        "average_price_per_kwh": _rounded(plan.average_price_per_kwh),
        "expected_cost": _rounded(plan.cost),
        "cost_at_once": _rounded(plan.cost_at_once),
        "saving": _rounded(plan.saving),
        "shortfall_kwh": _rounded(plan.shortfall_kwh),
        "shortfall_reason": plan.shortfall_reason,
        "currency": plan.currency,
        "is_forecast_used": any(slot.is_estimate for slot in plan.slots),
        "slots": [_slot_attributes(slot) for slot in plan.slots],
    }


def _slot_attributes(slot: PlanSlot) -> Mapping[str, object]:
    """A published price goes without a mark: false would become a text, which templates take for true."""
    return {
        "start": to_second(slot.start),
        "end": to_second(slot.end),
        "price_per_kwh": slot.price_per_kwh,
        "energy_kwh": _rounded(slot.energy_kwh),
        **({"is_estimate": True} if slot.is_estimate else {}),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


PLAN_ENTITIES: tuple[EntityDescription[PlanView], ...] = (
    EntityDescription(
        domain="sensor",
        key="plan",
        name="charging plan",
        value=lambda view: view.state,
        attributes=_attributes,
        device_class="enum",
        options=[state.value for state in PlanState],
        icon="mdi:calendar-clock",
    ),
    EntityDescription(
        domain="sensor",
        key="next_start",
        name="next start of charging",
        value=lambda view: view.next_start,
        device_class="timestamp",
        icon="mdi:clock-start",
    ),
    EntityDescription(
        domain="sensor",
        key="planned_end",
        name="planned end of charging",
        value=lambda view: view.planned_end,
        device_class="timestamp",
        icon="mdi:clock-end",
    ),
)
