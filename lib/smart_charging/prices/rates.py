"""Amounts per kWh that apply at some hours and days: grid fees, taxes, fixed prices."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceSlot
from smart_charging.prices.wall_time import is_summer_time

MINUTES_A_DAY = 24 * 60
_SUNDAY = 6
T = TypeVar("T", bound="Times")


@dataclass(frozen=True, slots=True)
class Days:
    """From one date to another, both included; None is open."""

    first: date | None
    last: date | None

    def __contains__(self, day: object) -> bool:
        return (
            isinstance(day, date)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )


@dataclass(frozen=True, slots=True)
class YearlyDays:
    """From one month and day to another, both included, of every year; may go over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        is_after, is_before = self.first <= (day.month, day.day), (day.month, day.day) <= self.last
        return is_after and is_before if self.first <= self.last else is_after or is_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Some hours and days; without conditions all time."""

    from_minute: int = 0
    to_minute: int = MINUTES_A_DAY
    """Of the local day, `[from_minute, to_minute)`; may span midnight, but each date is checked by itself."""
    months: Sequence[int] = ()
    """1 is January."""
    weekdays: Sequence[int] = ()
    """0 is Monday; a holiday counts as Sunday, 6."""
    days: Container[date] | None = None
    is_summer_time: bool | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.from_minute <= MINUTES_A_DAY and 0 <= self.to_minute <= MINUTES_A_DAY):
            raise PriceError(f"from minute {self.from_minute} to {self.to_minute}: a day has 0 to {MINUTES_A_DAY}")

    def holds(self, local: datetime, weekday: int) -> bool:
        """Whether a local time is among them, given the weekday that it counts as."""
        return (
            self._is_hour(local)
            and (not self.months or local.month in self.months)
            and (not self.weekdays or weekday in self.weekdays)
            and (self.days is None or local.date() in self.days)
            and (self.is_summer_time is None or self.is_summer_time == is_summer_time(local))
        )

    def _is_hour(self, local: datetime) -> bool:
        minute = local.hour * 60 + local.minute
        if self.from_minute < self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Times):
    """An amount and when it applies."""

    per_kwh: float


def flat(per_kwh: float) -> Sequence[Rate]:
    """The same amount at any time."""
    return (Rate(per_kwh=per_kwh),)


def rate_at(rates: Sequence[Rate], local: datetime, holidays: Container[date]) -> float | None:
    """The amount of the first rate that applies at a local time; None where none does."""
    rate = first_at(rates, local, holidays)
    return None if rate is None else rate.per_kwh


def first_at(times: Iterable[T], local: datetime, holidays: Container[date]) -> T | None:
    """The first that holds at a local time; a holiday counts as a Sunday."""
    weekday = _SUNDAY if local.date() in holidays else local.weekday()
    return next((one for one in times if one.holds(local, weekday)), None)


def edges_of(rates: Sequence[Rate]) -> Sequence[int]:
    """Minutes of the local day at which an amount may change: those of the rates, and the full hours.

    Dates and clocks change on the hour, too.
    """
    written = (minute for rate in rates for minute in (rate.from_minute, rate.to_minute))
    return sorted({*range(0, MINUTES_A_DAY + 1, 60), *written})


def cut(slot: PriceSlot, edges: Sequence[int], zone: tzinfo) -> Iterator[PriceSlot]:
    """The slot cut at these minutes of the local day; the last edge must be midnight."""
    start = slot.start
    while start < slot.end:
        local = start.astimezone(zone)
        minute = local.hour * 60 + local.minute
        into_day = timedelta(minutes=minute, seconds=local.second, microseconds=local.microsecond)
        edge = next(edge for edge in edges if edge > minute)
        end = min(slot.end, start + timedelta(minutes=edge) - into_day)
        yield slot.clipped(start, end)
        start = end
