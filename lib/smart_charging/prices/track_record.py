"""How right our forecast and another have been, and what they make together.

Both are compared by the hour with what was published later, by the number of days ahead. Of two estimates of one price
the mean that errs least has weights inverse to their squared errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Self

from smart_charging.prices.curve import PriceCurve

DAYS = 7
"""Ahead that are told apart; what is later is like the last of them."""
_KEPT_A_DAY = 0.95
"""Of earlier errors when a day's are added: half is left in two weeks."""
_BELIEVED = 48.0
"""With the errors of so many hours, half of what they say is believed."""
_AT_FIRST, _AT_MOST = 0.5, 0.95
"""The other's share before anything is known of it, and however right it has been."""
_DAY, _HOUR, _QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """By how much a forecast was too high, so many days ahead; older errors fade."""

    count: float = 0.0
    mean: float = 0.0
    square: float = 0.0
    """The mean of squares."""

    @property
    def belief(self) -> float:
        """How much they say, 0 to 1."""
        return self.count / (self.count + _BELIEVED)

    @property
    def spread(self) -> float:
        """The squared error that is left when the mean error is taken off."""
        return max(0.0, self.square - self.mean**2)

    def and_a_day(self, errors: Sequence[float]) -> Errors:
        """With the errors of one more day."""
        kept = self.count * _KEPT_A_DAY
        count = kept + len(errors)
        return Errors(
            count=count,
            mean=(kept * self.mean + sum(errors)) / count,
            square=(kept * self.square + sum(error**2 for error in errors)) / count,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastsMade:
    """Both forecasts as they were when prices were published until a certain time."""

    known_until: datetime
    ours: Sequence[float | None]
    """By the hour, from then on; None where there is no forecast."""
    theirs: Sequence[float | None]

    @classmethod
    def now(cls, known_until: datetime, ours: PriceCurve, theirs: PriceCurve) -> Self:
        """Those for the `DAYS` from `known_until` on."""
        hours = [known_until + hour * _HOUR for hour in range(DAYS * _DAY // _HOUR)]
        return cls(
            known_until=known_until,
            ours=[_price_of(ours, hour) for hour in hours],
            theirs=[_price_of(theirs, hour) for hour in hours],
        )

    @property
    def end(self) -> datetime:
        """When there is nothing more to be judged."""
        return self.known_until + len(self.ours) * _HOUR

    def errors(self, published: PriceCurve, since: datetime) -> Iterator[tuple[int, float, float]]:
        """The day ahead, our error and theirs, for each hour whose price was published `since`."""
        first = max(0, -((self.known_until - since) // _HOUR))
        for hour in range(first, len(self.ours)):
            if (price := _price_of(published, self.known_until + hour * _HOUR)) is None:
                return
            ours, theirs = self.ours[hour], self.theirs[hour]
            if ours is not None and theirs is not None:
                yield _day(hour * _HOUR), ours - price, theirs - price


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """The errors of our forecast and of another, for each number of days ahead."""

    ours: Sequence[Errors] = (Errors(),) * DAYS
    theirs: Sequence[Errors] = (Errors(),) * DAYS

    def judged(self, made: Sequence[ForecastsMade], published: PriceCurve, since: datetime) -> TrackRecord:
        """With the errors of forecasts for what was published `since`."""
        fresh = [error for forecasts in made for error in forecasts.errors(published, since)]
        ours, theirs = list(self.ours), list(self.theirs)
        for day in {day for day, _, _ in fresh}:
            ours[day] = ours[day].and_a_day([error for ahead, error, _ in fresh if ahead == day])
            theirs[day] = theirs[day].and_a_day([error for ahead, _, error in fresh if ahead == day])
        return TrackRecord(ours=ours, theirs=theirs)

    def mixed(self, ours: float, theirs: float, ahead: timedelta) -> float:
        """Our price and theirs, less their usual error, by how right each has been so long ahead."""
        day = _day(ahead)
        return ours + self.share_of_theirs(day) * (theirs - self._usual_error(day) - ours)

    def share_of_theirs(self, day: int) -> float:
        """What their price counts so many days ahead, 0 to 1."""
        return min(_AT_MOST, self._by_belief(day, self._deserved, _AT_FIRST))

    def _usual_error(self, day: int) -> float:
        return self._by_belief(day, lambda ahead: self.theirs[ahead].mean, 0.0)

    def _deserved(self, day: int) -> float:
        ours, theirs = self.ours[day].spread, self.theirs[day].spread
        return ours / (ours + theirs) if ours + theirs else _AT_FIRST

    def _by_belief(self, day: int, told: Callable[[int], float], at_first: float) -> float:
        """What is told of the day; as far as that is not believed yet, what is told of those less far ahead."""
        value = at_first
        for ahead in range(day + 1):
            value += self.theirs[ahead].belief * (told(ahead) - value)
        return value


def _day(ahead: timedelta) -> int:
    return max(0, min(DAYS - 1, ahead // _DAY))


def _price_of(curve: PriceCurve, hour: datetime) -> float | None:
    """The mean price of an hour, None if a part of it is unknown."""
    prices = []
    for quarter in range(4):
        if (price := curve.price_at(hour + quarter * _QUARTER)) is None:
            return None
        prices.append(price)
    return fmean(prices)
