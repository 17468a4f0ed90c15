"""Draws prices as a bar chart of characters, with the plan below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_HEIGHT = 8


def chart(
    curve: PriceCurve, start: datetime, end: datetime, *, plan: Plan | None = None, zone: tzinfo, width: int
) -> list[str]:
    """The chart's lines: a bar per column, then `#` where a plan charges or `+` for a part of it, then the hours.

    Every column is a quarter of an hour, or several so that the chart fits the width.
    """
    quarters = max(1, -(-(end - start) // timedelta(minutes=15)))
    step = timedelta(minutes=15) * max(1, -(-quarters // max(1, width - 8)))
    times = [start + index * step for index in range(-(-(end - start) // step))]
    prices = [mean_price(curve, time, time + step) for time in times]
    known = [price for price in prices if price is not None]
    if not known:
        return ["No prices are known for this time."]
    low, high = min(0.0, *known), max(known)
    columns = [_column(price, low, high) for price in prices]
    labels = [f"{high:7.2f} ", *[" " * 8] * (_HEIGHT - 2), f"{low:7.2f} "]
    rows = [label + "".join(column[row] for column in columns) for row, label in enumerate(labels)]
    marks = [" " * 8 + _marks(plan, times, step)] if plan else []
    return [row.rstrip() for row in (*rows, *marks, " " * 8 + _hours(times, step, zone))]


def mean_price(curve: PriceCurve, start: datetime, end: datetime) -> float | None:
    """The mean of the known prices in `[start, end)`, weighted by time; None if none is known."""
    slots = curve.between(start, end)
    length = sum((slot.length for slot in slots), timedelta(0))
    return sum(slot.price_per_kwh * (slot.length / length) for slot in slots) if slots else None


def _column(price: float | None, low: float, high: float) -> str:
    """The characters of one bar, from top to bottom."""
    if price is None:
        return " " * (_HEIGHT - 1) + "?"
    eighths = max(1, round((price - low) / (high - low or 1) * _HEIGHT * 8))
    return "".join(_EIGHTHS[min(8, max(0, eighths - row * 8))] for row in reversed(range(_HEIGHT)))


def _marks(plan: Plan, times: Sequence[datetime], step: timedelta) -> str:
    return "".join(_mark(plan, time, time + step) for time in times)


def _mark(plan: Plan, start: datetime, end: datetime) -> str:
    used = sum((max(timedelta(0), min(b.end, end) - max(b.start, start)) for b in plan.blocks), timedelta(0))
    return "#" if used == end - start else "+" if used else " "


def _hours(times: Sequence[datetime], step: timedelta, zone: tzinfo) -> str:
    """Each hour below the column in which it begins, where there is room."""
    line = ""
    for index, time in enumerate(times):
        local = time.astimezone(zone)
        begins = local.hour != (time - step).astimezone(zone).hour or index == 0
        if begins and len(line) <= index:
            line = line.ljust(index) + f"{local.hour:02} "
    return line
