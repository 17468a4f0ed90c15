"""What the cloud says of a charge once it is settled: a line of its own in the session file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from smart_charging.charger import Charge
from smart_charging.clouds.consumption import Consumption, Portion
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.quarters import QUARTER, quarter_of
from smart_charging.services.stored import amount, number, optional, rows, table, text, utc_moment

LONGEST = timedelta(days=3)
"""What is told of a time further from the charge's creation is an error of the cloud's."""
_MOST = 1e5
"""No energy or amount of one charge is larger."""
_AMOUNTS = ("energy_kwh", "price", "cost", "co2_g_per_kwh", "renewable_percent")

ChargeKey = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterHours:
    """Energy by quarter of an hour of the clock, without gaps, and what a kWh of each cost by the prices known here."""

    start: datetime
    energy_kwh: tuple[float, ...]
    price_per_kwh: tuple[float | None, ...]
    """As long as `energy_kwh`; None where the price is unknown."""

    @property
    def cost(self) -> float | None:
        """What the energy cost by these prices; None where one that counts is unknown."""
        used = [(kwh, price) for kwh, price in zip(self.energy_kwh, self.price_per_kwh, strict=True) if kwh]
        costs = [kwh * price for kwh, price in used if price is not None]
        return sum(costs) if len(costs) == len(used) else None

    @classmethod
    def of(cls, energy: Sequence[Portion], prices: PriceCurve) -> Self | None:
        """The energy, in order of time, spread evenly over each of its periods; None without any."""
        if not any(one.amount for one in energy):
            return None
        start = quarter_of(energy[0].start)
        count = -(-(max(one.end for one in energy) - start) // QUARTER)
        kwh = [0.0] * count
        for one in energy:
            for place in range((one.start - start) // QUARTER, -(-(one.end - start) // QUARTER)):
                kwh[place] += one.amount * _share(one, start + place * QUARTER)
        known = [prices.price_at(start + place * QUARTER) for place in range(count)]
        return cls(start=start, energy_kwh=tuple(round(each, 4) for each in kwh), price_per_kwh=tuple(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledCharge:
    """One charge of a booked session by the cloud's own figures; None always means that it does not say."""

    charger_id: str
    """As the session has it."""
    charge_id: str
    energy_kwh: float | None = None
    price: float | None = None
    """What the driver pays."""
    cost: float | None = None
    """What the electricity cost the owner, where the cloud keeps account of that."""
    currency: str | None = None
    """ISO 4217, upper case."""
    co2_g_per_kwh: float | None = None
    renewable_percent: float | None = None
    quarters: QuarterHours | None = None
    price_parts: tuple[Portion, ...] = ()
    """Of `price`; `cost_parts` of `cost`."""
    cost_parts: tuple[Portion, ...] = ()

    @property
    def key(self) -> ChargeKey:
        """Identifies the charge; a cloud's ids need not differ from another's."""
        return self.charger_id, self.charge_id

    @property
    def co2_g(self) -> float | None:
        """What its electricity emitted; None where the cloud does not say."""
        if self.co2_g_per_kwh is None or self.energy_kwh is None:
            return None
        return self.co2_g_per_kwh * self.energy_kwh

    @classmethod
    def of(cls, charger_id: str, charge: Charge, told: Consumption, prices: PriceCurve) -> Self:
        """The charge with its energy by quarter, at the prices known here."""
        return cls(
            charger_id=charger_id,
            charge_id=charge.id,
            energy_kwh=_possible(charge.consumed_kwh),
            price=_possible(charge.price),
            cost=_possible(charge.cost),
            currency=charge.currency,
            co2_g_per_kwh=_possible(charge.average_co2_per_kwh),
            renewable_percent=_possible(charge.average_renewable_percent),
            quarters=QuarterHours.of(_of_charge(told.energy, charge), prices),
            price_parts=_of_charge(told.price, charge),
            cost_parts=_of_charge(told.cost, charge),
        )

    def line(self) -> bytes:
        """The line for the file, without its line end; what is unknown is left out."""
        facts: dict[str, object] = {"charger_id": self.charger_id, "charge_id": self.charge_id}
        facts |= {name: getattr(self, name) for name in (*_AMOUNTS, "currency")}
        if self.quarters:
            facts |= _quarters_as_json(self.quarters)
        facts |= {name: _as_rows(getattr(self, name)) or None for name in ("price_parts", "cost_parts")}
        known = {name: value for name, value in facts.items() if value is not None}
        return json.dumps(known, ensure_ascii=False).encode(errors="backslashreplace")

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `line`, of its parsed JSON."""
        return cls(
            charger_id=text(facts["charger_id"]),
            charge_id=text(facts["charge_id"]),
            **{name: amount(facts[name]) for name in _AMOUNTS if facts.get(name) is not None},
            currency=optional(text, facts.get("currency")),
            quarters=optional(_quarters, facts.get("quarters")),
            price_parts=_portions(facts.get("price_parts", ())),
            cost_parts=_portions(facts.get("cost_parts", ())),
        )


def is_settled_charge(facts: Mapping[str, Any]) -> bool:
    """Whether a line is about a charge; the others are about sessions."""
    return "charge_id" in facts


def _possible(value: float | None) -> float | None:
    return value if value is not None and abs(value) <= _MOST else None


def _of_charge(portions: Sequence[Portion], charge: Charge) -> tuple[Portion, ...]:
    """Those that can be the charge's."""
    created_at = charge.created_at
    near = [one for one in portions if abs(one.start - created_at) <= LONGEST and one.end - created_at <= LONGEST]
    return tuple(one for one in near if abs(one.amount) <= _MOST)


def _quarters_as_json(told: QuarterHours) -> dict[str, object]:
    columns = {"kwh": told.energy_kwh, "price_per_kwh": told.price_per_kwh}
    return {"quarters": {"start": _stamp(told.start), **columns}}


def _quarters(value: object) -> QuarterHours:
    facts = table(value)
    kwh = tuple(map(number, rows(facts["kwh"])))
    prices = tuple(optional(amount, price) for price in rows(facts["price_per_kwh"]))
    if len(kwh) != len(prices):
        raise ValueError("it has another number of prices than of quarters")
    return QuarterHours(start=utc_moment(facts["start"]), energy_kwh=kwh, price_per_kwh=prices)


def _as_rows(portions: Sequence[Portion]) -> Sequence[Sequence[object]]:
    return [[_stamp(one.start), _stamp(one.end), one.amount] for one in portions]


def _portions(value: object) -> tuple[Portion, ...]:
    read = [(utc_moment(start), utc_moment(end), amount(much)) for start, end, much in rows(value)]
    return tuple(Portion(start=start, end=end, amount=much) for start, end, much in read)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _share(portion: Portion, quarter: datetime) -> float:
    """The part of a portion that falls into a quarter."""
    inside = min(portion.end, quarter + QUARTER) - max(portion.start, quarter)
    return inside / (portion.end - portion.start)
