"""The next departure of a car that leaves at the same time every day or on some weekdays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo

from smart_charging.prices.wall_time import moments_of


def next_departure(local_time: time | Mapping[int, time], zone: tzinfo, after: datetime) -> datetime:
    """The first moment after `after` when clocks in `zone` show the time of departure; in UTC.

    A time that comes twice when the clocks go back means the first of the two, and one
    that is skipped when they go forward means the moment of the change: the car is ready
    too early rather than too late.

    Args:
        local_time: For every day, or by weekday (0 is Monday) for at least one of them.
    """
    times = local_time if isinstance(local_time, Mapping) else dict.fromkeys(range(7), local_time)
    today = after.astimezone(zone).date()
    days = (today + timedelta(days=days) for days in range(9))
    departures = (
        moments_of(datetime.combine(day, times[day.weekday()]), zone)[0] for day in days if day.weekday() in times
    )
    return next(departure for departure in departures if departure > after)
