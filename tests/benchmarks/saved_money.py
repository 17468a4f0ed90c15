"""What plans save in a year, by zone, beside what others would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from benchmarks.as_shipped import Asked, Planner, Shipped
from benchmarks.day_ahead_files import DAY, HOUR, MINUTE, ZONE, local
from benchmarks.planner_oracles import Piece, cheapest_fill
from smart_charging.prices.curve import PriceCurve

scipy_optimize: Any = import_module("scipy.optimize")
scipy_sparse: Any = import_module("scipy.sparse")

KWH_A_YEAR = 3000
A_NIGHT_KWH = KWH_A_YEAR / 365
POWER_KW = 11.0
ARRIVES, LEAVES = 17 * HOUR + 30 * MINUTE, 31 * HOUR
"""After the midnight of the evening's day."""
MAY_OWE_KWH = 32.0
"""How far behind full the battery may be in the morning, for one who knows all prices to come."""


class Stay(NamedTuple):
    """A car at home over night."""

    arrives_at: datetime
    leaves_at: datetime
    prices: PriceCurve
    """Until the end of the second day, and of the week before."""

    def pieces(self, start: datetime | None = None) -> list[Piece]:
        slots = self.prices.between(start or self.arrives_at, self.leaves_at)
        return [Piece(slot.length / HOUR, slot.price_per_kwh) for slot in slots]


def nights_of(prices: PriceCurve) -> Iterator[Stay]:
    """All nights of the last year in the file, but for its first week, which the apps know as the past."""
    first, last = prices.slots[0].start.astimezone(ZONE).date(), prices.slots[-1].end.astimezone(ZONE).date()
    day: date = max(first + 8 * DAY, last - 366 * DAY)
    while day + 2 * DAY <= last:
        midnight = local(day)
        around = prices.between(midnight - 7 * DAY, local(day + 2 * DAY))
        yield Stay(local(day, ARRIVES), local(day + DAY, LEAVES - DAY), around)
        day += DAY


def at_once(pieces: Sequence[Piece], kwh: float) -> float:
    """What energy costs that is charged from the first piece on."""
    cost = 0.0
    for piece in pieces:
        used = min(kwh, piece.hours * POWER_KW)
        cost, kwh = cost + used * piece.price, kwh - used
    return cost


def by_block_of_hours(night: Stay) -> float:
    """What it costs in the cheapest whole hours that lie together, charged from their begin on."""
    hours = int(-(-A_NIGHT_KWH // POWER_KW))
    full_hour = night.arrives_at.replace(minute=0) + HOUR
    starts: list[datetime] = []
    while full_hour + hours * HOUR <= night.leaves_at:
        starts.append(full_hour)
        full_hour += HOUR
    best = min(starts, key=lambda start: at_once(night.pieces(start), hours * POWER_KW))
    return at_once(night.pieces(best), A_NIGHT_KWH)


def by_the_apps(night: Stay, shipped: Shipped) -> float:
    """What the plan made at plugging in costs; all prices are known then."""
    asked = Asked(
        key="1",
        car=shipped.car(A_NIGHT_KWH),
        had_kwh=0.0,
        power_kw=POWER_KW,
        ready_by=night.leaves_at,
        is_running=False,
    )
    plan = Planner(shipped).plans([asked], night.prices, night.prices, night.arrives_at)["1"]
    assert plan.cost is not None
    assert abs(plan.energy_kwh - A_NIGHT_KWH) < 0.01
    return plan.cost


def by_a_clairvoyant(nights: Sequence[Stay]) -> float:
    """What all nights together cost one who may be behind by some energy and buys it in cheaper nights; an LP.

    By slot its energy, by night what is owed in the morning: no less than nothing, and none at the end.
    """
    slots = [(number, piece) for number, night in enumerate(nights) for piece in night.pieces()]
    bought = scipy_sparse.csr_array(
        (np.ones(len(slots)), ([number for number, _ in slots], range(len(slots)))), (len(nights), len(slots))
    )
    owed = scipy_sparse.eye_array(len(nights)) - scipy_sparse.eye_array(len(nights), k=-1)
    may_owe = [*([MAY_OWE_KWH] * (len(nights) - 1)), 0.0]
    result = scipy_optimize.linprog(
        [*(piece.price for _, piece in slots), *([0.0] * len(nights))],
        A_eq=scipy_sparse.hstack([bought, owed]),
        b_eq=[A_NIGHT_KWH] * len(nights),
        bounds=[*((0, piece.hours * POWER_KW) for _, piece in slots), *((0, most) for most in may_owe)],
    )
    return float(result.fun)


def print_savings(markets: Mapping[str, PriceCurve], shipped: Shipped) -> None:
    """EUR a year; nobody pays for starts, so they are not in it, though the plans weigh them."""
    print(
        f"\nEUR saved per car and year: {KWH_A_YEAR:,} kWh, {POWER_KW:g} kW, 17:30 to 07:00\n\n"
        "| prices | nights | at once costs | saved against it | against a block of hours | against the nightly optimum "
        "| by one who knows all days, against at once |\n|---|---|---|---|---|---|---|"
    )
    for name, prices in markets.items():
        nights = list(nights_of(prices))
        a_year = 365 / len(nights)
        first = a_year * sum(at_once(night.pieces(), A_NIGHT_KWH) for night in nights)
        ours = a_year * sum(by_the_apps(night, shipped) for night in nights)
        block = a_year * sum(by_block_of_hours(night) for night in nights)
        optimum = a_year * sum(cheapest_fill(night.pieces(), A_NIGHT_KWH, POWER_KW) for night in nights)
        assert ours > optimum - 0.01, f"{name}: cheaper than can be"
        knowing = a_year * by_a_clairvoyant(nights)
        print(
            f"| {name} | {len(nights)} | {first:.0f} | {first - ours:.0f} | {block - ours:.1f} | {optimum - ours:.1f} "
            f"| {first - knowing:.0f} |",
            flush=True,
        )
