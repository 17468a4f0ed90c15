"""What a month costs at least for one who knows load and prices of all of it, starts included.

Shares no code with the planner. A fee on the mean of several days is a linear programme with whole numbers, and each
evening starts once at least. A fee on one value leaves a cap for all intervals: all caps are tried, and of each night
every way to charge in pieces of five minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

from benchmarks.peak_house import PIECE, PIECE_KWH, POWER_KW, QUARTER, ZONE, Kind, Month, PluggedEvening, weight

_COARSE_KW, _FINE_KW = 0.4, 0.1


def optimum(kind: Kind, month: Month) -> float:
    """The least that energy, starts and fee together can cost."""
    if kind.fee["highest"] == 1 or kind.fee.get("kind") == "nth":
        return _CapSearch(kind, month).cost()
    return _Programme(kind, month).cost() + kind.start_cost * len(month.evenings)


class _CapSearch:
    """All intervals stay below a cap, but for those that the fee leaves free."""

    def __init__(self, kind: Kind, month: Month) -> None:
        self._kind, self._month = kind, month
        self._per = 4 if kind.fee.get("per", "hour") == "hour" else 1
        house = np.array(month.house_kw)[: len(month.house_kw) // self._per * self._per]
        self._house_kw = house.reshape(-1, self._per).mean(axis=1)
        """By interval."""
        self._nights = [_Night(month, evening, kind.start_cost, self._per) for evening in month.evenings]

    def cost(self) -> float:
        lowest = float(np.sort(self._house_kw)[-self._kind.fee["highest"]])
        caps = np.arange(lowest, lowest + POWER_KW + _COARSE_KW, _COARSE_KW)
        best = float(min(caps, key=self._under))
        around = np.arange(max(lowest, best - _COARSE_KW), best + _COARSE_KW, _FINE_KW)
        return min(self._under(cap) for cap in around)

    def _under(self, cap_kw: float) -> float:
        house_alone = self._house_kw > cap_kw
        free = self._kind.fee["highest"] - 1 - int(house_alone.sum())
        rooms = np.where(house_alone, np.inf, (cap_kw - self._house_kw) * self._per / 4)
        ways = [night.costs(rooms, free) for night in self._nights]
        billed = max(cap_kw, self._kind.fee.get("at_least_kw", 0.0))
        return _shared(ways, free) + float(self._kind.fee["price_per_kw"] * billed)


def _shared(ways: Sequence[Sequence[float]], free: int) -> float:
    """What all nights cost where the month's free intervals go to the nights they help most."""
    best = [0.0] * (free + 1)
    for way in ways:
        best = [min(best[count - used] + way[used] for used in range(count + 1)) for count in range(free + 1)]
    return best[free]


@dataclass(frozen=True)
class _Night:
    """One evening, in pieces of five minutes."""

    month: Month
    evening: PluggedEvening
    start_cost: float
    per: int

    def costs(self, rooms_kwh: NDArray[np.float64], free: int) -> Sequence[float]:
        """The least cost with none, one, two... intervals that do not count."""
        wanted, per = round(self.evening.wanted_kwh / PIECE_KWH), 3 * self.per
        first = self.month.quarter(self.evening.comes)
        state = np.full((free + 1, 2, per + 2, wanted + 1), np.inf)
        """By intervals made free, whether it is on, pieces in this interval (the last: it is free), pieces in all."""
        state[0, 0, 0, 0] = 0.0
        room = 0
        for number in range((self.evening.leaves - self.evening.comes) // PIECE):
            quarter = first + number // 3
            if number == 0 or (number % 3 == 0 and quarter % self.per == 0):
                room = int(min(per, rooms_kwh[quarter // self.per] / PIECE_KWH + 1e-9))
                state = _next_interval(state)
            price = (self.month.prices.price_at(self.month.start + quarter * QUARTER) or 0.0) * PIECE_KWH
            state = self._next_piece(state, price, room)
        by_free = state[:, :, :, wanted].min(axis=(1, 2))
        return [float(by_free[: count + 1].min()) for count in range(free + 1)]

    def _next_piece(self, state: NDArray[np.float64], price: float, room: int) -> NDArray[np.float64]:
        following = np.full_like(state, np.inf)
        following[:, 0] = np.minimum(state[:, 0], state[:, 1])
        on = np.minimum(state[:, 1], state[:, 0] + self.start_cost) + price
        following[:, 1, 1 : room + 1, 1:] = on[:, :room, :-1]
        following[:, 1, -1, 1:] = on[:, -1, :-1]
        return following


def _next_interval(state: NDArray[np.float64]) -> NDArray[np.float64]:
    following = np.full_like(state, np.inf)
    following[:, :, 0] = state.min(axis=2)
    following[1:, :, -1] = following[:-1, :, 0]
    return following


class _Programme:
    """The month as one programme: which quarters, the sum of the highest values, and the step they reach."""

    def __init__(self, kind: Kind, month: Month) -> None:
        self._kind, self._month = kind, month
        self._columns = 0
        self._cost: list[float] = []
        self._upper: list[float] = []
        self._whole: list[int] = []
        self._rows: list[tuple[dict[int, float], float, float]] = []

    def column(self, cost: float = 0.0, upper: float = np.inf, *, whole: bool = False) -> int:
        self._cost.append(cost)
        self._upper.append(upper)
        self._whole.append(int(whole))
        self._columns += 1
        return self._columns - 1

    def row(self, terms: dict[int, float], low: float, high: float = np.inf) -> None:
        self._rows.append((terms, low, high))

    def cost(self) -> float:
        on = self._charging()
        self._billing(on)
        matrix = lil_matrix((len(self._rows), self._columns))
        for number, (terms, _, _) in enumerate(self._rows):
            for column, factor in terms.items():
                matrix[number, column] = factor
        bounds = LinearConstraint(
            matrix.tocsr(), [low for _, low, _ in self._rows], [high for _, _, high in self._rows]
        )
        found = milp(
            self._cost,
            constraints=bounds,
            bounds=Bounds(self._lower(), self._upper),
            integrality=self._whole,
            options={"mip_rel_gap": 0.002, "time_limit": 60},
        )
        if found.x is None:
            raise RuntimeError(found.message)
        return float(found.fun if found.mip_dual_bound is None else found.mip_dual_bound)

    def _lower(self) -> list[float]:
        return [-1e4 if upper == 1e4 else 0.0 for upper in self._upper]

    def _charging(self) -> dict[int, int]:
        """Quarters are on or off, but for the last one of an evening."""
        on: dict[int, int] = {}
        for evening in self._month.evenings:
            quarters = range(self._month.quarter(evening.comes), self._month.quarter(evening.leaves))
            for number in quarters:
                price = self._month.prices.price_at(self._month.start + number * QUARTER) or 0.0
                on[number] = self.column(price * POWER_KW / 4, 1.0, whole=True)
            self.row({on[number]: POWER_KW / 4 for number in quarters}, evening.wanted_kwh - POWER_KW / 4)
            part = self.column(0.0, 1.0)
            self.row({**{on[number]: POWER_KW / 4 for number in quarters}, part: POWER_KW / 4}, evening.wanted_kwh)
            self._cost[part] = min(self._cost[on[number]] for number in quarters)
        return on

    def _billing(self, on: Mapping[int, int]) -> None:
        per = 4
        values: dict[str, int] = {}
        for first in range(0, len(self._month.house_kw), per):
            local = (self._month.start + first * QUARTER).astimezone(ZONE)
            factor = weight(self._kind, local)
            value = values.setdefault(f"{local:%d}", self.column())
            house = factor * sum(self._month.house_kw[first : first + per]) / per
            charge = {on[n]: -factor * POWER_KW / per for n in range(first, first + per) if n in on}
            self.row({value: 1.0, **charge}, house)
        self._highest(list(values.values()))

    def _highest(self, values: Sequence[int]) -> None:
        fee, count = self._kind.fee, self._kind.fee["highest"]
        over = self.column(upper=1e4)
        excess = [self.column() for _ in values]
        for value, extra in zip(values, excess, strict=True):
            self.row({extra: 1.0, over: 1.0, value: -1.0}, 0.0)
        mean = {over: 1.0, **dict.fromkeys(excess, 1.0 / count)}
        if "steps" not in fee:
            billed = self.column(fee["price_per_kw"])
            self.row({billed: 1.0, **{column: -factor for column, factor in mean.items()}}, 0.0)
            self.row({billed: 1.0}, fee.get("at_least_kw", 0.0))
            return
        steps = [
            (self.column(cost, 1.0, whole=True), below) for below, cost in [*fee["steps"], (1e3, fee["steps"][-1][1])]
        ]
        self.row({step: 1.0 for step, _ in steps}, 1.0, 1.0)
        self.row({**{step: float(below) for step, below in steps}, **{c: -f for c, f in mean.items()}}, 0.0)
