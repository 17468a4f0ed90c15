"""Invented houses with a car, and what grid companies bill for a month of them, in words of this benchmark's own."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import cos, pi
from typing import Any
from zoneinfo import ZoneInfo

from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.wall_time import midnight

ZONE = ZoneInfo("Europe/Stockholm")
PIECE, QUARTER, HOUR, DAY = timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
POWER_KW = 11.0
PIECE_KWH = POWER_KW / 12
"""What the car takes in five minutes."""


@dataclass(frozen=True)
class Kind:
    """A tariff of a kind, with round figures."""

    name: str
    prices: str
    per_eur: float
    """Of the currency that the fee is in."""
    start_cost: float
    fee: Mapping[str, Any]


KINDS = [
    Kind("three days, steps", "NO2_15min", 11.5, 0.35,
         {"highest": 3, "steps": [[2, 150], [5, 250], [10, 415], [15, 600], [20, 770], [25, 940]]}),
    Kind("three days, per kW", "SE3_15min", 11.0, 0.35, {"highest": 3, "price_per_kw": 45}),
    Kind("three days, nights half", "SE3_15min", 11.0, 0.35,
         {"highest": 3, "price_per_kw": 80, "counts": [{"from_hour": 22, "to_hour": 6, "factor": 0.5}, {}]}),
    Kind("one hour", "SE3_15min", 11.0, 0.35, {"highest": 1, "price_per_kw": 50}),
    Kind("third highest hour", "FI_15min", 1.0, 0.03,
         {"highest": 3, "of": "intervals", "kind": "nth", "price_per_kw": 1.6}),
    Kind("one quarter", "NL_15min", 1.0, 0.03,
         {"per": "quarter", "highest": 1, "price_per_kw": 4.95, "at_least_kw": 2.5}),
]  # fmt: skip


@dataclass(frozen=True)
class PluggedEvening:
    """A car that is plugged in."""

    comes: datetime
    leaves: datetime
    wanted_kwh: float


@dataclass(frozen=True)
class Month:
    """A house, its car and the prices."""

    start: datetime
    house_kw: Sequence[float]
    """By quarter of an hour."""
    prices: PriceCurve
    evenings: Sequence[PluggedEvening]

    def quarter(self, moment: datetime) -> int:
        return int((moment - self.start) / QUARTER)


def invented(rng: random.Random, prices: PriceCurve, year: int, month: int) -> Month:
    start = midnight(date(year, month, 1), ZONE)
    end = midnight(date(year + month // 12, month % 12 + 1, 1), ZONE)
    count = int((end - start) / QUARTER)
    cold = max(0.2, 1 - abs(month - 1) / 5) * rng.uniform(0.8, 1.2)
    house, level = [], 1.0
    for number in range(count):
        local = (start + number * QUARTER).astimezone(ZONE)
        level += 0.05 * (1 - level) + rng.gauss(0, 0.05)
        hump = max(0.0, cos((local.hour - 18) / 12 * pi)) ** 4 + 0.5 * max(0.0, cos((local.hour - 7) / 12 * pi)) ** 6
        oven = rng.choice([0, 0, 0, 0, 1.5, 3.0]) if local.hour in {7, 17, 18, 19} else 0.0
        house.append(max(0.2, (0.4 + 1.6 * cold) * max(0.3, level) + 0.9 * hump + oven))
    evenings = []
    for number in range((end - start) // DAY - 1):
        day = (start + number * DAY + 12 * HOUR).astimezone(ZONE).date()
        comes = midnight(day, ZONE) + 17.5 * HOUR + rng.randrange(-4, 5) * QUARTER
        if rng.random() < 0.86:
            leaves = midnight(day + DAY, ZONE) + 7 * HOUR
            evenings.append(PluggedEvening(comes=comes, leaves=leaves, wanted_kwh=rng.randrange(7, 29) * PIECE_KWH))
    return Month(start, house, prices, evenings)


def counted(kind: Kind, month_start: datetime, loads: Sequence[float]) -> Mapping[str, list[float]]:
    """Weighted means of the intervals that count, by day."""
    per = 4 if kind.fee.get("per", "hour") == "hour" else 1
    found: dict[str, list[float]] = {}
    for first in range(0, len(loads), per):
        local = (month_start + first * QUARTER).astimezone(ZONE)
        found.setdefault(f"{local:%d}", []).append(weight(kind, local) * sum(loads[first : first + per]) / per)
    return found


def weight(kind: Kind, local: datetime) -> float:
    """As the tariff says, in this benchmark's own words."""
    for rule in kind.fee.get("counts", [{}]):
        first, last = rule.get("from_hour", 0), rule.get("to_hour", 24)
        if first <= local.hour < last or (last < first and (local.hour >= first or local.hour < last)):
            return float(rule.get("factor", 1.0))
    return 0.0


def bill_of(kind: Kind, month_start: datetime, loads: Sequence[float]) -> float:
    days, fee = counted(kind, month_start, loads), kind.fee
    values = (
        [kw for day in days.values() for kw in day]
        if fee.get("of") == "intervals"
        else [max(day) for day in days.values()]
    )
    top = sorted(values, reverse=True)[: fee["highest"]]
    billed = top[-1] if fee.get("kind") == "nth" else sum(top) / len(top)
    billed = max(billed, fee.get("at_least_kw", 0.0))
    if "steps" in fee:
        return float(next((cost for below, cost in fee["steps"] if billed < below), fee["steps"][-1][1]))
    return float(fee["price_per_kw"] * billed)
