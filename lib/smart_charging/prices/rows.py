"""Rows of a price list: when a price begins, when it ends, how much it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceSlot
from smart_charging.prices.wall_time import moments_of

_STARTS = ("start", "start_time", "startsAt", "starts_at", "time", "hour", "datetime", "from", "timestamp")
_ENDS = ("end", "end_time", "till", "to")
_VALUES = {
    "value": 1.0,
    "price": 1.0,
    "price_per_kwh": 1.0,
    "per_kwh": 1.0,
    "value_inc_vat": 1.0,
    "electricity_price": 1.0,
    "total": 1.0,
    "price_ct_per_kwh": 0.01,
    "price_eur_per_mwh": 0.001,
}
"""Keys of the number, with the factor that is in the key's name."""
_HOUR = timedelta(hours=1)
_FOREVER = datetime.max.replace(tzinfo=UTC)


class Point(NamedTuple):
    """A price and when it begins; some sources do not say when it ends."""

    start: datetime
    end: datetime | None
    number: float | None
    """None where the source knows of the time but not of its price."""
    is_estimate: bool


def is_list_of_prices(value: object) -> bool:
    """Whether this is a list whose entries look like rows."""
    if not isinstance(value, list | tuple) or not value or not isinstance(value[0], Mapping):
        return False
    return _first(value[0], _STARTS) is not None and any(key in value[0] for key in _VALUES)


def points_of(rows: Iterable[object], zone: tzinfo, *, is_estimate: bool = False) -> list[Point]:
    """A point for every row.

    Raises:
        PriceError: A time or a price cannot be read.
    """
    points: list[Point] = []
    for row in rows:
        if isinstance(row, Mapping):
            start = _moment(_first(row, _STARTS), zone, points[-1].start if points else None)
            end = _moment(value, zone, start) if (value := _first(row, _ENDS)) is not None else None
            points.append(Point(start, end, _number(row), is_estimate))
    return points


def slots_of(points: Iterable[Point], factor: float) -> list[PriceSlot]:
    """Slots in order: of two points with one start the first counts, and each ends where the next one begins.

    Where the source gives no end and nothing follows soon, a slot is as long as most are.
    """
    first: dict[datetime, Point] = {}
    for point in points:
        first.setdefault(point.start, point)
    ordered = [first[start] for start in sorted(first)]
    usual = _usual_step(ordered)
    nexts = [*(point.start for point in ordered[1:]), _FOREVER]
    return [
        PriceSlot(
            start=point.start,
            end=_end(point, following, usual),
            price_per_kwh=point.number * factor,
            is_estimate=point.is_estimate,
        )
        for point, following in zip(ordered, nexts, strict=True)
        if point.number is not None
    ]


def _end(point: Point, following: datetime, usual: timedelta) -> datetime:
    if point.end is not None and point.end > point.start:
        return min(point.end, following)
    is_gap = following - point.start > max(usual, _HOUR)
    return point.start + usual if is_gap else following


def _usual_step(ordered: Sequence[Point]) -> timedelta:
    steps = Counter(later.start - earlier.start for earlier, later in pairwise(ordered))
    return steps.most_common(1)[0][0] if steps else _HOUR


def _first(row: Mapping[str, object], keys: Iterable[str]) -> object:
    return next((row[key] for key in keys if row.get(key) is not None), None)


def _number(row: Mapping[str, object]) -> float | None:
    key = next((key for key in _VALUES if key in row), None)
    if key is None:
        raise PriceError(f"a row has no price; its keys are {', '.join(row)}")
    value = row[key]
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise PriceError(f"{value!r} is not a price")
    return number * _VALUES[key]


def _moment(value: object, zone: tzinfo, previous: datetime | None) -> datetime:
    """A time as text, or as seconds or milliseconds since 1970."""
    try:
        moment = _read_moment(value, zone, previous)
    except (ValueError, OverflowError) as err:
        raise PriceError(f"{value!r} is not a time") from err
    if not 2000 <= moment.year < 2100:
        raise PriceError(f"{value!r} is no time of our days")
    return moment


def _read_moment(value: object, zone: tzinfo, previous: datetime | None) -> datetime:
    """Of two moments with the same time on the wall, the one is meant that follows the previous row."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo:
        return moment.astimezone(UTC)
    moments = moments_of(moment, zone)
    return next((one for one in moments if previous is None or one > previous), moments[0])
