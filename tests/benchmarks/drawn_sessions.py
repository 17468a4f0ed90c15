"""Sessions of every kind, drawn with a seed, and what they cost at least."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum, auto
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.day_ahead_files import DAY, HOUR, QUARTER, WEEK, ZONE, Markets, local, markets
from benchmarks.planner_oracles import Car, Piece, cheapest_fill, cheapest_shared, cheapest_with_starts
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.forecast import LOOKS_BACK, PriceForecast

PUBLISHED_AT = 13 * HOUR + QUARTER
CLOCK_CHANGES = [
    date(2023, 3, 26), date(2023, 10, 29), date(2024, 3, 31), date(2024, 10, 27),
    date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 29),
]  # fmt: skip
POWERS_KW = (3.7, 7.4, 11.0)


class Feed(Enum):
    """When prices come."""

    USUAL = auto()
    LATE = auto()
    """Tomorrow's at midnight only."""
    SILENT = auto()
    """None but the day's when the car comes."""
    DEAD = auto()
    """None in the three days before the car comes, nor later."""


SharedOracle = Callable[[Sequence[Piece], Sequence[Car], float], float | None]


def day_after(moment: datetime) -> datetime:
    """The midnight at which its day ends."""
    return local(moment.astimezone(ZONE).date() + DAY)


def usually_published_until(now: datetime) -> datetime:
    today = now.astimezone(ZONE).date()
    return local(today + DAY * (2 if now >= local(today, PUBLISHED_AT) else 1))


@dataclass(frozen=True, kw_only=True)
class Session:
    """A car that comes and leaves."""

    prices: PriceCurve
    """From four weeks before until a day after."""
    arrives_at: datetime
    leaves_at: datetime
    kwh: float
    power_kw: float
    feed: Feed = Feed.USUAL

    def published_until(self, now: datetime) -> datetime:
        match self.feed:
            case Feed.USUAL:
                return usually_published_until(now)
            case Feed.LATE:
                return day_after(now)
            case Feed.SILENT:
                return day_after(self.arrives_at)
            case Feed.DEAD:
                return usually_published_until(self.arrives_at - 3 * DAY)

    def pieces(self, start: datetime | None = None, end: datetime | None = None) -> list[Piece]:
        slots = self.prices.between(start or self.arrives_at, end or self.leaves_at)
        return [Piece(slot.length / HOUR, slot.price_per_kwh) for slot in slots]

    @property
    def possible_kwh(self) -> float:
        return min(self.kwh, (self.leaves_at - self.arrives_at) / HOUR * self.power_kw)

    def optimum(self, kwh: float, start_cost: float) -> float:
        """What so much energy costs at least, with starts."""
        if start_cost:
            return cheapest_with_starts(self.pieces(), kwh, self.power_kw, start_cost)
        return cheapest_fill(self.pieces(), kwh, self.power_kw)


class KnownPrices:
    """What the apps know of the prices of a session, as they come."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: tuple[datetime, datetime] | None = None
        self.curve = self.history = PriceCurve()

    def read(self, now: datetime) -> None:
        """`history` is what is published, `curve` that from midnight on, with estimates until the departure."""
        until, hour = self._session.published_until(now), now.replace(minute=0, second=0, microsecond=0)
        if self._known and self._known[0] == until and (until >= self._session.leaves_at or self._known[1] == hour):
            return
        self._known = until, hour
        self.history = self._session.prices.between(until - LOOKS_BACK, until)
        self.curve = self.history.between(local(now.astimezone(ZONE).date()), until)
        if until < self._session.leaves_at:
            guessed = PriceForecast(self.history, ZONE).slots(hour, self._session.leaves_at)
            self.curve = self.curve.filled_from(PriceCurve(list(guessed)))


@dataclass(frozen=True, kw_only=True)
class Evening:
    """Cars on one fuse."""

    sessions: Sequence[Session]
    limit_kw: float

    def optimum(self, oracle: SharedOracle = cheapest_shared) -> float | None:
        """Starts being free."""
        edges = {slot.start for slot in self.sessions[0].prices}
        edges |= {edge for session in self.sessions for edge in (session.arrives_at, session.leaves_at)}
        first, last = min(s.arrives_at for s in self.sessions), max(s.leaves_at for s in self.sessions)
        times = sorted(edge for edge in edges if first <= edge <= last)
        pieces = [piece for a, b in pairwise(times) for piece in self.sessions[0].pieces(a, b)]
        cars = [
            Car(one.kwh, one.power_kw, times.index(one.arrives_at), times.index(one.leaves_at)) for one in self.sessions
        ]
        return oracle(pieces, cars, self.limit_kw)

    def is_possible(self, reserve: float) -> bool:
        """Whether all could still be ready, with a reserve, if none had charged before the last one came."""
        last = max(session.arrives_at for session in self.sessions)
        sessions = [replace(one, arrives_at=last, kwh=one.kwh * (1 + reserve)) for one in self.sessions]
        return replace(self, sessions=sessions).optimum() is not None


class Sessions:
    """Sessions of every kind, drawn with a seed."""

    def __init__(self, seed: int, folder: Path | None) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - for a benchmark
        self.quarters = markets(folder, "15min", self._rng)
        self.hours = markets(folder, "60min", self._rng)

    def some(self, count: int, draw: Callable[[], Session | None]) -> list[Session]:
        """As many as asked, each of which has the time it needs."""
        drawn: list[Session] = []
        while len(drawn) < count:
            if session := draw():
                drawn.append(session)
        return drawn

    def evening(self, markets: Markets, **more: Any) -> Session | None:
        return self._session(markets, self._day(markets), (16, 22), (5.5, 8.5), **more)

    def morning(self, markets: Markets) -> Session | None:
        return self._session(markets, self._day(markets), (6, 13), (5.5, 8.5))

    def clock_change(self, markets: Markets) -> Session | None:
        return self._session(markets, self._rng.choice(CLOCK_CHANGES) - DAY, (16, 22), (5, 8))

    def tight(self, markets: Markets) -> Session | None:
        session = self._session(markets, self._day(markets), (18, 23), (5.5, 8.5), kwh=1.0)
        share = self._rng.uniform(0.9, 1.05)
        return session and replace(
            session, kwh=share * session.power_kw * ((session.leaves_at - session.arrives_at) / HOUR)
        )

    def shared(self) -> Evening:
        """Two or three cars that fit with 15 % to spare, though not all at once."""
        while True:
            day, market = self._day(self.quarters), self._rng.choice(list(self.quarters))
            is_mixed = self._rng.random() < 0.5
            cars = [
                session
                for _ in range(self._rng.choice((2, 3)))
                if (
                    session := self._session(
                        {market: self.quarters[market]}, day, (16, 20), (6, 8.5), power_kw=None if is_mixed else 11.0
                    )
                )
            ]
            total_kw = sum(car.power_kw for car in cars)
            limit_kw = max((car.power_kw for car in cars), default=0) * self._rng.uniform(1.0, 1.6)
            evening = Evening(sessions=cars, limit_kw=limit_kw)
            if len(cars) > 1 and limit_kw < total_kw and evening.is_possible(0.15):
                return evening

    def _day(self, markets: Markets) -> date:
        prices = self._rng.choice(list(markets.values())).slots
        days = (prices[-1].end - prices[0].start).days
        return (prices[0].start + DAY * self._rng.randrange(8, days - 2)).astimezone(ZONE).date()

    def _session(
        self,
        markets: Markets,
        day: date,
        arrives: tuple[float, float],
        leaves: tuple[float, float],
        *,
        kwh: float | None = None,
        power_kw: float | None = None,
        **more: Any,
    ) -> Session | None:
        """None if no market has prices for the day, or the car could not be ready."""
        rng = self._rng
        arrives_at = local(day, timedelta(minutes=rng.randrange(*(int(hour * 60) for hour in arrives))))
        leaves_at = local(day + DAY, timedelta(minutes=rng.randrange(*(int(hour * 60) for hour in leaves))))
        known = [
            curve
            for curve in markets.values()
            if curve.slots[0].start <= arrives_at - WEEK and leaves_at + DAY <= curve.slots[-1].end
        ]
        power_kw, kwh = power_kw or rng.choice(POWERS_KW), kwh or rng.uniform(5, 50)
        if not known or kwh > 0.95 * power_kw * ((leaves_at - arrives_at) / HOUR):
            return None
        return Session(
            prices=rng.choice(known).between(arrives_at - LOOKS_BACK - 3 * DAY, leaves_at + DAY),
            arrives_at=arrives_at,
            leaves_at=leaves_at,
            kwh=kwh,
            power_kw=power_kw,
            **more,
        )
