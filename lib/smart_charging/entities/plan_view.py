"""A charger's plan as Home Assistant shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from smart_charging.charger import Charger
from smart_charging.planning.plan import Plan, PlanSlot


def to_second(moment: datetime) -> datetime:
    """The nearest whole one: what is less is the meter's noise, and every change is a row in somebody's database."""
    return (moment + timedelta(seconds=0.5)).replace(microsecond=0)


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

    @property
    def is_planned(self) -> bool:
        """Whether the plan is what the scheduler goes by; else what a view may hold of one is no promise."""
        return self in {PlanState.WAITING, PlanState.CHARGING, PlanState.SHORT, PlanState.STUCK}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """All there is to be said about one charger's plan at one moment."""

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
    cost_so_far: float | None = None
    """What the session has cost up to now, at the tariff; None where nobody keeps the books."""
    plugged_in_at: datetime | None = None
    """Which session it is: the one whose cable was first seen in then."""
    awaits_energy: bool = False
    """Whether none flows, though a charge should bring some: what will be missing is only guessed."""
    now: datetime | None = None
    """When the view was taken; shown nowhere, but it tells which block of the plan is the next one."""

    next_start: datetime | None = field(init=False)
    """The next moment charging begins by plan; None when it does not begin any more."""
    next_end: datetime | None = field(init=False)
    """When the present block ends, or else the next one."""
    planned_end: datetime | None = field(init=False)
    """When the last block ends, to the minute: while energy flows, the meter lets it move by seconds."""

    def __post_init__(self) -> None:
        blocks = self.plan.blocks if self.plan and self.state.is_planned else ()
        end = blocks[-1].end if blocks else None
        object.__setattr__(self, "next_start", self._next(block.start for block in blocks))
        object.__setattr__(self, "next_end", self._next(block.end for block in blocks))
        object.__setattr__(self, "planned_end", end and _to_minute(end))

    def _next(self, moments: Iterable[datetime]) -> datetime | None:
        return next((to_second(moment) for moment in moments if self.now is None or moment > self.now), None)


def _to_minute(moment: datetime) -> datetime:
    return (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)


def plan_attributes(plan: Plan) -> Mapping[str, object]:
    """A plan in figures, for templates and automations."""
    return {
        "ready_by": plan.ready_by,
        "planned_start": plan.start and to_second(plan.start),
        "planned_end": plan.end and to_second(plan.end),
        "planned_kwh": rounded(plan.energy_kwh),
        "average_price_per_kwh": rounded(plan.average_price_per_kwh),
        "expected_cost": rounded(plan.cost),
        "cost_at_once": rounded(plan.cost_at_once),
        "saving": rounded(plan.saving),
        "shortfall_kwh": rounded(plan.shortfall_kwh),
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
        "energy_kwh": rounded(slot.energy_kwh),
        **({"is_estimate": True} if slot.is_estimate else {}),
    }


def rounded(value: float | None) -> float | None:
    """To four decimals, which is more than any price has."""
    return None if value is None else round(value, 4)
