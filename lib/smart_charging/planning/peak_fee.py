"""What a grid company bills for the highest loads of a month."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from hashlib import sha256

from smart_charging.prices.rates import Times, first_at
from smart_charging.prices.wall_time import midnight

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


class Per(StrEnum):
    """What counts once, with its highest load."""

    DAY = "days"
    INTERVAL = "intervals"
    WEEK = "weeks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight(Times):
    """How much a load counts at some hours and days."""

    factor: float = 1.0


ALWAYS = (Weight(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakFee:
    """A fee for the highest mean loads over the clock's hours or quarters in a calendar month."""

    interval: timedelta = HOUR
    """Over which the meter takes a mean."""
    highest: int = 3
    """How many of the highest values count."""
    of: Per = Per.DAY
    is_nth: bool = False
    """Whether the last of them is billed rather than their mean."""
    weights: Sequence[Weight] = ALWAYS
    """The first that holds counts; at other times nothing is billed."""
    per_kw: float = 0.0
    """For a month."""
    steps: Sequence[tuple[float, float]] = ()
    """Instead: below how many kW a month costs how much; beyond the last step as much as within it."""
    from_kw: float = 0.0
    """Only what is above this is billed."""
    at_least_kw: float = 0.0
    """As much as this is billed in any case."""
    zone: tzinfo = UTC
    holidays: Container[date] = field(default=(), compare=False)

    @property
    def measure(self) -> str:
        """How loads become values; two fees with the same one have the same values."""
        weights = sha256(repr(self.weights).encode()).hexdigest()[:8]
        return f"{self.interval // timedelta(minutes=1)} min, {self.of}, {weights}"

    def factor_at(self, moment: datetime) -> float:
        """How much a load counts; 0 where it does not."""
        weight = first_at(self.weights, moment.astimezone(self.zone), self.holidays)
        return 0.0 if weight is None else weight.factor

    def interval_of(self, moment: datetime) -> datetime:
        """When the interval of a moment begins, in UTC: all zones with such fees differ from it by whole quarters."""
        moment = moment.astimezone(UTC)
        return moment - (moment - midnight(self._day(moment), self.zone)) % self.interval

    def period_of(self, moment: datetime) -> str:
        """The day, week or interval that counts once; begins with the month it is billed in, `2026-11`."""
        day = self._day(moment)
        match self.of:
            case Per.DAY:
                return day.isoformat()
            case Per.WEEK:
                return f"{day:%Y-%m} week {day.isocalendar().week}"
            case Per.INTERVAL:
                return f"{day:%Y-%m} {self.interval_of(moment):%d %H:%M}"

    def billed_kw(self, values_kw: Iterable[float]) -> float:
        """What is billed, given the values of a month's days, weeks or intervals; missing ones are 0."""
        top = sorted(values_kw, reverse=True)[: self.highest]
        last_kw = top[-1] if len(top) == self.highest else 0.0
        return max(last_kw if self.is_nth else sum(top) / self.highest, self.at_least_kw)

    def bill(self, values_kw: Iterable[float]) -> float:
        """What a month with these values costs."""
        billed = self.billed_kw(values_kw)
        if not self.steps:
            return self.per_kw * max(0.0, billed - self.from_kw)
        return next((fee for below_kw, fee in self.steps if billed < below_kw), self.steps[-1][1])

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


def month_of(period: str) -> str:
    """The month in which a period is billed."""
    return period[:7]


def day_of(period: str) -> str:
    """The day of an interval."""
    return period[:10]


def raised(values_kw: Mapping[str, float], new_kw: Mapping[str, float]) -> Mapping[str, float]:
    """The values by period, with the higher one where both have one."""
    return {**values_kw, **{period: max(kw, values_kw.get(period, 0.0)) for period, kw in new_kw.items()}}
