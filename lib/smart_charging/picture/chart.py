"""What a chart of prices and plan shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Block, Plan
from smart_charging.prices.curve import PriceCurve, PriceSlot

LONGEST = timedelta(hours=48)
"""A chart of more than this has bars too thin to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Prices in `[start, end)`, what is charged when, and the moments that matter."""

    curve: PriceCurve
    """With tariff, and with estimates where nothing is published."""
    start: datetime
    end: datetime
    now: datetime
    zone: tzinfo
    """Of the time axis."""
    plan: Plan | None = None
    charged: Sequence[Block] = field(default=())
    """When the car was charged so far, in order."""
    price_limit: float | None = None
    minimum_at: datetime | None = None
    """When the least energy that a person asked for, whatever it costs, is in the car."""

    slots: Sequence[PriceSlot] = field(init=False)
    """The prices shown."""
    planned: Sequence[Block] = field(init=False)
    """The blocks still to come, cut at the chart's edges."""
    done: Sequence[Block] = field(init=False)
    """The blocks charged so far, cut likewise."""

    def __post_init__(self) -> None:
        blocks = self.plan.blocks if self.plan else ()
        object.__setattr__(self, "slots", self.curve.between(self.start, self.end).slots)
        object.__setattr__(self, "planned", tuple(_cut(blocks, max(self.start, self.now), self.end)))
        object.__setattr__(self, "done", tuple(_cut(self.charged, self.start, min(self.now, self.end))))

    def is_planned(self, slot: PriceSlot) -> bool:
        """Whether some of the slot is to be charged."""
        return any(block.start < slot.end and slot.start < block.end for block in self.planned)

    def is_done(self, slot: PriceSlot) -> bool:
        """Whether some of the slot was charged."""
        return any(block.start < slot.end and slot.start < block.end for block in self.done)


def chart_of(
    curve: PriceCurve,
    now: datetime,
    zone: tzinfo,
    *,
    plan: Plan | None = None,
    charged: Sequence[Block] = (),
    price_limit: float | None = None,
    minimum_at: datetime | None = None,
) -> Chart:
    """A chart from a little before now, or before the first charging, to departure or the last published price."""
    hour = timedelta(hours=1)
    first = min([now - 2 * hour, *(block.start for block in charged)])
    start = max(_floor(first, hour), _floor(now - LONGEST / 2, hour))
    ends = [now + 6 * hour, curve.known_until, plan.end if plan else None]
    ends += [plan.ready_by + 2 * hour] if plan else []
    end = min(max(end for end in ends if end), start + LONGEST)
    return Chart(
        curve=curve,
        start=start,
        end=end,
        now=now,
        zone=zone,
        plan=plan,
        charged=charged,
        price_limit=price_limit,
        minimum_at=minimum_at,
    )


def when_charged(plan: Plan, energy_kwh: float) -> datetime | None:
    """When a plan has charged so much; None for no energy, or for more than it charges."""
    missing_kwh = energy_kwh
    for slot in plan.slots if energy_kwh > 0 else ():
        if slot.energy_kwh >= missing_kwh - ALMOST_NOTHING_KWH:
            return slot.start + (slot.end - slot.start) * min(1.0, missing_kwh / slot.energy_kwh)
        missing_kwh -= slot.energy_kwh
    return None


def _floor(moment: datetime, step: timedelta) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // step.total_seconds() * step.total_seconds(), UTC)


def _cut(blocks: Sequence[Block], start: datetime, end: datetime) -> Iterator[Block]:
    for block in blocks:
        if block.start < end and start < block.end:
            yield Block(start=max(block.start, start), end=min(block.end, end))
