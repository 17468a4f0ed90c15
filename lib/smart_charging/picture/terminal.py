"""Draws prices as a bar chart of characters, with what is charged below."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from typing import TextIO

from smart_charging.colour import Style, styled
from smart_charging.planning.plan import Block
from smart_charging.prices.curve import PriceCurve

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_IN_ASCII = str.maketrans(_EIGHTHS, " ...:::||")
_HEIGHT = 8
_MARGIN = 8
"""Left of the bars, for the prices."""


def chart(
    curve: PriceCurve,
    start: datetime,
    end: datetime,
    *,
    blocks: Sequence[Block] | None = None,
    zone: tzinfo,
    width: int,
    stream: TextIO | None = None,
) -> list[str]:
    """The chart's lines: a bar per column, then `#` where a block charges or `+` for a part of it, then the hours.

    Every column is a quarter of an hour, or several so that the chart fits the width.

    Args:
        blocks: When the car charges; None leaves out the line of marks.
        stream: Where it will be printed, standard output if None; it decides on colour and on characters.
    """
    stream = stream or sys.stdout
    quarters = max(1, -(-(end - start) // timedelta(minutes=15)))
    step = timedelta(minutes=15) * max(1, -(-quarters // max(1, width - _MARGIN)))
    times = [start + index * step for index in range(-(-(end - start) // step))]
    prices = [mean_price(curve, time, time + step) for time in times]
    known = [price for price in prices if price is not None]
    if not known:
        return ["No prices are known for this time."]
    low, high = min(0.0, *known), max(known)
    marks = "".join(_mark(blocks or (), time, time + step) for time in times)
    rows = _bars([_column(price, low, high) for price in prices], marks, stream)
    labels = [f"{high:7.2f} ", *[" " * _MARGIN] * (_HEIGHT - 2), f"{low:7.2f} "]
    drawn = [label + row for label, row in zip(labels, rows, strict=True)]
    below = [_coloured(marks, marks, stream)] if blocks is not None else []
    return [row.rstrip() for row in (*drawn, *(" " * _MARGIN + line for line in (*below, _hours(times, step, zone))))]


def mean_price(curve: PriceCurve, start: datetime, end: datetime) -> float | None:
    """The mean of the known prices in `[start, end)`, weighted by time; None if none is known."""
    slots = curve.between(start, end)
    length = sum((slot.length for slot in slots), timedelta(0))
    return sum(slot.price_per_kwh * (slot.length / length) for slot in slots) if slots else None


def can_show(characters: str, stream: TextIO) -> bool:
    """Whether the stream's encoding has all of them."""
    try:
        characters.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _column(price: float | None, low: float, high: float) -> str:
    """The characters of one bar, from top to bottom."""
    if price is None:
        return " " * (_HEIGHT - 1) + "?"
    eighths = max(1, round((price - low) / (high - low or 1) * _HEIGHT * 8))
    return "".join(_EIGHTHS[min(8, max(0, eighths - row * 8))] for row in reversed(range(_HEIGHT)))


def _bars(columns: Sequence[str], marks: str, stream: TextIO) -> Iterator[str]:
    """The rows of the chart, from top to bottom."""
    for cells in zip(*columns, strict=True):
        row = "".join(cells)
        yield _coloured(row if can_show(_EIGHTHS, stream) else row.translate(_IN_ASCII), marks, stream)


def _coloured(row: str, marks: str, stream: TextIO) -> str:
    """Green where there is a mark."""
    runs = groupby(zip(row, marks, strict=True), key=lambda cell: cell[1] != " ")
    texts = [("".join(character for character, _ in cells), is_marked) for is_marked, cells in runs]
    return "".join(styled(text, Style.GREEN, stream=stream) if is_marked else text for text, is_marked in texts)


def _mark(blocks: Sequence[Block], start: datetime, end: datetime) -> str:
    used = sum((max(timedelta(0), min(b.end, end) - max(b.start, start)) for b in blocks), timedelta(0))
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
