"""Entities for a charging plan.

Nothing here changes unless the plan does: a countdown would fill the recorder's database.
"""

from __future__ import annotations

from collections.abc import Mapping

from smart_charging.entities.co2 import Co2View
from smart_charging.entities.plan_view import PeakView, PlanState, PlanView, plan_attributes, rounded, slot_attributes
from smart_charging.entities.publish import EntityDescription
from smart_charging.entities.sentence import sentence
from smart_charging.planning.days_ahead import Outlook
from smart_charging.planning.plan import Plan


def _attributes(view: PlanView) -> Mapping[str, object]:
    return {
        "charge_point_id": view.charger.id,
        "sentence": sentence(view),
        "mode": view.mode,
        "reason": view.reason,
        "problems": list(view.problems),
        "delivered_kwh": rounded(view.delivered_kwh),
        "wanted_kwh": view.wanted_kwh,
        "cost_so_far": rounded(view.cost_so_far),
        "prices_known_until": view.prices_known_until,
        "next_start": view.next_start,
        "next_end": view.next_end,
        **(plan_attributes(view.plan) if view.plan else {}),
        **(_outlook_attributes(view.outlook, view.plan) if view.outlook and view.plan else {}),
        **(_peak_attributes(view.peak) if view.peak else {}),
        **(_co2_attributes(view.co2) if view.co2 else {}),
    }


def _outlook_attributes(outlook: Outlook, plan: Plan) -> Mapping[str, object]:
    """The plan's slots with those expected on later nights, which are told apart by `is_expected`."""
    later = [{**slot_attributes(slot), "is_expected": True} for slot in outlook.later]
    return {
        "tonight_kwh": rounded(outlook.tonight_kwh),
        "later_kwh": rounded(outlook.owed_kwh),
        "later_cheaper": None if outlook.cheaper is None else round(outlook.cheaper, 2),
        "slots": [*(slot_attributes(slot) for slot in plan.slots), *later],
    }


def _peak_attributes(peak: PeakView) -> Mapping[str, object]:
    """In steps that do not fill the recorder's database."""
    return {
        "peak_kw": round(peak.so_far_kw, 1),
        "peak_expected_kw": None if peak.expected_kw is None else round(peak.expected_kw, 1),
        "peak_dearer": None if peak.dearer is None else round(peak.dearer, 2),
        "peak_saved": None if peak.saved is None else round(peak.saved),
    }


def _co2_attributes(co2: Co2View) -> Mapping[str, object]:
    grams = {"co2_planned_g": co2.planned_g, "co2_so_far_g": co2.so_far_g}
    return {name: None if value is None else round(value) for name, value in grams.items()}


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
