"""Reads the rows of a price list into start, end and price."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from smart_charging.errors import PriceError
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.asked import Asked
from smart_charging.prices.reading.columns import Row, flat
from smart_charging.prices.reading.hours import starts_on, steps_of
from smart_charging.prices.reading.lists import PriceList
from smart_charging.prices.reading.moments import clock_minutes, day_of, is_skipped, moment_or_none
from smart_charging.prices.reading.numbers import number_of
from smart_charging.prices.reading.saying import short, shown
from smart_charging.prices.reading.words import words_of

_DAY_MINUTES = 24 * 60
_NOTHING = {"", "-", "none", "null", "n/a", "na", "unknown", "unavailable"}

Times = Sequence[tuple[datetime | None, datetime | None]]
"""Start and end of each row, as far as known."""


class Point(NamedTuple):
    """A price with its start and end; sources may lack either."""

    start: datetime | None
    end: datetime | None
    number: float | None
    """None where the source has the time but no price for it."""


class Points(NamedTuple):
    """The points of a list, in the order of its rows."""

    points: Sequence[Point]
    unreadable: int = 0
    """The number of rows whose price is neither empty nor a number."""


def points_of(one: PriceList, asked: Asked) -> Points:
    """A point for each row that has a time.

    Raises:
        PriceError: A time cannot be read, or none of the prices can.
    """
    rows = [flat(row) for row in one.rows]
    if not rows:
        return Points([])
    times = _times(rows, one, asked)
    values = [row.get(one.columns.value) for row in rows]
    numbers = [number_of(value) for value in values]
    wrong = [value for value, number in zip(values, numbers, strict=True) if number is None and _is_written(value)]
    if wrong and not any(numbers):
        raise PriceError(f"{shown(wrong[0])} is not a price")
    points = [
        Point(start, end, number.value if number else None)
        for (start, end), number in zip(times, numbers, strict=True)
        if start or end
    ]
    return Points(points, len(wrong))


def _is_written(value: object) -> bool:
    """Whether a value is not empty, and so should be a price."""
    return value is not None and short(value)[:20].strip().casefold() not in _NOTHING


def _times(rows: Sequence[Row], one: PriceList, asked: Asked) -> Times:
    if one.columns.clock:
        return _clocked(rows, one, asked)
    if one.columns.start or one.columns.end or one.day is None:
        return _told(rows, one, asked)
    return [slot or (None, None) for slot in steps_of(one.day, len(rows), asked.zone)]


def _told(rows: Sequence[Row], one: PriceList, asked: Asked) -> Times:
    """Times from the rows, each with its date; the newest may come first."""
    starts, ends = (_column(rows, key) for key in (one.columns.start, one.columns.end))
    start_of, end_of = _readers_of([one.columns.start, one.columns.end], asked)
    values, read = (starts, start_of) if one.columns.start else (ends, end_of)
    first, last = read(values[0]), read(values[-1])
    is_backward = first is not None and last is not None and first > last
    times: list[tuple[datetime | None, datetime | None]] = []
    previous: datetime | None = None
    step = -1 if is_backward else 1
    for said_start, said_end in zip(starts[::step], ends[::step], strict=True):
        start = start_of(said_start, previous=previous)
        end = end_of(said_end, previous=start or previous)
        previous = start or end or previous
        times.append((start, end))
    return _without_skipped(times[::-1] if is_backward else times, rows, one, asked)


def _without_skipped(times: Times, rows: Sequence[Row], one: PriceList, asked: Asked) -> Times:
    """Of two rows for one moment in spring, drop the one whose local time clocks skip."""
    key, seen = one.columns.start, Counter(start for start, _ in times)
    if key is None or len(seen) == len(times):
        return times
    return [
        (None, None) if seen[start] > 1 and is_skipped(row.get(key), asked.zone) else (start, end)
        for (start, end), row in zip(times, rows, strict=True)
    ]


def _column(rows: Sequence[Row], key: str | None) -> Sequence[object]:
    return [None if key is None else row.get(key) for row in rows]


def _readers_of(keys: Sequence[str | None], asked: Asked) -> Sequence[partial[datetime | None]]:
    """The reader of each column's times, in its zone."""
    zones = [UTC if key is not None and vocabulary.is_utc(words_of(key)) else asked.zone for key in keys]
    return [partial(moment_or_none, zone=zone, now=asked.now) for zone in zones]


def _clocked(rows: Sequence[Row], one: PriceList, asked: Asked) -> Times:
    """Times from the hour in a row and the date beside it, or the day of the list."""
    by_day: defaultdict[date, list[tuple[int, int]]] = defaultdict(list)
    for place, row in enumerate(rows):
        day = day_of(row.get(one.columns.start or ""), asked.now) or one.day
        minutes = clock_minutes(row.get(one.columns.clock or ""))
        if day is None and minutes is not None:
            raise PriceError("the rows have hours but no date")
        if day is not None and minutes is not None:
            by_day[day].append((place, minutes))
    times: list[tuple[datetime | None, datetime | None]] = [(None, None)] * len(rows)
    for day, clocks in by_day.items():
        starts = starts_on(day, [minute for _, minute in clocks], asked.zone)
        for (place, minute), start in zip(clocks, starts, strict=True):
            until = clock_minutes(rows[place].get(one.columns.end or ""))
            length = None if until is None else timedelta(minutes=(until - minute) % _DAY_MINUTES or _DAY_MINUTES)
            times[place] = (start, start + length if start and length else None)
    return times


def split_by(rows: Sequence[Row], key: str) -> Mapping[str, Sequence[Row]]:
    """The rows by the value of a key, such as the area."""
    parts: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts[short(row.get(key))[:60]].append(row)
    return parts
