"""Plans by prices with the cost of CO2 in them, and shows what comes out in money alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import fsum

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.outcome import charged_at_once
from smart_charging.planning.plan import Plan, PlanSlot, cost_of
from smart_charging.planning.window import price_spans
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.quarters import QUARTER, quarter_of

_G_PER_KG = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Co2Weight:
    """Grams per kWh, as a curve, and what a kilogram is to cost in the currency of the prices.

    A time without a figure counts as the mean of those that have one, so that nothing is charged there, or avoided,
    because nobody knows. Without any figure prices alone decide.
    """

    grams: PriceCurve
    price_per_kg: float

    def weighed(self, money: PriceCurve, now: datetime) -> PriceCurve:
        """The prices with the cost of CO2 in them, by quarters of an hour; those that are over stay as they are."""
        mean = self._mean(now)
        if mean is None or not self.price_per_kg:
            return money
        slots = [slot for slot in money if slot.end <= now]
        slots += [self._with_co2(one, mean) for slot in money if slot.end > now for one in _quarters(slot)]
        return PriceCurve(_joined(slots), money.currency)

    def of_plan(self, plan: Plan, now: datetime) -> float | None:
        """The grams that the plan's energy emits; None without any figure from now on."""
        mean = self._mean(now)
        if mean is None:
            return None
        return fsum(one.energy_kwh * self._grams(one.start, one.end, mean) for one in plan.slots)

    def _with_co2(self, slot: PriceSlot, mean: float) -> PriceSlot:
        """To the gram: finer steps would only have plans made anew."""
        grams = round(self._grams(slot.start, slot.end, mean))
        return replace(slot, price_per_kwh=slot.price_per_kwh + grams * self.price_per_kg / _G_PER_KG)

    def _mean(self, now: datetime) -> float | None:
        """Of all figures from the running quarter on, which counts as a whole: it does not change with every round.

        Those before it do not count, or a state without a forecast would be held against its own past.
        """
        ahead = [slot for slot in self.grams if slot.end > now]
        length = sum((slot.length for slot in ahead), timedelta(0))
        return fsum(slot.price_per_kwh * (slot.length / length) for slot in ahead) if ahead else None

    def _grams(self, start: datetime, end: datetime, mean: float) -> float:
        """Per kWh in the mean over a time."""
        at_start = self.grams.slot_at(start)
        if at_start and end <= at_start.end:
            return at_start.price_per_kwh
        known = [(slot.price_per_kwh, slot.length / (end - start)) for slot in self.grams.between(start, end)]
        return fsum(grams * share for grams, share in known) + mean * (1 - fsum(share for _, share in known))


def limited_by(money: PriceCurve, requests: Sequence[ChargeRequest]) -> Sequence[ChargeRequest]:
    """The requests with price limits that judge by these prices, whatever is planned with: a limit is one of money."""
    return [
        replace(one, preferences=replace(one.preferences, limit=replace(limit, money=money)))
        if (limit := one.preferences.limit)
        else one
        for one in requests
    ]


def in_money(
    plans: Mapping[str, Plan], requests: Sequence[ChargeRequest], money: PriceCurve, now: datetime
) -> Mapping[str, Plan]:
    """The plans at these prices."""
    power_kw = {one.charger_id: one.need.power_kw for one in requests}
    return {key: _in_money(plan, power_kw[key], money, now) for key, plan in plans.items()}


def _in_money(plan: Plan, power_kw: float, money: PriceCurve, now: datetime) -> Plan:
    slots = tuple(part for slot in plan.slots for part in _at_prices(slot, money))
    at_once = charged_at_once(money, now, plan.energy_kwh, power_kw)
    return replace(plan, slots=slots, cost_at_once=cost_of(at_once))


def _at_prices(slot: PlanSlot, money: PriceCurve) -> Iterator[PlanSlot]:
    power_kw = slot.energy_kwh / ((slot.end - slot.start) / timedelta(hours=1))
    return (one.used(one.start, one.end, power_kw) for one in price_spans(money, slot.start, slot.end))


def _quarters(slot: PriceSlot) -> Iterator[PriceSlot]:
    """The slot cut at the quarters of the clock."""
    start = slot.start
    while start < slot.end:
        end = min(slot.end, quarter_of(start) + QUARTER)
        yield replace(slot, start=start, end=end)
        start = end


def _joined(slots: Sequence[PriceSlot]) -> Sequence[PriceSlot]:
    """Neighbours of one price made one: the search takes longer the more slots there are."""
    joined: list[PriceSlot] = []
    for slot in slots:
        last = joined[-1] if joined else None
        if last and (last.end, last.price_per_kwh, last.is_estimate) == (
            slot.start,
            slot.price_per_kwh,
            slot.is_estimate,
        ):
            joined[-1] = replace(last, end=slot.end)
        else:
            joined.append(slot)
    return joined
