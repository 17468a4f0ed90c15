"""Converts local times to moments, changes of the clocks included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_PRECISION = timedelta(seconds=1)


def moments_of(wall: datetime, zone: tzinfo) -> list[datetime]:
    """The moments at which clocks in a zone show a naive local time: one, or two in autumn; in UTC, in order.

    A time that is skipped in spring becomes the moment of the change. `zone` may come from
    pytz, as AppDaemon's does: it must not be put into a datetime, only be converted to.
    """
    as_utc = wall.replace(tzinfo=UTC, fold=0)
    before, after = _offset(as_utc - _DAY, zone), _offset(as_utc + _DAY, zone)
    moments = sorted({as_utc - offset for offset in (before, after) if _offset(as_utc - offset, zone) == offset})
    return moments or [_change(as_utc - after, as_utc - before, zone)]


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a local day begins in a zone; in UTC."""
    return moments_of(datetime.combine(day, time()), zone)[0]


def month_begin(now: datetime, zone: tzinfo) -> datetime:
    """When the current month began by the clock in a zone; in UTC."""
    return midnight(now.astimezone(zone).date().replace(day=1), zone)


def is_summer_time(local: datetime) -> bool:
    """Whether it is summer time, north or south of the equator.

    Not by `dst()`, which is negative in Ireland's winter.
    """
    zone = local.tzinfo
    january, july = (_offset(datetime(local.year, month, 1, tzinfo=UTC), zone) for month in (1, 7))
    return _offset(local, zone) > min(january, july)


def _offset(moment: datetime, zone: tzinfo | None) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _change(early: datetime, late: datetime, zone: tzinfo) -> datetime:
    """The moment between the two at which the offset changes, by bisection."""
    while late - early > _PRECISION:
        middle = early + (late - early) / 2
        early, late = (early, middle) if _offset(middle, zone) == _offset(late, zone) else (middle, late)
    return late.replace(microsecond=0)
