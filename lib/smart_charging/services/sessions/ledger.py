"""The energy and cost of one session, and the prices they are counted at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Self

from smart_charging.charger import Charge
from smart_charging.planning.coming_nights import unit_prices
from smart_charging.planning.outcome import cost_at_once
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, PlanSlot, cost_of
from smart_charging.planning.window import MICROSECOND, price_spans
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.quarters import QUARTER, quarter_of
from smart_charging.services.stored import amount, moment, number, optional, rows, table, text

SESSION_PRICES_KEPT = timedelta(days=2)
"""After the session's start, for the cost of charging at once, and back from now, for energy reported late."""


@dataclass(slots=True, kw_only=True)
class SessionPrices:
    """Published prices of the session; many sources give today and tomorrow and drop the evening at midnight."""

    since: datetime
    """When the session began."""
    curve: PriceCurve = field(default_factory=PriceCurve)
    """In the currency of the first prices; those in another are left out."""
    _seen: PriceCurve | None = field(default=None, compare=False)

    def learn(self, curve: PriceCurve, now: datetime) -> None:
        """Add published prices, not estimates; of two prices for the same time the newer counts."""
        if curve == self._seen:
            return
        self._seen = curve
        fresh = [slot for slot in curve.slots if not slot.is_estimate]
        if fresh and (not self.curve.slots or curve.currency == self.curve.currency):
            kept = [slot for slot in PriceCurve(fresh).filled_from(self.curve).slots if self._is_of_use(slot, now)]
            self.curve = PriceCurve(kept, curve.currency)

    def _is_of_use(self, slot: PriceSlot, now: datetime) -> bool:
        return slot.end > now - SESSION_PRICES_KEPT or (
            self.since < slot.end and slot.start < self.since + SESSION_PRICES_KEPT
        )

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store; times as ISO text."""
        slots = [[slot.start.isoformat(), slot.end.isoformat(), slot.price_per_kwh] for slot in self.curve.slots]
        return {"since": self.since.isoformat(), "currency": self.curve.currency, "slots": slots}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        slots = [
            PriceSlot(start=moment(start), end=moment(end), price_per_kwh=amount(price))
            for start, end, price in rows(facts["slots"])
        ]
        return cls(since=moment(facts["since"]), curve=PriceCurve(slots, optional(text, facts["currency"])))


SPREAD_OVER = timedelta(days=3)
"""The longest time that energy is spread over: no charge takes longer, and a date that says so is wrong."""
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The energy of a charge when it was last read."""

    kwh: float
    at: datetime


@dataclass(slots=True, kw_only=True)
class Ledger:
    """The energy and cost of one session.

    Energy that is new since the last read is spread evenly over the time it can have flowed in,
    each part at the price of its time. Energy of unknown price is kept apart until its price
    comes, however late, as after an outage of Home Assistant.
    """

    prices: SessionPrices
    energy_kwh: float = 0.0
    _settled: float = 0.0
    _unsettled_kwh: dict[datetime, float] = field(default_factory=dict)
    """Energy of unknown price, by the quarter of an hour it flowed in."""
    _readings: dict[str, _Reading] = field(default_factory=dict)
    _kept: object = field(default=None, compare=False)

    @classmethod
    def begin(cls, since: datetime) -> Self:
        """An empty ledger for a session that began at `since`."""
        return cls(prices=SessionPrices(since=since))

    @property
    def cost(self) -> float | None:
        """The cost of all the energy; None while the published price of any part of it is unknown."""
        return None if self._unsettled_kwh else self._settled

    @property
    def cost_at_mean(self) -> float | None:
        """The cost, with energy of unknown price at the mean of the rest; None while all prices are unknown."""
        known_kwh = self.energy_kwh - sum(self._unsettled_kwh.values())
        return self._settled * self.energy_kwh / known_kwh if known_kwh > ALMOST_NOTHING_KWH else None

    @property
    def currency(self) -> str | None:
        """Of the session's first prices; energy at prices of another currency counts as unpriced."""
        return self.prices.curve.currency

    @property
    def charge_ids(self) -> Sequence[str]:
        """The charges that delivered energy, of whatever origin."""
        return tuple(charge_id for charge_id, reading in self._readings.items() if reading.kwh > 0)

    @property
    def starts(self) -> int:
        """How many they are."""
        return len(self.charge_ids)

    def cost_at_once(self, plugged_in_at: datetime, power_kw: float) -> float | None:
        """The cost of the same energy, charged as soon as the cable was in; None when a price is unknown."""
        return cost_at_once(self.prices.curve, plugged_in_at, self.energy_kwh, power_kw)

    def cheapest_price(self, start: datetime, end: datetime, energy_kwh: float, power_kw: float) -> float | None:
        """What so much energy costs per kWh at the cheapest published prices; None where one is unknown, or no time."""
        spans = price_spans(self.prices.curve, start, end)
        prices = [one.price_per_kwh for one in spans if one.price_per_kwh is not None]
        if len(prices) < len(spans):
            return None
        found = unit_prices(spans, prices, power_kw=power_kw, unit_kwh=energy_kwh, most=1)
        return found[0] if found else None

    def update(self, charges: Iterable[Charge], curve: PriceCurve, now: datetime) -> bool:
        """Count what is new in the session's charges; whether the ledger should be stored now.

        A running charge is stored once in every quarter of an hour; what came in between is
        counted the same after a restart.
        """
        self.prices.learn(curve, now)
        known = [charge for charge in charges if charge.consumed_kwh is not None and isfinite(charge.consumed_kwh)]
        for charge in known:
            self._count(charge, charge.consumed_kwh or 0.0, now)
        self._settle()
        before, self._kept = self._kept, self._worth_keeping(known, now)
        return self._kept != before

    def _count(self, charge: Charge, consumed_kwh: float, now: datetime) -> None:
        before = self._readings.get(charge.id)
        already_kwh = before.kwh if before else 0.0
        if consumed_kwh > already_kwh:
            self.energy_kwh += consumed_kwh - already_kwh
            start, end = _flowing(charge, before.at if before else None, now)
            self._count_slots(self._spread(start, end, consumed_kwh - already_kwh))
        self._readings[charge.id] = _Reading(max(consumed_kwh, already_kwh), now)

    def _spread(self, start: datetime, end: datetime, energy_kwh: float) -> Sequence[PlanSlot]:
        power_kw = energy_kwh / ((end - start) / _HOUR)
        return [one.used(one.start, one.end, power_kw) for one in price_spans(self.prices.curve, start, end)]

    def _count_slots(self, slots: Iterable[PlanSlot]) -> None:
        for slot in slots:
            if slot.price_per_kwh is not None:
                self._settled += slot.energy_kwh * slot.price_per_kwh
                continue
            for quarter, share in _quarters(slot.start, slot.end):
                self._unsettled_kwh[quarter] = self._unsettled_kwh.get(quarter, 0.0) + slot.energy_kwh * share

    def _settle(self) -> None:
        for quarter, energy_kwh in list(self._unsettled_kwh.items()):
            cost = cost_of(self._spread(quarter, quarter + QUARTER, energy_kwh))
            if cost is not None:
                self._settled += cost
                del self._unsettled_kwh[quarter]

    def _worth_keeping(self, charges: Iterable[Charge], now: datetime) -> object:
        """A value that changes whenever the ledger should be stored."""
        running = [charge.id for charge in charges if charge.state.is_active]
        over = {key: reading.kwh for key, reading in self._readings.items() if key not in running}
        quarter = quarter_of(now) if running else None
        return running, over, quarter, self.prices.curve.known_until, len(self._unsettled_kwh)

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store; times as ISO text."""
        return {
            "prices": self.prices.to_dict(),
            "energy_kwh": self.energy_kwh,
            "settled": self._settled,
            "unsettled_kwh": {quarter.isoformat(): kwh for quarter, kwh in self._unsettled_kwh.items()},
            "readings": {key: [reading.kwh, reading.at.isoformat()] for key, reading in self._readings.items()},
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        readings = {key: _Reading(number(kwh), moment(at)) for key, (kwh, at) in table(facts["readings"]).items()}
        return cls(
            prices=SessionPrices.from_dict(facts["prices"]),
            energy_kwh=number(facts["energy_kwh"]),
            _settled=amount(facts["settled"]),
            _unsettled_kwh={moment(at): number(kwh) for at, kwh in table(facts["unsettled_kwh"]).items()},
            _readings=readings,
        )


def _flowing(charge: Charge, looked_at: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """When energy that is new can have flowed, `[start, end)`.

    A car that was full at the last read may take energy again. After the charge's end nothing
    flows: energy reported later flowed before it. The cloud's timestamps may be of any year,
    and are limited to `SPREAD_OVER`.
    """
    begun = charge.started_at or charge.created_at
    start = max(begun, looked_at) if looked_at else begun
    ends = [now] if charge.stopped_at is None else [now, charge.stopped_at]
    ends += [moment for moment in (charge.fully_charged_at, charge.failed_at) if moment and moment > start]
    end = max(min(ends), now - SPREAD_OVER)
    return min(max(start, end - SPREAD_OVER), end - MICROSECOND), end


def _quarters(start: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    """The quarters of an hour that `[start, end)` touches, and its share in each."""
    at = quarter_of(start)
    while at < end:
        yield at, (min(end, at + QUARTER) - max(start, at)) / (end - start)
        at += QUARTER
