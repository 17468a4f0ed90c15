"""When tomorrow's prices are published, and when to call a price action.

Day-ahead prices are for a day in central European time everywhere in the coupled market,
and are published for the whole of tomorrow at once.
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
"""The auction's result comes some minutes later, on bad days after two o'clock."""
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
    """The last call of the action."""

    at: datetime
    failures: int = 0
    """Failures in a row, including this one; an answer without today's prices is a failure."""


def next_ask(now: datetime, known: PriceCurve, last: LastAsk | None) -> datetime:
    """When to call the action next; a moment in the past means now.

    Once after the start; then, with growing pauses, while prices are missing that should be
    published; else when the next day is published.
    """
    if last is None:
        return now
    if last.failures:
        return min(last.at + _pause_after(last.failures), _publication_after(last.at))
    if missing_days(now, known):
        return min(last.at + _pause_while_due(last.at), _publication_after(last.at))
    return _publication_after(now)


def due_days(now: datetime) -> Sequence[date]:
    """Today, and tomorrow once its prices may be published; in the market's time zone."""
    today = _market_day(now)
    return [today] if now < _published_from(today) else [today, today + _DAY]


def missing_days(now: datetime, known: PriceCurve) -> Sequence[date]:
    """The due days without prices from now to the end of the day."""
    return [day for day in due_days(now) if not _is_known(day, now, known)]


def without_placeholders(curve: PriceCurve, known: PriceCurve, now: datetime, zone: tzinfo) -> PriceCurve:
    """The curve without days that the source fills with a single number before their prices are published.

    Args:
        known: Prices of the days before; a price that never changes is not a placeholder.
    """
    last_due = due_days(now)[-1]
    days = {slot.start.astimezone(zone).date() for slot in curve.slots if not slot.is_estimate}
    early = [day for day in days if day > last_due]
    whole = curve.filled_from(known) if early else curve
    made_up = {day for day in early if is_placeholder(whole, day, zone)}
    if not made_up:
        return curve
    kept = [slot for slot in curve.slots if slot.is_estimate or slot.start.astimezone(zone).date() not in made_up]
    return PriceCurve(kept, curve.currency)


def span_of(day: date) -> tuple[datetime, datetime]:
    """Beginning and end of a day in the market's time zone, 23 to 25 hours apart."""
    return _moment(day, time()), _moment(day + _DAY, time())


def _is_known(day: date, now: datetime, known: PriceCurve) -> bool:
    """Only now and the end of the day are checked: a gap in between would not be filled by asking again."""
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
