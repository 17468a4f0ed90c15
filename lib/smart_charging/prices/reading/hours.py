"""Prices by the hour of a day: one attribute per hour, hours as keys, or a list of numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

from smart_charging.errors import PriceError
from smart_charging.prices.reading.moments import looks_like_moment, moment_of
from smart_charging.prices.reading.saying import short
from smart_charging.prices.wall_time import midnight, moments_of

_DAY_MINUTES = 24 * 60
_STEPS = (60, 30, 15, 10, 5)
_FEWEST = 20
"""The fewest attributes of one pattern that count as the hours of a day; `price_last_24h` is not an hour."""
_NAME = re.compile(
    r"(?P<before>.*?)(?<!\d)(?P<hour>\d{1,2})(?:(?P<mark>[:.hH_ -]{1,3})(?P<more>\d{2}))?"
    r"(?:\s?-\s?\d{1,2}[:.]\d{2})?(?P<after>(?:[^\d].*)?)"
)
_REPEATED = re.compile(r"_d\d?$")
"""How Spain's integration marks the hour that occurs twice."""

Hours = Mapping[str, Sequence[tuple[int, object]]]


def hours_of(node: Mapping[str, object]) -> Hours:
    """Groups of attributes whose names differ only by the hour, as minutes since midnight and value, in order."""
    groups: defaultdict[tuple[str, str], list[tuple[int, int | None, object]]] = defaultdict(list)
    for key, value in node.items():
        name = _REPEATED.sub("", short(key)[:80])
        match = _NAME.fullmatch(name)
        if match and not isinstance(value, Mapping | list | tuple | bool) and int(match["hour"]) <= 25:
            second = int(match["more"]) if match["more"] else None
            groups[match["before"], match["after"]].append((int(match["hour"]), second, value))
    return {
        f"{before}…{after}": hours
        for (before, after), found in groups.items()
        if len(found) >= _FEWEST and (hours := _clocks(found)) is not None
    }


def starts_on(day: date, minutes: Sequence[int], zone: tzinfo) -> list[datetime | None]:
    """The moments of local times, given as minutes since midnight in the order of the rows.

    A time that occurs twice in autumn is the later one the second time; one that is skipped in spring is None.
    Hours from 1 to 24 are named by their end. Where a day of 23 or 25 hours has its hours numbered through, they are
    hours elapsed since midnight.

    Raises:
        PriceError: The first hour is 1, and there is no 24 to show that it is the hour after midnight.
    """
    begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    length = round((end - begin).total_seconds() / 60)
    counted = _from_zero(minutes, length)
    step = min((b - a for a, b in pairwise(sorted(set(counted)))), default=60)
    if length != _DAY_MINUTES and counted == list(range(0, length, step)):
        return [begin + timedelta(minutes=minute) for minute in counted]
    walls = [datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute) for minute in counted]
    shown = {wall: _moments_on(wall, zone) for wall in set(walls)}
    return [_taken(shown[wall]) for wall in walls]


def steps_of(day: date, count: int, zone: tzinfo) -> list[tuple[datetime, datetime] | None]:
    """The slots of a list of numbers for a whole local day.

    Their count fits the day's real length, or a day of 24 hours: then the hour that occurs twice has a price only
    the first time, and the skipped one has none.

    Raises:
        PriceError: The count is not that of the day's hours, or of parts of them.
    """
    begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    for minutes in _STEPS:
        step = timedelta(minutes=minutes)
        if count * step == end - begin:
            return [(begin + place * step, begin + (place + 1) * step) for place in range(count)]
        if count * minutes == _DAY_MINUTES:
            starts = starts_on(day, range(0, _DAY_MINUTES, minutes), zone)
            return [(start, start + step) if start else None for start in starts]
    raise PriceError(f"{count} numbers without times are not the hours, nor the quarters, of {day}")


def by_moment(node: Mapping[str, object], zone: tzinfo) -> list[dict[str, object]]:
    """The rows of a mapping with times as keys; empty where it has none."""
    rows: list[dict[str, object]] = []
    for key, value in node.items():
        if looks_like_moment(key) and not isinstance(value, list | tuple | bool):
            inner = value if isinstance(value, Mapping) else {"value": value}
            rows.append({**inner, "start": moment_of(key, zone)})
    return rows


def _moments_on(wall: datetime, zone: tzinfo) -> list[datetime]:
    """The moments at which clocks show a local time, the earliest last; none if it is skipped."""
    moments = [one for one in moments_of(wall, zone) if one.astimezone(zone).replace(tzinfo=None) == wall]
    return moments[::-1]


def _taken(moments: list[datetime]) -> datetime | None:
    """Take the next moment; the last one stays in the list."""
    return moments.pop() if len(moments) > 1 else next(iter(moments), None)


def _clocks(found: Sequence[tuple[int, int | None, object]]) -> list[tuple[int, object]] | None:
    """Minutes since midnight with the values; None where the numbers are not the hours of a day."""
    seconds = {second for _, second, _ in found if second is not None}
    is_range = all(second in {hour + 1, 0} for hour, second, _ in found)
    if not is_range and any(second % 5 or second > 55 for second in seconds):
        return None
    clocks = [(hour * 60 + (0 if is_range else second or 0), value) for hour, second, value in found]
    minutes = sorted({minute for minute, _ in clocks})
    gaps = {later - earlier for earlier, later in pairwise(minutes)}
    is_day = minutes[0] in (0, 60) and max(gaps, default=0) <= 120
    return clocks if is_day and len(minutes) >= _FEWEST else None


def _from_zero(minutes: Sequence[int], length: int) -> list[int]:
    """Hours numbered from 0; those named by their end start with 1 and include 24."""
    step = min((b - a for a, b in pairwise(sorted(set(minutes)))), default=60)
    shifted = [minute - step for minute in minutes]
    if not minutes or 0 in minutes or min(minutes) > step:
        return shifted if minutes and 0 not in minutes and max(minutes) >= _DAY_MINUTES else list(minutes)
    if max(minutes) < _DAY_MINUTES and shifted != list(range(0, length, step)):
        raise PriceError(
            f"of hours 1 to {max(minutes) // 60} the first may begin at midnight or at one; one is missing"
        )
    return shifted
