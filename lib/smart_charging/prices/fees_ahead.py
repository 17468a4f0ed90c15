"""Grid fees that somebody tells day by day, as rates of a tariff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from smart_charging.prices.rates import MINUTES_A_DAY, Rate
from smart_charging.prices.wall_time import midnight

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
Step = tuple[int, float]
"""From a minute of the local day on, this much per kWh."""
Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeChange:
    """From a moment on, until the next one."""

    start: datetime
    per_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesAhead:
    """What a grid company charges for some days."""

    changes: Sequence[FeeChange]
    """In order of time."""
    has_vat: bool

    def rates(self, zone: tzinfo, *, vat: float, wants_vat: bool) -> Sequence[Rate]:
        """The days told, and for other days those of the last such weekday.

        Args:
            wants_vat: Whether the tariff's fees are given with their VAT.
        """
        factor = {(True, False): 1 / (1 + vat), (False, True): 1 + vat}.get((self.has_vat, wants_vat), 1.0)
        by_day = {day: _steps(self.changes, day, zone, factor) for day in self._days(zone)}
        days_of: defaultdict[Steps, set[date]] = defaultdict(set)
        for day, steps in by_day.items():
            days_of[steps].add(day)
        told = [rate for steps, days in days_of.items() for rate in _rates(steps, days=frozenset(days))]
        weekday_of = {day.weekday(): steps for day, steps in by_day.items()}
        return [*told, *(rate for day, steps in weekday_of.items() for rate in _rates(steps, weekdays=(day,)))]

    def _days(self, zone: tzinfo) -> Iterator[date]:
        """From the first change to the last, and each weekday at least once: the last fee goes on."""
        if self.changes:
            day, last = (self.changes[place].start.astimezone(zone).date() for place in (0, -1))
            last = max(last, day + _WEEK - _DAY)
            while day <= last:
                yield day
                day += _DAY


def _steps(changes: Sequence[FeeChange], day: date, zone: tzinfo, factor: float) -> Steps:
    """The fees of one day; what held at its begin goes on."""
    start, end = midnight(day, zone), midnight(day + _DAY, zone)
    at: dict[int, float] = {}
    for change in changes:
        if change.start < end:
            local = change.start.astimezone(zone)
            at[0 if change.start <= start else local.hour * 60 + local.minute] = round(change.per_kwh * factor, 6)
    return tuple(sorted(at.items()))


def _rates(steps: Steps, *, days: Container[date] | None = None, weekdays: Sequence[int] = ()) -> Iterator[Rate]:
    ends = [minute for minute, _ in steps[1:]] + [MINUTES_A_DAY]
    for (begin, per_kwh), end in zip(steps, ends, strict=True):
        yield Rate(per_kwh=per_kwh, from_minute=begin, to_minute=end, days=days, weekdays=weekdays)
