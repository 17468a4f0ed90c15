"""What one charger's car is owed by the nights before, and what each of them would have charged for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.services.stored import amount, moment, number, optional, rows


@dataclass(frozen=True, slots=True)
class Lot:
    """Energy that was first wanted on one night."""

    energy_kwh: float
    price_per_kwh: float | None
    """What it would have cost that night at the cheapest time; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Energy that is left to later nights, the oldest first."""

    lots: Sequence[Lot] = ()
    settled_for: datetime | None = None
    """When the session began that was settled last."""

    @property
    def energy_kwh(self) -> float:
        """All of it."""
        return sum(lot.energy_kwh for lot in self.lots)

    def with_lacking(self, lacking_kwh: float, price_of: Callable[[float], float | None]) -> Self:
        """With what a car wants beyond what it is owed; what it does not lack any more was charged elsewhere.

        Args:
            lacking_kwh: All that the car wants.
            price_of: What energy costs tonight at the cheapest time, per kWh.
        """
        fresh_kwh = lacking_kwh - self.energy_kwh
        if fresh_kwh > ALMOST_NOTHING_KWH:
            return replace(self, lots=[*self.lots, Lot(fresh_kwh, price_of(fresh_kwh))])
        return self.without(-fresh_kwh)

    def without(self, energy_kwh: float) -> Self:
        """Without the oldest of it."""
        return replace(self, lots=tuple(_rest(self.lots, max(0.0, energy_kwh))))

    def at_most(self, energy_kwh: float) -> Self:
        """Without what is more than that."""
        return self.without(self.energy_kwh - energy_kwh)

    def cost_of(self, energy_kwh: float) -> float | None:
        """What the oldest of it would have cost; None where a price is unknown."""
        paid = list(_paid(self.lots, energy_kwh))
        costs = [lot.energy_kwh * lot.price_per_kwh for lot in paid if lot.price_per_kwh is not None]
        return sum(costs) if len(costs) == len(paid) else None

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store."""
        lots = [[lot.energy_kwh, lot.price_per_kwh] for lot in self.lots]
        return {"lots": lots, "settled_for": self.settled_for and self.settled_for.isoformat()}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        lots = [Lot(number(kwh), optional(amount, price)) for kwh, price in map(rows, rows(facts["lots"]))]
        return cls(lots=lots, settled_for=optional(moment, facts["settled_for"]))


def _paid(lots: Sequence[Lot], energy_kwh: float) -> Iterator[Lot]:
    for lot in lots:
        if energy_kwh > 0:
            yield Lot(min(lot.energy_kwh, energy_kwh), lot.price_per_kwh)
        energy_kwh -= lot.energy_kwh


def _rest(lots: Sequence[Lot], paid_kwh: float) -> Iterator[Lot]:
    for lot in lots:
        left_kwh = lot.energy_kwh - paid_kwh
        if left_kwh > ALMOST_NOTHING_KWH:
            yield Lot(left_kwh, lot.price_per_kwh) if paid_kwh else lot
        paid_kwh = max(0.0, -left_kwh)
