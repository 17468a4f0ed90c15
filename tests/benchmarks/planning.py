"""How good the plans are, on real prices, and how long they take.

    pip install scipy
    PYTHONPATH=lib:tests python -m benchmarks.planning --prices DIR

DIR holds a CSV for every zone, `<zone>_15min.csv` or `<zone>_60min.csv`, with the columns start_utc, price and
unit (EUR/MWh). Without it prices are made up. Every session is driven in steps of a minute: the planner sees what
is published by then, plans again when prices come and every quarter of an hour, and is compared with the optimum
for one who knew all prices in advance.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum, auto
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.planner_oracles import (
    Car,
    Piece,
    cheapest_fill,
    cheapest_modulated,
    cheapest_shared,
    cheapest_with_starts,
)
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.replan import replan, replan_shared
from smart_charging.planning.search.optimum import exact_times
from smart_charging.planning.search.segments import Rules
from smart_charging.planning.search.sorted_fill import sorted_fill
from smart_charging.planning.shared import shared_plan
from smart_charging.planning.window import MICROSECOND, price_spans, segments_of
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.forecast import LOOKS_BACK, PriceForecast
from smart_charging.prices.wall_time import moments_of

ZONE = ZoneInfo("Europe/Copenhagen")
MINUTE, QUARTER, HOUR, DAY = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY
PUBLISHED_AT = 13 * HOUR + QUARTER
SHARED = Path(__file__).parents[3] / "shared" / "prices"
CLOCK_CHANGES = [
    date(2023, 3, 26), date(2023, 10, 29), date(2024, 3, 31), date(2024, 10, 27),
    date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 29),
]  # fmt: skip
NEAR_ZERO = 0.05
"""Of what costs less, a ratio says nothing."""
POWERS_KW = (3.7, 7.4, 11.0)

Markets = Mapping[str, PriceCurve]


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


def local(day: date, after: timedelta = timedelta(0)) -> datetime:
    """The moment when clocks show a time of a day."""
    return moments_of(datetime.combine(day, datetime.min.time()) + after, ZONE)[0]


def day_after(moment: datetime) -> datetime:
    """The midnight at which its day ends."""
    return local(moment.astimezone(ZONE).date() + DAY)


def usually_published_until(now: datetime) -> datetime:
    today = now.astimezone(ZONE).date()
    return local(today + DAY * (2 if now >= local(today, PUBLISHED_AT) else 1))


def read_csv(path: Path) -> PriceCurve:
    step = QUARTER if "15min" in path.name else HOUR
    with path.open(encoding="utf-8") as lines:
        rows = [(datetime.fromisoformat(row["start_utc"]), float(row["price"])) for row in csv.DictReader(lines)]
    return PriceCurve(
        [PriceSlot(start=at, end=at + step, price_per_kwh=price / 1000 * 1.25 + 0.12) for at, price in rows], "EUR"
    )


def made_up(step: timedelta, rng: random.Random) -> PriceCurve:
    """Three years with a cheap night, a dear evening, some wind and some noise."""
    slots, wind, at = [], 0.0, local(date(2023, 1, 1))
    while at < local(date(2026, 5, 1)):
        wind = 0.995 * wind + rng.gauss(0, 0.006)
        hour = at.astimezone(ZONE).hour
        price = 0.2 - 0.06 * math.cos(math.tau * (hour - 3) / 12) * (hour > 5) + wind + rng.gauss(0, 0.01)
        slots.append(PriceSlot(start=at, end=at + step, price_per_kwh=price))
        at += step
    return PriceCurve(slots, "EUR")


def markets(folder: Path | None, step: str, rng: random.Random) -> Markets:
    paths = sorted(folder.glob(f"*_{step}.csv")) if folder else []
    return {path.stem: read_csv(path) for path in paths} or {"made up": made_up(QUARTER if "15" in step else HOUR, rng)}


@dataclass(frozen=True, kw_only=True)
class Session:
    """A car that comes and leaves."""

    prices: PriceCurve
    """From four weeks before until a day after."""
    arrives_at: datetime
    leaves_at: datetime
    kwh: float
    power_kw: float
    start_cost: float = 0.0
    feed: Feed = Feed.USUAL
    forecasts: dict[datetime, PriceForecast] = field(default_factory=dict, compare=False)
    """By the end of the published prices."""

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

    def curve(self, now: datetime) -> PriceCurve:
        """What the planner plans with: prices where they are published, estimates beyond."""
        until = self.published_until(now)
        known = self.prices.between(now, until)
        if until >= self.leaves_at:
            return known
        if until not in self.forecasts:
            self.forecasts[until] = PriceForecast(self.prices.between(until - LOOKS_BACK, until), ZONE)
        return known.filled_from(PriceCurve(list(self.forecasts[until].slots(now, self.leaves_at))))

    def pieces(self, start: datetime | None = None, end: datetime | None = None) -> list[Piece]:
        slots = self.prices.between(start or self.arrives_at, end or self.leaves_at)
        return [Piece(slot.length / HOUR, slot.price_per_kwh) for slot in slots]

    @property
    def possible_kwh(self) -> float:
        return min(self.kwh, (self.leaves_at - self.arrives_at) / HOUR * self.power_kw)

    def optimum(self) -> float:
        if self.start_cost:
            return cheapest_with_starts(self.pieces(), self.possible_kwh, self.power_kw, self.start_cost)
        return cheapest_fill(self.pieces(), self.possible_kwh, self.power_kw)

    def need(self, driven: Driven) -> Need:
        left = max(0.0, self.kwh - driven.kwh)
        return Need(
            energy_kwh=left, power_kw=self.power_kw, ready_by=self.leaves_at, margin=timedelta(0), goes_on=False
        )


@dataclass(kw_only=True)
class Driven:
    """What came of a session."""

    kwh: float = 0.0
    cost: float = 0.0
    starts: int = 0
    is_running: bool = False
    plan_ms: list[float] = field(default_factory=list)

    def charge(self, session: Session, plan: Plan, now: datetime) -> float:
        """A minute of the plan; tells the power."""
        on = sum(
            (max(timedelta(0), min(block.end, now + MINUTE) - max(block.start, now)) for block in plan.blocks),
            timedelta(0),
        )
        price = session.prices.price_at(now)
        assert price is not None
        self.kwh += session.power_kw * on / HOUR
        self.cost += session.power_kw * on / HOUR * price
        if on and not self.is_running:
            self.starts += 1
            self.cost += session.start_cost
        self.is_running = bool(on) and plan.is_active(now + MINUTE - timedelta(microseconds=1))
        return session.power_kw if on else 0.0


def drive(session: Session, *, keep_threshold: float = 0.0) -> Driven:
    driven, plan, now = Driven(), None, session.arrives_at
    preferences = Preferences(start_cost=session.start_cost, keep_threshold=keep_threshold)
    while now < session.leaves_at:
        is_news = session.published_until(now) != session.published_until(now - MINUTE)
        if plan is None or is_news or now.minute % 15 == 0:
            curve, need = session.curve(now), session.need(driven)
            began = time.perf_counter()
            plan = replan(curve, need, now, plan, preferences=preferences, is_running=driven.is_running)
            driven.plan_ms.append((time.perf_counter() - began) * 1000)
        driven.charge(session, plan, now)
        now += MINUTE
    return driven


@dataclass(frozen=True, kw_only=True)
class Evening:
    """Cars on one fuse."""

    sessions: Sequence[Session]
    limit_kw: float

    def optimum(self, oracle: SharedOracle = cheapest_shared) -> float | None:
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


def drive_evening(evening: Evening) -> list[Driven]:
    """Plan at each arrival and each quarter of an hour, knowing only the cars that are there."""
    sessions = evening.sessions
    driven = [Driven() for _ in sessions]
    plans: Mapping[str, Plan] = {}
    now, end = min(s.arrives_at for s in sessions), max(s.leaves_at for s in sessions)
    while now < end:
        there = [i for i, one in enumerate(sessions) if one.arrives_at <= now < one.leaves_at]
        if now.minute % 15 == 0 or any(sessions[i].arrives_at == now for i in there):
            requests = [
                ChargeRequest(charger_id=str(i), need=sessions[i].need(driven[i]), is_running=driven[i].is_running)
                for i in there
            ]
            began = time.perf_counter()
            curve = sessions[0].prices.between(now, end)
            plans = replan_shared(curve, requests, plans, limit_kw=evening.limit_kw, now=now)
            driven[0].plan_ms.append((time.perf_counter() - began) * 1000)
        for moment in (now, now + MINUTE / 2):
            taken = sum(sessions[i].power_kw for i in there if str(i) in plans and plans[str(i)].is_active(moment))
            assert taken <= evening.limit_kw + 1e-9, "the fuse would have blown"
        for i in there:
            driven[i].charge(sessions[i], plans[str(i)], now)
        now += MINUTE
    return driven


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


def print_row(name: str, pairs: Sequence[tuple[Session, Driven]], ratios: Sequence[float]) -> None:
    missed = sum(driven.kwh < 0.99 * session.possible_kwh for session, driven in pairs)
    starts = fmean(driven.starts for _, driven in pairs)
    plan_ms = median(ms for _, driven in pairs for ms in driven.plan_ms)
    print(
        f"| {name} | {len(pairs)} | {fmean(ratios):.4f} | {max(ratios):.6f} | {missed / len(pairs):.1%} "
        f"| {starts:.1f} | {plan_ms:.1f} |",
        flush=True,
    )


def judge(name: str, sessions: Sequence[Session]) -> None:
    pairs = [(session, drive(session)) for session in sessions]
    ratios = [driven.cost / best for session, driven in pairs if (best := session.optimum()) > NEAR_ZERO]
    print_row(name, pairs, ratios)


def judge_shared(name: str, evenings: Sequence[Evening]) -> None:
    driven = [(evening, drive_evening(evening)) for evening in evenings]
    pairs = [pair for evening, some in driven for pair in zip(evening.sessions, some, strict=True)]
    oracles: Mapping[str, SharedOracle] = {"": cheapest_shared, ", against a plain LP": cheapest_modulated}
    for against, oracle in oracles.items():
        costs = [(sum(one.cost for one in some), evening.optimum(oracle) or 0) for evening, some in driven]
        print_row(name + against, pairs, [cost / best for cost, best in costs if best > NEAR_ZERO])


def print_unknown(sessions: Sessions, count: int) -> None:
    """Sessions whose prices are not all known when the car comes."""
    quarters = sessions.quarters
    judge("plugged in before tomorrow is known", sessions.some(count, lambda: sessions.morning(quarters)))
    feeds = {
        Feed.LATE: "tomorrow's prices come at midnight",
        Feed.SILENT: "tomorrow never arrives",
        Feed.DEAD: "no prices for three days",
    }
    for feed, name in feeds.items():
        judge(name, sessions.some(count, lambda feed=feed: sessions.evening(quarters, feed=feed)))  # type: ignore[misc]


def print_quality(sessions: Sessions, scale: float) -> None:
    def some(count: int, draw: Callable[[], Session | None]) -> list[Session]:
        return sessions.some(max(1, round(count * scale)), draw)

    quarters, hours = sessions.quarters, sessions.hours
    judge("evening, 15 minutes", some(300, lambda: sessions.evening(quarters)))
    judge("evening, hourly", some(300, lambda: sessions.evening(hours)))
    print_unknown(sessions, max(1, round(150 * scale)))
    judge("clock-change nights", some(120, lambda: sessions.clock_change({**quarters, **hours})))
    judge("tight, 90 to 105 %", some(80, lambda: sessions.tight(quarters)))
    for cost in (0.05, 0.2):
        judge(f"a start costs {cost:.2f}", some(120, lambda cost=cost: sessions.evening(quarters, start_cost=cost)))  # type: ignore[misc]
    judge_shared("two and three cars on one fuse", [sessions.shared() for _ in range(max(1, round(120 * scale)))])


def timed_ms(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def growth(prices: PriceCurve, chargers: int, slots: int, rng: random.Random) -> float:
    """Median time of a plan for chargers of which a third fit on the fuse, with a cost per start; in milliseconds."""
    times = []
    for _ in range(9 if chargers < 30 else 3):
        now = rng.choice(prices.slots[: -2 * slots]).start + 7 * MINUTE
        end = now + slots * QUARTER
        curve, preferences = prices.between(now, end), Preferences(start_cost=0.05)
        needs = [
            Need(energy_kwh=rng.uniform(10, 40), power_kw=rng.choice(POWERS_KW), ready_by=end - rng.random() * 8 * HOUR)
            for _ in range(chargers)
        ]
        requests = [
            ChargeRequest(charger_id=str(i), need=need, preferences=preferences) for i, need in enumerate(needs)
        ]
        began = time.perf_counter()
        if chargers == 1:
            cheapest_plan(curve, needs[0], now, preferences=preferences)
        else:
            shared_plan(curve, requests, limit_kw=max(11.0, chargers * 11 / 3), now=now)
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def print_growth(sessions: Sessions) -> None:
    rng = random.Random(1)  # noqa: S311 - for a benchmark
    prices = sessions.quarters[next(iter(sessions.quarters))]
    print("\n| chargers | 96 slots | 192 slots | 384 slots |\n|---|---|---|---|")
    for chargers in (1, 3, 10, 30, 100):
        cells = [f"{growth(prices, chargers, slots, rng):.1f} ms" for slots in (96, 192, 384)]
        print(f"| {chargers} | {' | '.join(cells)} |", flush=True)


def print_sorted(sessions: Sessions, windows: int) -> None:
    """How often sorting is certain of the cheapest times, and what that saves, in windows that begin within a slot."""
    rng = random.Random(2)  # noqa: S311 - for a benchmark
    print("\n| prices | windows | sorted | ms | by dynamic programme, ms |\n|---|---|---|---|---|")
    for name, prices in {**sessions.quarters, **sessions.hours}.items():
        sorted_ms, exact_ms = [], []
        for _ in range(windows):
            start = rng.choice(prices.slots[: -2 * DAY // prices.slots[0].length]).start + 7 * MINUTE
            segments = segments_of(
                price_spans(prices.between(start, start + 2 * DAY), start, start + 2 * DAY), prefers_late=False
            )
            wanted = timedelta(hours=rng.uniform(0.5, 14)) // MICROSECOND
            began = time.perf_counter()
            is_certain = sorted_fill(segments, wanted, Rules()) is not None
            ended = time.perf_counter()
            exact_times(segments, wanted, Rules())
            exact_ms.append((time.perf_counter() - ended) * 1000)
            sorted_ms += [(ended - began) * 1000] if is_certain else []
        share = len(sorted_ms) / windows
        print(f"| {name} | {windows} | {share:.1%} | {median(sorted_ms):.2f} | {median(exact_ms):.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, default=SHARED if SHARED.is_dir() else None, metavar="DIR")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the sessions to drive")
    parser.add_argument("--unknown", action="store_true", help="only the sessions with prices that are not known yet")
    arguments = parser.parse_args()
    sessions = Sessions(arguments.seed, arguments.prices)
    print("| sessions | cars | mean ratio | max | missed | starts | plan ms |\n|---|---|---|---|---|---|---|")
    if arguments.unknown:
        print_unknown(sessions, max(1, round(150 * arguments.scale)))
        return
    print_quality(sessions, arguments.scale)
    print_growth(sessions)
    print_sorted(sessions, max(1, round(200 * arguments.scale)))


if __name__ == "__main__":
    main()
