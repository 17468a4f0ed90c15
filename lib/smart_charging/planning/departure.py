"""From the time on the kitchen clock to a moment."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo


def next_departure(ready_by: time, zone: tzinfo, after: datetime) -> datetime:
    """The first moment later than `after` at which clocks in `zone` show `ready_by`, in UTC.

    On the night a wall time exists twice the first one counts, and where it does not exist
    the moment the clocks are put forward: the car is never late for the reading one has in mind.
    """
    day = after.astimezone(zone).date()
    while (departure := _moment(datetime.combine(day, ready_by), zone)) <= after:
        day += timedelta(days=1)
    return departure


def _moment(wall: datetime, zone: tzinfo) -> datetime:
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    gap = wall.replace(tzinfo=zone, fold=0).utcoffset(), wall.replace(tzinfo=zone, fold=1).utcoffset()
    return moment if None in gap else _end_of_gap(wall, zone)


def _end_of_gap(wall: datetime, zone: tzinfo) -> datetime:
    """The change itself: where an hour is missing, both readings of the wall time lie on either side of it."""
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if middle.astimezone(zone).utcoffset() == before else (early, middle)
    return late.replace(microsecond=0)
