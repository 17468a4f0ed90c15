"""What Home Assistant shows of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from smart_charging.charger import Charger
from smart_charging.entities.publish import EntityDescription
from smart_charging.planning.plan import Plan


class PlanState(StrEnum):
    """Where the scheduler stands with a charger."""

    IDLE = "idle"
    """No cable, no plan."""
    WAITING = "waiting"
    """For a cheaper time."""
    CHARGING = "charging"
    SHORT = "short"
    """Charging, or about to; the energy wanted will not be there in time."""
    MANUAL = "manual"
    """A person decided; the scheduler keeps its hands off until the cable is pulled."""
    DONE = "done"
    OFF = "off"
    """The mode is `off`: nothing is started."""
    STUCK = "stuck"
    """The charger does not do what it was told, or no energy flows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A charger's plan as its entity shows it."""

    charger: Charger
    state: PlanState
    zone: tzinfo
    plan: Plan | None = None
    reason: str | None = None
    """Why, where the plan's own sentence does not say it."""
    delivered_kwh: float | None = None
    wanted_kwh: float | None = None
    mode: str = "smart"
    """`smart`, `now` or `off`."""
    problems: Sequence[str] = ()
    """Settings that make no sense now, a sentence each; their last good values stand in."""
    prices_known_until: datetime | None = None


def _attributes(view: PlanView) -> Mapping[str, object]:
    return {
        "charge_point_id": view.charger.id,
        "reason": view.reason,
        "delivered_kwh": _rounded(view.delivered_kwh),
        "wanted_kwh": view.wanted_kwh,
        **(_plan_attributes(view.plan, view.zone) if view.plan else {}),
    }


def _plan_attributes(plan: Plan, zone: tzinfo) -> Mapping[str, object]:
    return {
        "sentence": plan.sentence(zone),
        "ready_by": plan.ready_by,
        "planned_start": plan.start,
        "planned_end": plan.end,
        "planned_kwh": _rounded(plan.energy_kwh),
        "expected_cost": _rounded(plan.cost),
        "cost_at_once": _rounded(plan.cost_at_once),
        "shortfall_kwh": _rounded(plan.shortfall_kwh),
        "currency": plan.currency,
        "slots": [
            {
                "start": slot.start,
                "end": slot.end,
                "price_per_kwh": slot.price_per_kwh,
                "energy_kwh": _rounded(slot.energy_kwh),
            }
            for slot in plan.slots
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


PLAN_ENTITY: tuple[EntityDescription[PlanView], ...] = (
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
)
