"""Whether a car is usually plugged in at a time of day, by the sessions of some weeks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from smart_charging.prices.wall_time import moments_of

Stay = tuple[datetime, datetime]
"""From cable in to cable out."""

_DAY = timedelta(days=1)
_SAME_WEEKDAYS, _OF_THOSE = 4, 3
_EVENINGS, _OF_EVENINGS = 14, 10
IGNORED = 3
"""So many expected evenings without the car in a row, and it is away, or the habit has ended."""
_LOOKS_BACK = 28
"""In days; a habit of one evening a week that was ignored `IGNORED` times has no evenings left by then."""


def at_time(day: date, local_time: time, zone: tzinfo) -> datetime:
    """When clocks show the time on that day: the first of two in autumn, the change itself where it is skipped."""
    return moments_of(datetime.combine(day, local_time), zone)[0]


def is_expected(day: date, local_time: time, stays: Sequence[Stay], zone: tzinfo) -> bool:
    """Whether a car is usually plugged in at that time of that day, and was not away lately.

    Usually means on three of the last four such weekdays, or on ten of the last fourteen evenings. It was away if it
    was not there on the last three evenings on which it usually would have been.
    """
    span = range(1, _LOOKS_BACK + 7 * _SAME_WEEKDAYS + 1)
    there = {day - ago * _DAY for ago in span if _is_in(at_time(day - ago * _DAY, local_time, zone), stays)}
    if not _is_usual(day, there):
        return False
    before = (day - ago * _DAY for ago in range(1, _LOOKS_BACK + 1))
    lately = [evening in there for evening in before if evening in there or _is_usual(evening, there)][:IGNORED]
    return any(lately)


def _is_usual(day: date, there: set[date]) -> bool:
    weekdays = (day - weeks * 7 * _DAY for weeks in range(1, _SAME_WEEKDAYS + 1))
    evenings = (day - ago * _DAY for ago in range(1, _EVENINGS + 1))
    return _count(weekdays, there) >= _OF_THOSE or _count(evenings, there) >= _OF_EVENINGS


def _count(days: Iterable[date], there: set[date]) -> int:
    return sum(one in there for one in days)


def _is_in(moment: datetime, stays: Sequence[Stay]) -> bool:
    return any(start <= moment < end for start, end in stays)
