"""Nights of one car, what they cost, and the least that they can cost; of `benchmarks.days_ahead`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from benchmarks.day_ahead_files import DAY, HOUR, ZONE, local, read_csv
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.sessions.session_log import BookedSession

ARRIVES, LEAVES = 17.5 * HOUR, 7 * HOUR
POWER_KW, BATTERY_KWH, EFFICIENCY = 11.0, 60.0, 0.9
USED_KWH = 8.0
"""A day, at the meter."""
LEAST_PERCENT, TARGET_PERCENT = 30.0, 80.0
MAY_OWE_KWH = (TARGET_PERCENT - LEAST_PERCENT) / 100 * BATTERY_KWH / EFFICIENCY
MONTHS = 10
BOOKED_BEFORE = 28
"""So many nights before are in the book of sessions, so that the car's habit is known."""
CAR: Mapping[str, object] = {
    "ready_by": "07:00",
    "power_kw": POWER_KW,
    "target_soc_percent": TARGET_PERCENT,
    "minimum_ready_soc_percent": LEAST_PERCENT,
    "battery_kwh": BATTERY_KWH,
    "efficiency": EFFICIENCY,
}
"""What apps.yaml says of it, but for its charger and where its state of charge is read."""


@dataclass(frozen=True)
class PricedDays:
    """Nights in a row."""

    prices: PriceCurve
    days: Sequence[date]

    def night(self, day: date) -> PriceCurve:
        return self.prices.between(local(day, ARRIVES), local(day + DAY, LEAVES))


def stretches(folder: Path, zone: str, months: int) -> Sequence[PricedDays]:
    """The last whole months that the zone's files hold, a week of prices before each."""
    found: dict[tuple[int, int], PriceCurve] = {}
    for path in sorted(folder.glob(f"{zone}_*min.csv")):
        if path.stem.removeprefix(f"{zone}_") in {"15min", "60min"}:
            curve = read_csv(path)
            found |= dict.fromkeys(_whole_months(curve), curve)
    chosen = sorted(found)[-months:]
    runs: list[list[tuple[int, int]]] = []
    for month in chosen:
        if runs and found[runs[-1][-1]] is found[month] and _next(runs[-1][-1]) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [PricedDays(found[run[0]], list(_days(run))) for run in runs]


def _whole_months(curve: PriceCurve) -> Iterator[tuple[int, int]]:
    first = curve.slots[0].start.astimezone(ZONE).date() + 3 * DAY
    last = curve.slots[-1].end
    month = _next((first.year, first.month)) if first.day > 1 else (first.year, first.month)
    while local(date(*_next(month), 1)) <= last:
        yield month
        month = _next(month)


def _next(month: tuple[int, int]) -> tuple[int, int]:
    return month[0] + month[1] // 12, month[1] % 12 + 1


def _days(months: Sequence[tuple[int, int]]) -> Iterator[date]:
    """All but the last, whose night reaches into the next month."""
    day, end = date(*months[0], 1), date(*_next(months[-1]), 1) - DAY
    while day < end:
        yield day
        day += DAY


def cheapest(night: PriceCurve, energy_kwh: float) -> float:
    cost = 0.0
    for slot in sorted(night, key=lambda one: one.price_per_kwh):
        part_kwh = min(energy_kwh, slot.length / HOUR * POWER_KW)
        cost, energy_kwh = cost + part_kwh * slot.price_per_kwh, energy_kwh - part_kwh
    return cost


def at_once(night: PriceCurve, energy_kwh: float) -> float:
    cost = 0.0
    for slot in night:
        part_kwh = min(energy_kwh, slot.length / HOUR * POWER_KW)
        cost, energy_kwh = cost + part_kwh * slot.price_per_kwh, energy_kwh - part_kwh
    return cost


def clairvoyant(stretch: PricedDays) -> float:
    """The least that all nights together can cost: owed each morning are between nothing and what is allowed."""
    nights = [stretch.night(day) for day in stretch.days]
    prices = np.array([slot.price_per_kwh for night in nights for slot in night])
    most = np.array([slot.length / HOUR * POWER_KW for night in nights for slot in night])
    ends = np.cumsum([len(night) for night in nights])
    # the energy charged by each morning, as variables of their own, keeps the matrix thin
    count, days = len(prices), len(nights)
    rows, columns, values = [], [], []
    for day, end in enumerate(ends):
        start = 0 if day == 0 else ends[day - 1]
        rows += [day] * (end - start + 1 + (day > 0))
        columns += [*range(start, end), count + day, *([count + day - 1] if day else [])]
        values += [1.0] * (end - start) + [-1.0] + ([1.0] if day else [])
    used = USED_KWH * np.arange(1, days + 1)
    least = np.maximum(0.0, used - MAY_OWE_KWH)
    least[-1] = used[-1]
    bounds = [*((0.0, limit) for limit in most), *zip(least, used, strict=True)]
    matrix = csr_matrix((values, (rows, columns)), shape=(days, count + days))
    cost = np.concatenate([prices, np.zeros(days)])
    found = linprog(cost, A_eq=matrix, b_eq=np.zeros(days), bounds=bounds, method="highs")
    if found.x is None:
        raise RuntimeError(found.message)
    return float(found.fun)


def percent(energy_kwh: float) -> float:
    return energy_kwh * EFFICIENCY / BATTERY_KWH * 100


def booked(charger_id: str, day: date, *, fresh_kwh: float, energy_kwh: float, cost: float = 0.0) -> BookedSession:
    """The session of a night."""
    return BookedSession(
        charger_id=charger_id,
        charger="Garage",
        plugged_in_at=local(day, ARRIVES),
        unplugged_at=local(day + DAY, LEAVES),
        energy_kwh=energy_kwh,
        fresh_kwh=fresh_kwh,
        cost=cost,
    )


def before(charger_id: str, first: date) -> Iterator[BookedSession]:
    """The sessions of the nights before, oldest first."""
    for ago in range(BOOKED_BEFORE, 0, -1):
        yield booked(charger_id, first - ago * DAY, fresh_kwh=USED_KWH, energy_kwh=USED_KWH)
