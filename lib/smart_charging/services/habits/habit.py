"""Whether a car usually comes on a day, or is plugged in at a time of it, by the sessions of some weeks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from smart_charging.prices.wall_time import moments_of

Stay = tuple[datetime, datetime]
"""From cable in to cable out."""

DAY = timedelta(days=1)
SAME_WEEKDAYS, OF_THOSE = 4, 3
EVENINGS, OF_EVENINGS = 14, 10
IGNORED = 3
"""So many expected evenings without the car in a row, and it is away, or the habit has ended."""
_LOOKS_BACK = 28
"""In days; a habit of one evening a week that was ignored `IGNORED` times has no evenings left by then."""
DAYS_OF_INTEREST = _LOOKS_BACK + 7 * SAME_WEEKDAYS


def at_time(day: date, local_time: time, zone: tzinfo) -> datetime:
    """When clocks show the time on that day: the first of two in autumn, the change itself where it is skipped."""
    return moments_of(datetime.combine(day, local_time), zone)[0]


def is_expected(day: date, local_time: time, stays: Sequence[Stay], zone: tzinfo) -> bool:
    """Whether a car is usually plugged in at that time of that day, and was not away lately."""
    span = range(1, DAYS_OF_INTEREST + 1)
    return expects(day, {day - ago * DAY for ago in span if _is_in(at_time(day - ago * DAY, local_time, zone), stays)})


def expects(day: date, there: Collection[date], today: date | None = None) -> bool:
    """Whether a car usually comes on such a day, and was not away lately.

    Usually means on three of the last four such weekdays; or on ten of the last fourteen evenings, the last such
    weekday among them, as one that comes on workdays does not come on Saturdays. It was away if it was not there on
    the last three evenings on which it usually would have been.

    Args:
        there: The days on which it was there.
        today: The first day of which it is not known yet whether it comes; by default `day`.
    """
    known_until = min(day, today or day)
    if not likelihood(day, there, known_until):
        return False
    before = (known_until - ago * DAY for ago in range(1, _LOOKS_BACK + 1))
    lately = [one in there for one in before if one in there or likelihood(one, there, one)][:IGNORED]
    return any(lately)


def likelihood(day: date, there: Collection[date], known_until: date) -> float:
    """The share of such days, before `known_until`, on which the car was there; 0 where that is not usual."""
    weekdays = same_weekdays(day, known_until)
    if (of_weekdays := _count(weekdays, there)) >= OF_THOSE:
        return of_weekdays / SAME_WEEKDAYS
    of_evenings = _count(evenings(known_until), there) if weekdays[0] in there else 0
    return of_evenings / EVENINGS if of_evenings >= OF_EVENINGS else 0.0


def same_weekdays(day: date, known_until: date) -> Sequence[date]:
    """The last such weekdays before `known_until`, the newest first."""
    newest = known_until - ((known_until - day).days % 7 or 7) * DAY
    return [newest - weeks * 7 * DAY for weeks in range(SAME_WEEKDAYS)]


def evenings(known_until: date) -> Sequence[date]:
    """The last evenings before `known_until`, the newest first."""
    return [known_until - ago * DAY for ago in range(1, EVENINGS + 1)]


def _count(days: Iterable[date], there: Collection[date]) -> int:
    return sum(one in there for one in days)


def _is_in(moment: datetime, stays: Sequence[Stay]) -> bool:
    return any(start <= moment < end for start, end in stays)
