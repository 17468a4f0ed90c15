"""When a car usually comes in the days ahead, how long it stays, and how much it has used by then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from math import sqrt
from statistics import fmean, median_low

from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.prices.wall_time import moments_of
from smart_charging.services.habits.habit import DAY, DAYS_OF_INTEREST, OF_THOSE, at_time, evenings, expects, likelihood
from smart_charging.services.sessions.session_log import BookedSession

NEW_DAY = time(4)
"""Who comes home after midnight belongs to the evening before."""
WEEK = timedelta(days=7)
APART = timedelta(hours=4)
"""Between times of day at which the car comes; further apart are two habits, as one of noon and one of the evening."""

Departure = Callable[[datetime], datetime]
"""By when a car has to be ready that arrives at a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """Times since midnight of the day on which it begins, as clocks show them, so that their changes move nothing."""

    day: date
    arrives: timedelta
    leaves: timedelta
    energy_kwh: float

    def with_more(self, later: _Visit) -> _Visit:
        """One visit of both: the cable was out for a while."""
        energy_kwh = self.energy_kwh + later.energy_kwh
        return _Visit(day=self.day, arrives=self.arrives, leaves=max(self.leaves, later.leaves), energy_kwh=energy_kwh)


_Habit = Mapping[date, _Visit]
"""The visits at about one time of day, by their day."""


def usual_visits(
    sessions: Iterable[BookedSession],
    now: datetime,
    zone: tzinfo,
    *,
    days: int = 1,
    departure: Departure | None = None,
) -> Sequence[ExpectedVisit]:
    """The visits to be expected of a car, in order of arrival: today's and those of the days after it.

    One that should have begun by now is among them until it would be over, unless the car has come and gone again. A
    running session is not known here: whoever knows of one leaves out what would begin before its end.

    What was charged is taken for what the car had used since the visit before, unless nights may leave energy to
    later ones: then it is what the car wanted anew.

    Args:
        sessions: Of one charger, in any order.
        days: How many to look ahead, today not counted.
        departure: By default it leaves when it usually does.
    """
    today = day_of(now, zone)
    since = at_time(today - DAYS_OF_INTEREST * DAY, NEW_DAY, zone)
    habits = _habits([_visit(one, zone) for one in sessions if since <= one.plugged_in_at < one.unplugged_at])
    span = [today + ahead * DAY for ahead in range(-1, days + 1)]
    found = [_expected(day, habit, today, zone, departure) for habit in habits for day in span]
    return sorted((one for one in found if one and one.leaves_at > now), key=lambda one: one.arrives_at)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The local day that a visit which begins then belongs to."""
    local = moment.astimezone(zone)
    return local.date() if local.time() >= NEW_DAY else local.date() - DAY


def _visit(session: BookedSession, zone: tzinfo) -> _Visit:
    day = day_of(session.plugged_in_at, zone)
    midnight = datetime.combine(day, time())
    arrives, leaves = (
        moment.astimezone(zone).replace(tzinfo=None) - midnight
        for moment in (session.plugged_in_at, session.unplugged_at)
    )
    used_kwh = session.energy_kwh if session.fresh_kwh is None else session.fresh_kwh
    return _Visit(day=day, arrives=arrives, leaves=leaves, energy_kwh=used_kwh)


def _habits(visits: Collection[_Visit]) -> Sequence[_Habit]:
    habits: list[dict[date, _Visit]] = []
    before: _Visit | None = None
    for one in sorted(visits, key=lambda visit: visit.arrives):
        if before is None or one.arrives - before.arrives > APART:
            habits.append({})
        days, before = habits[-1], one
        days[one.day] = days[one.day].with_more(one) if one.day in days else one
    return habits


def _expected(day: date, habit: _Habit, today: date, zone: tzinfo, departure: Departure | None) -> ExpectedVisit | None:
    known_until = min(day, today)
    there = {one for one in habit if one < known_until}
    if day in habit or not expects(day, there, today):
        return None
    weekly = [habit[one] for one in there if (day - one) % WEEK == timedelta(0)]
    such = weekly if len(weekly) >= OF_THOSE else [habit[one] for one in evenings(known_until) if one in there]
    arrives_at = _moment(day, median_low(one.arrives for one in such), zone)
    return ExpectedVisit(
        arrives_at=arrives_at,
        leaves_at=departure(arrives_at) if departure else _moment(day, median_low(one.leaves for one in such), zone),
        energy_kwh=fmean(one.energy_kwh for one in such),
        spread_kwh=max(_spread_kwh([such]), _spread_kwh(_by_weekday([habit[one] for one in there]))),
        likelihood=likelihood(day, there, known_until),
    )


def _by_weekday(visits: Collection[_Visit]) -> Sequence[Sequence[_Visit]]:
    return [[one for one in visits if one.day.weekday() == weekday] for weekday in range(7)]


def _spread_kwh(groups: Sequence[Sequence[_Visit]]) -> float:
    """The standard deviation within groups; of one alone it is often far off, as a month has four of a weekday."""
    energies = [[one.energy_kwh for one in group] for group in groups if group]
    free = sum(len(some) - 1 for some in energies)
    squares = sum((one - fmean(some)) ** 2 for some in energies for one in some)
    return sqrt(squares / free) if free else 0.0


def _moment(day: date, since_midnight: timedelta, zone: tzinfo) -> datetime:
    return moments_of(datetime.combine(day, time()) + since_midnight, zone)[0]
