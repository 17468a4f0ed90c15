"""When a car that leaves at the same time every day leaves next."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from smart_charging.prices.wall import moments_of


def next_departure(local_time: time, zone: tzinfo, after: datetime) -> datetime:
    """The first moment later than `after` when clocks in `zone` show a time; in UTC.

    A time that comes twice when the clocks go back means the first of the two, and one
    that is skipped when they go forward means the moment of the change: the car is ready
    too early rather than too late.
    """
    today = after.astimezone(zone).date()
    days = (today + timedelta(days=days) for days in range(3))
    departures = (moments_of(datetime.combine(day, local_time), zone)[0] for day in days)
    return next(departure for departure in departures if departure > after)
