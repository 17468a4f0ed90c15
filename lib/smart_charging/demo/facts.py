"""What the entities of one charger say, read from their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from smart_charging.demo.house import State
from smart_charging.demo.night import PRICE_ENTITY
from smart_charging.planning.plan import Block
from smart_charging.prices.curve import PriceCurve, PriceSlot

_NOT_KNOWN = {"unknown", "unavailable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One moment of an evening, as anybody can read it; None is unknown."""

    is_shown: bool = False
    """Whether the apps have published the charger."""
    is_plugged_in: bool = False
    is_charging: bool = False
    is_pending: bool = False
    """Whether the switch shows a command that is not carried out yet."""
    plan: str | None = None
    """The plan's state, such as `waiting`."""
    sentence: str | None = None
    reason: str | None = None
    blocks: tuple[Block, ...] = ()
    """When the plan charges."""
    next_start: datetime | None = None
    planned_end: datetime | None = None
    power_kw: float | None = None
    energy_kwh: float | None = None
    """Of this session."""
    cost: float | None = None
    """The same."""
    wanted_kwh: float | None = None
    price: float | None = None
    prices: PriceCurve = field(default_factory=PriceCurve)

    @property
    def is_done(self) -> bool:
        """Whether the car has what it needs, and the charger has carried out the stop."""
        return self.plan == "done" and not self.is_charging and not self.is_pending

    @classmethod
    def read(cls, states: Mapping[str, State], slug: str) -> Self:
        """From all entities.

        Args:
            slug: What the charger's entity ids begin with, after the domain.
        """

        def of(domain: str, key: str) -> State:
            return states.get(f"{domain}.{slug}_{key}", State(state="unknown"))

        plan, price = of("sensor", "plan"), states.get(PRICE_ENTITY, State(state="unknown"))
        return cls(
            is_shown=of("sensor", "state").state not in _NOT_KNOWN,
            is_plugged_in=of("binary_sensor", "cable").state == "on",
            is_charging=of("binary_sensor", "charging").state == "on",
            is_pending=of("switch", "charging").is_pending,
            plan=None if plan.state in _NOT_KNOWN else plan.state,
            sentence=plan.attributes.get("sentence"),
            reason=plan.attributes.get("reason"),
            blocks=tuple(_blocks(plan.attributes.get("slots") or ())),
            next_start=_moment(of("sensor", "next_start").state),
            planned_end=_moment(of("sensor", "planned_end").state),
            power_kw=_number(of("sensor", "power").state),
            energy_kwh=_number(of("sensor", "session_energy").state),
            cost=_number(plan.attributes.get("cost_so_far")),
            wanted_kwh=_number(plan.attributes.get("wanted_kwh")),
            price=_number(price.state),
            prices=_curve(price.attributes),
        )


def _blocks(slots: Any) -> list[Block]:
    """The slots, merged where they touch."""
    blocks: list[Block] = []
    for slot in slots:
        start, end = (datetime.fromisoformat(slot[edge]).astimezone(UTC) for edge in ("start", "end"))
        before = blocks.pop() if blocks and blocks[-1].end == start else None
        blocks.append(Block(start=before.start if before else start, end=end))
    return blocks


def _curve(attributes: Mapping[str, Any]) -> PriceCurve:
    slots = (
        PriceSlot(
            start=datetime.fromisoformat(row["start"]),
            end=datetime.fromisoformat(row["end"]),
            price_per_kwh=float(row["value"]),
        )
        for row in attributes.get("raw_today") or ()
    )
    return PriceCurve(tuple(slots), attributes.get("currency"))


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
