"""A time in which nothing may be charged but the minimum, and how calendars write one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from smart_charging.planning.plan import Block
from smart_charging.prices.wall_time import midnight, moments_of
from smart_charging.printable import printable

_LONGEST_NAME = 60
_DATE_LENGTH = len("2026-12-24")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenTime(Block):
    """From when until when, and for what reason."""

    name: str
    """What a person reads: the title of the calendar's event, or the entity's name."""
    is_open_ended: bool = False
    """Whether nobody knows when it is over; it lasts until `end` at least."""


def named(text: object, *, instead: str) -> str:
    """What to call an event, fit for a sentence."""
    return printable(text, most=_LONGEST_NAME) if isinstance(text, str) and text.strip() else instead


def listed(answer: Mapping[str, Any], calendar: str, zone: tzinfo) -> Iterator[ForbiddenTime]:
    """The events in a response of `calendar.get_events`; rows that make no sense are left out.

    Source: https://www.home-assistant.io/actions/calendar.get_events
    """
    told = answer.get(calendar)
    rows = told.get("events") if isinstance(told, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping):
            yield from _event(row.get("start"), row.get("end"), row.get("summary"), calendar, zone)


def shown(attributes: Mapping[str, Any], calendar: str, zone: tzinfo) -> Iterator[ForbiddenTime]:
    """The one event, running or next, that a calendar entity's attributes tell."""
    yield from _event(
        attributes.get("start_time"), attributes.get("end_time"), attributes.get("message"), calendar, zone
    )


def _event(start: object, end: object, name: object, calendar: str, zone: tzinfo) -> Iterator[ForbiddenTime]:
    try:
        first, last = _moment(start, zone), _moment(end, zone)
    except (ValueError, OverflowError):
        return
    if first < last:
        yield ForbiddenTime(start=first, end=last, name=named(name, instead=calendar))


def _moment(value: object, zone: tzinfo) -> datetime:
    """A moment with or without its offset, or a day, which begins at midnight."""
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004  # one kind of error for all
    if len(value) == _DATE_LENGTH:
        return midnight(date.fromisoformat(value), zone)
    at = datetime.fromisoformat(value)
    return at.astimezone(UTC) if at.tzinfo else moments_of(at, zone)[0]
