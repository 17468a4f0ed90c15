"""When tomorrow's prices are published, and when it makes sense to ask for them.

Day-ahead prices are those of a day in central European time, wherever one lives in the
coupled market, and come out for the whole of tomorrow at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.placeholder import is_placeholder

MARKET = ZoneInfo("Europe/Brussels")
PUBLISHED_FROM = time(12, 45)
"""The auction's result is there some minutes later, on bad days after two o'clock."""
_PAUSES_WHILE_DUE = ((time(15), timedelta(minutes=5)), (time(18), timedelta(minutes=15)))
_LONGEST_PAUSE = timedelta(minutes=30)
_PAUSES_AFTER_FAILURES = (
    timedelta(seconds=20),  # Home Assistant has just started and knows no actions yet
    timedelta(seconds=40),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
_DAY = timedelta(days=1)
_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAsk:
    """How it went the last time."""

    at: datetime
    failures: int = 0
    """In a row, this one included; an answer that today's prices are not in is one."""


def next_ask(now: datetime, known: PriceCurve, last: LastAsk | None) -> datetime:
    """When to ask for prices; a moment that has passed means now.

    Once after the start; then while something is missing that ought to be there, with pauses
    that grow; else when the next day is to be published.
    """
    if last is None:
        return now
    if last.failures:
        return min(last.at + _pause_after(last.failures), _publication_after(last.at))
    if missing_days(now, known):
        return min(last.at + _pause_while_due(last.at), _publication_after(last.at))
    return _publication_after(now)


def due_days(now: datetime) -> Sequence[date]:
    """Today, and tomorrow from when its prices may be out; as the market counts days."""
    today = _market_day(now)
    return [today] if now < _published_from(today) else [today, today + _DAY]


def missing_days(now: datetime, known: PriceCurve) -> Sequence[date]:
    """Those of the due days whose prices do not reach from now on to the end of the day."""
    return [day for day in due_days(now) if not _is_known(day, now, known)]


def without_placeholders(curve: PriceCurve, known: PriceCurve, now: datetime, zone: tzinfo) -> PriceCurve:
    """What a source tells, but for days that it fills with one number before their prices can be out.

    Args:
        known: Prices of the days before; a price that never changes is no placeholder.
    """
    last_due = due_days(now)[-1]
    days = {slot.start.astimezone(zone).date() for slot in curve.slots if not slot.is_estimate}
    early = [day for day in days if day > last_due]
    whole = curve.filled_from(known) if early else curve
    made_up = {day for day in early if is_placeholder(whole, day, zone)}
    if not made_up:
        return curve
    told = [slot for slot in curve.slots if slot.is_estimate or slot.start.astimezone(zone).date() not in made_up]
    return PriceCurve(told, curve.currency)


def span_of(day: date) -> tuple[datetime, datetime]:
    """Beginning and end of a day of the market, 23 to 25 hours apart."""
    return _moment(day, time()), _moment(day + _DAY, time())


def _is_known(day: date, now: datetime, known: PriceCurve) -> bool:
    """A hole in between stays one, however often one asks."""
    start, end = span_of(day)
    return all(known.price_at(moment) is not None for moment in (max(now, start), end - _INSTANT))


def _market_day(now: datetime) -> date:
    return now.astimezone(MARKET).date()


def _published_from(day: date) -> datetime:
    return _moment(day, PUBLISHED_FROM)


def _publication_after(moment: datetime) -> datetime:
    today = _market_day(moment)
    return _published_from(today) if moment < _published_from(today) else _published_from(today + _DAY)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, MARKET).astimezone(UTC)


def _pause_after(failures: int) -> timedelta:
    return _PAUSES_AFTER_FAILURES[failures - 1] if failures <= len(_PAUSES_AFTER_FAILURES) else _LONGEST_PAUSE


def _pause_while_due(at: datetime) -> timedelta:
    local = at.astimezone(MARKET).time()
    pauses = (pause for until, pause in _PAUSES_WHILE_DUE if PUBLISHED_FROM <= local < until)
    return next(pauses, _LONGEST_PAUSE)
