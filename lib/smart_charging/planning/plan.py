"""A plan: when a car charges, what that costs, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Protocol

ALMOST_NOTHING_KWH = 0.01
"""Less than this is a rounding error of meters, not a shortfall."""
DEPARTED = "departure has passed"
"""Not repeated in a sentence that already says that departure has passed."""
ONE_DAY = timedelta(days=1)
"""Plans at least this long show weekdays, as a time of day alone would be ambiguous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Charging without a break, `[start, end)`, in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long the block is."""
        return self.end - self.start

    def is_at(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSlot:
    """Charging at one price, `[start, end)`, in UTC."""

    start: datetime
    end: datetime
    price_per_kwh: float | None
    """None where the price is unknown."""
    energy_kwh: float
    is_estimate: bool = False
    """Whether the price is an estimate rather than published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A car that usually comes later to another charger on the fuse."""

    charger: str
    """The charger's name."""
    comes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When one charger charges; a plan without slots means there is nothing to do."""

    slots: Sequence[PlanSlot]
    """In order of time, not overlapping."""
    ready_by: datetime
    shortfall_kwh: float = 0.0
    """Energy that will be missing at `ready_by`; the plan then uses all the time there is."""
    shortfall_reason: str | None = None
    cost_at_once: float | None = None
    """What the same energy would cost if charging began now; None when a price it needs is unknown."""
    currency: str | None = None
    leaves_room_for: Sequence[Newcomer] = ()
    """Without these, it would charge at cheaper times."""

    blocks: Sequence[Block] = field(init=False, compare=False, repr=False)
    """The slots, merged where they touch."""
    start: datetime | None = field(init=False, compare=False, repr=False)
    """When charging first begins."""
    end: datetime | None = field(init=False, compare=False, repr=False)
    """When charging is over."""
    energy_kwh: float = field(init=False, compare=False, repr=False)
    """Energy that the plan charges."""
    cost: float | None = field(init=False, compare=False, repr=False)
    """What the energy costs, with estimated prices; None when any price is unknown."""
    average_price_per_kwh: float | None = field(init=False, compare=False, repr=False)
    """Cost divided by energy; None without either."""
    saving: float | None = field(init=False, compare=False, repr=False)
    """What waiting for cheap slots saves against charging at once; None when either cost is unknown."""

    def __post_init__(self) -> None:
        cost, energy = cost_of(self.slots), sum(slot.energy_kwh for slot in self.slots)
        at_once = self.cost_at_once
        object.__setattr__(self, "blocks", tuple(merged(self.slots)))
        object.__setattr__(self, "start", self.slots[0].start if self.slots else None)
        object.__setattr__(self, "end", self.slots[-1].end if self.slots else None)
        object.__setattr__(self, "energy_kwh", energy)
        object.__setattr__(self, "cost", cost)
        object.__setattr__(self, "average_price_per_kwh", cost / energy if cost is not None and energy else None)
        object.__setattr__(self, "saving", None if cost is None or at_once is None else at_once - cost)

    def is_active(self, at: datetime) -> bool:
        """Whether the charger should charge at that moment."""
        return any(slot.start <= at < slot.end for slot in self.slots)

    def next_change(self, after: datetime) -> datetime | None:
        """The first start or end of a block after that moment."""
        edges = (edge for block in self.blocks for edge in (block.start, block.end))
        return next((edge for edge in edges if edge > after), None)

    def sentence(self, zone: tzinfo, now: datetime | None = None) -> str:
        """The plan in one sentence, with local times in `zone`.

        There are weekdays in it if it lasts a day or longer, or begins a day or longer after `now`.
        """
        clock = partial(_clock, zone=zone, has_weekday=self._is_long(now))
        parts = [self._what(clock), *self._money(), self._ready(clock)]
        return ", ".join(part for part in parts[:-1] if part) + parts[-1] + self._room(zone)

    def _is_long(self, now: datetime | None) -> bool:
        if self.start is None:
            return False
        return abs(self.ready_by - self.start) >= ONE_DAY or (now is not None and self.start - now >= ONE_DAY)

    def _what(self, clock: Callable[[datetime], str]) -> str:
        if self.start is None or self.end is None:
            return "No charging" if self.shortfall_kwh > ALMOST_NOTHING_KWH else "Nothing to charge"
        count = len(self.blocks)
        when = f"between {clock(self.start)} and {clock(self.end)}"
        return f"{self.energy_kwh:.3g} kWh in {count} {'block' if count == 1 else 'blocks'} {when}"

    def _money(self) -> Iterable[str]:
        if self.average_price_per_kwh is not None:
            yield f"{self.average_price_per_kwh:.2f} {self.currency or ''}/kWh on average".replace(" /", "/")
        if self.cost is not None and self.cost < 0:
            yield f"which earns {-self.cost:.2f} {self.currency or ''}".rstrip()
        elif self.saving is not None and self.cost_at_once and self.cost_at_once > 0:
            percent = round(100 * self.saving / self.cost_at_once)
            yield f"{abs(percent)} % {'below' if percent > 0 else 'above'} charging at once" if percent else ""
        if any(slot.is_estimate for slot in self.slots):
            yield "in part at expected prices"

    def _ready(self, clock: Callable[[datetime], str]) -> str:
        departure = clock(self.ready_by)
        if self.start and self.end and self.start >= self.ready_by:
            why = f": {self.shortfall_reason}" if self.shortfall_reason not in {None, DEPARTED} else ""
            return f"; ready {clock(self.end)}, after the departure at {departure}{why}"
        if self.shortfall_kwh > ALMOST_NOTHING_KWH:
            return f"; {self.shortfall_kwh:.1f} kWh will be missing at {departure}: {self.shortfall_reason}"
        return f"; ready {clock(self.end)} for {departure}" if self.end else f" for {departure}"

    def _room(self, zone: tzinfo) -> str:
        cars = [
            f"{one.charger}, which usually comes at {one.comes_at.astimezone(zone):%H:%M}"
            for one in self.leaves_room_for
        ]
        return f"; leaves room for {' and '.join(cars)}" if cars else ""


def cost_of(slots: Sequence[PlanSlot]) -> float | None:
    """What the slots cost in total; None when a price is unknown."""
    costs = [slot.energy_kwh * slot.price_per_kwh for slot in slots if slot.price_per_kwh is not None]
    return sum(costs) if len(costs) == len(slots) else None


class Span(Protocol):
    """A time, `[start, end)`."""

    @property
    def start(self) -> datetime: ...  # noqa: D102  # says all
    @property
    def end(self) -> datetime: ...  # noqa: D102


def merged(slots: Iterable[Span]) -> list[Block]:
    """Merge times that touch into blocks; they are in order."""
    blocks: list[Block] = []
    for slot in slots:
        start = blocks.pop().start if blocks and blocks[-1].end == slot.start else slot.start
        blocks.append(Block(start=start, end=slot.end))
    return blocks


def _clock(moment: datetime, *, zone: tzinfo, has_weekday: bool) -> str:
    return f"{moment.astimezone(zone):{'%a %H:%M' if has_weekday else '%H:%M'}}"
