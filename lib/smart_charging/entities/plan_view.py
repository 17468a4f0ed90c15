"""What the plan's entities show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from smart_charging.charger import Charger
from smart_charging.entities.co2 import Co2View
from smart_charging.planning.days_ahead import Outlook
from smart_charging.planning.plan import Plan, PlanSlot


def to_second(moment: datetime) -> datetime:
    """Round to the second: less is the meter's noise, and every change adds a row to the recorder's database."""
    return (moment + timedelta(seconds=0.5)).replace(microsecond=0)


class PlanState(StrEnum):
    """What the scheduler does with a charger."""

    IDLE = "idle"
    """No cable is plugged in, so there is no plan."""
    WAITING = "waiting"
    """For a cheaper time."""
    CHARGING = "charging"
    SHORT = "short"
    """Charging, or about to; the car will not get the energy needed by departure."""
    MANUAL = "manual"
    """Manual override: the scheduler does nothing until the cable is unplugged."""
    DONE = "done"
    OFF = "off"
    """The mode is `off`: nothing is started."""
    SKIPPED = "skipped"
    """A person asked for no charging this time."""
    STUCK = "stuck"
    """The charger does not carry out commands, or no energy flows."""

    @property
    def is_planned(self) -> bool:
        """Whether the scheduler follows the plan; in other states a plan may be there but is not followed."""
        return self in {PlanState.WAITING, PlanState.CHARGING, PlanState.SHORT, PlanState.STUCK}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakView:
    """What the grid company will bill for peaks this month, and what this plan does about it."""

    so_far_kw: float
    """What is billed if nothing more were taken this month."""
    expected_kw: float | None = None
    """What will be billed with nights like this one; with what follows None where nothing had to be done."""
    below_kw: float | None = None
    """Where the fee is in steps, the end of the one that will be billed."""
    intervals: int = 0
    """How many hours or quarters the plan is spread over."""
    is_hourly: bool = True
    dearer: float | None = None
    """What tonight's energy costs more than without regard to peaks."""
    saved: float | None = None
    """What the month's bill is lower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """One charger's plan at one moment."""

    charger: Charger
    state: PlanState
    zone: tzinfo
    plan: Plan | None = None
    reason: str | None = None
    """Why the state is as it is, where the plan's own sentence does not say it."""
    delivered_kwh: float | None = None
    wanted_kwh: float | None = None
    mode: str = "smart"
    """`smart`, `now` or `off`."""
    problems: Sequence[str] = ()
    """Invalid settings, one sentence each; their last good values are used."""
    prices_known_until: datetime | None = None
    cost_so_far: float | None = None
    """Cost of the session so far, at the prices with tariff; None where sessions are not logged."""
    plugged_in_at: datetime | None = None
    """When the session's cable was first seen plugged in."""
    may_return: bool = False
    """Whether the cable was seen unplugged only a moment ago, so that the session may go on."""
    awaits_energy: bool = False
    """Whether a charge should bring energy but none flows; the shortfall is then only an estimate."""
    co2: Co2View | None = None
    """None without an entity that tells it."""
    peak: PeakView | None = None
    """None where no fee for peaks is configured."""
    outlook: Outlook | None = None
    """What is left to later nights; None where nothing may be."""
    now: datetime | None = field(default=None, compare=False)
    """When the view was made; not shown, but it tells which block of the plan is next."""

    next_start: datetime | None = field(init=False)
    """When charging begins next by plan; None when it does not begin any more."""
    next_end: datetime | None = field(init=False)
    """When the current block ends, or else the next one."""
    planned_end: datetime | None = field(init=False)
    """When the last block ends, to the minute: while charging, new meter readings move it by seconds."""

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
    """A plan as attributes, for templates and automations."""
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
        "slots": [slot_attributes(slot) for slot in plan.slots],
    }


def slot_attributes(slot: PlanSlot) -> Mapping[str, object]:
    """`is_estimate` is left out when false: a false becomes the text "false", which templates take for true."""
    return {
        "start": to_second(slot.start),
        "end": to_second(slot.end),
        "price_per_kwh": slot.price_per_kwh,
        "energy_kwh": rounded(slot.energy_kwh),
        **({"is_estimate": True} if slot.is_estimate else {}),
    }


def rounded(value: float | None) -> float | None:
    """Rounded to four decimals, which is more than any price has."""
    return None if value is None else round(value, 4)
