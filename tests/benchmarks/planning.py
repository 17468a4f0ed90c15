"""How good the plans are, on real prices, what they save, and how long they take.

    pip install scipy
    PYTHONPATH=lib:tests python -m benchmarks.planning --prices DIR

DIR holds a CSV for every zone, `<zone>_15min.csv` or `<zone>_60min.csv`, with the columns start_utc, price and
unit (EUR/MWh). Without it prices are made up. Every session is driven in steps of a minute, planned by the scheduler's
own code from arguments with their defaults: it knows the prices that are published by then, and is compared with the
optimum for one who knew all prices in advance. A start costs what the apps say it does, in plan and optimum alike.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean, median

from benchmarks.as_shipped import PURE_PLANNER, Asked, Planner, Shipped, margin_after
from benchmarks.day_ahead_files import DAY, HOUR, MINUTE, QUARTER, ZONE
from benchmarks.drawn_sessions import POWERS_KW, Evening, Feed, KnownPrices, Session, Sessions, SharedOracle
from benchmarks.planner_oracles import cheapest_modulated, cheapest_shared
from benchmarks.saved_money import print_savings
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.search.optimum import exact_times
from smart_charging.planning.search.segments import Rules
from smart_charging.planning.search.sorted_fill import sorted_fill
from smart_charging.planning.shared import shared_plan
from smart_charging.planning.window import MICROSECOND, price_spans, segments_of
from smart_charging.prices.curve import PriceCurve

NEAR_ZERO = 0.05
"""Of what costs less, a ratio says nothing."""
HEADING = (
    "| sessions | cars | mean ratio | all together | worst | missed | starts | longest plan, ms |\n"
    "|---|---|---|---|---|---|---|---|"
)
QUIET_NIGHTS = 10
AS_SHIPPED = Shipped(margin=margin_after(QUIET_NIGHTS))
FRESH = Shipped(margin=margin_after(0))
PURE = Shipped(arguments=PURE_PLANNER, margin=timedelta(0))


@dataclass(kw_only=True)
class Driven:
    """What came of a session."""

    start_cost: float = 0.0
    """As the apps have it."""
    kwh: float = 0.0
    paid: float = 0.0
    starts: int = 0
    is_running: bool = False
    plan_ms: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """With starts."""
        return self.paid + self.starts * self.start_cost

    def charge(self, session: Session, plan: Plan, now: datetime) -> None:
        """A minute of the plan."""
        on = sum(
            (max(timedelta(0), min(block.end, now + MINUTE) - max(block.start, now)) for block in plan.blocks),
            timedelta(0),
        )
        price = session.prices.price_at(now)
        assert price is not None
        self.kwh += session.power_kw * on / HOUR
        self.paid += session.power_kw * on / HOUR * price
        if on and not self.is_running:
            self.starts += 1
        self.is_running = bool(on) and plan.is_active(now + MINUTE - timedelta(microseconds=1))


class Drive:
    """Cars of one house, minute by minute."""

    def __init__(self, sessions: Sequence[Session], shipped: Shipped, fuse_kw: float | None = None) -> None:
        self._sessions = sessions
        self._planner = Planner(shipped, fuse_kw)
        self._cars = [shipped.car(one.kwh) for one in sessions]
        self._known = KnownPrices(max(sessions, key=lambda one: one.leaves_at))
        self._fuse_kw = fuse_kw
        self._known.read(sessions[0].arrives_at)
        costs = [car.preferences(ZONE, self._known.history, 0.0).start_cost for car in self._cars]
        self.driven = [Driven(start_cost=cost) for cost in costs]

    def run(self) -> list[Driven]:
        now, end = min(s.arrives_at for s in self._sessions), max(s.leaves_at for s in self._sessions)
        while now < end:
            there = [i for i, one in enumerate(self._sessions) if one.arrives_at <= now < one.leaves_at]
            if there:
                self._minute(there, now)
            now += MINUTE
        return self.driven

    def _minute(self, there: Sequence[int], now: datetime) -> None:
        self._known.read(now)
        began = time.perf_counter()
        plans = self._planner.plans([self._asked(i) for i in there], self._known.curve, self._known.history, now)
        self.driven[there[0]].plan_ms.append((time.perf_counter() - began) * 1000)
        if self._fuse_kw is not None:
            self._check_fuse(there, plans, now)
        for i in there:
            self.driven[i].charge(self._sessions[i], plans[str(i)], now)

    def _asked(self, i: int) -> Asked:
        session, driven = self._sessions[i], self.driven[i]
        return Asked(
            key=str(i),
            car=self._cars[i],
            had_kwh=driven.kwh,
            power_kw=session.power_kw,
            ready_by=session.leaves_at,
            is_running=driven.is_running,
        )

    def _check_fuse(self, there: Sequence[int], plans: Mapping[str, Plan], now: datetime) -> None:
        for moment in (now, now + MINUTE / 2):
            taken = sum(self._sessions[i].power_kw for i in there if plans[str(i)].is_active(moment))
            assert taken <= (self._fuse_kw or 0.0) + 1e-9, "the fuse would have blown"


def drive(session: Session, shipped: Shipped) -> Driven:
    [driven] = Drive([session], shipped).run()
    return driven


def print_row(name: str, pairs: Sequence[tuple[Session, Driven]], costs: Sequence[tuple[float, float]]) -> None:
    """Of the costs the second of each is the least."""
    ratios = [cost / best for cost, best in costs if best > NEAR_ZERO]
    together = sum(cost for cost, _ in costs) / sum(best for _, best in costs)
    missed = sum(driven.kwh < 0.989 * session.possible_kwh for session, driven in pairs)
    starts = fmean(driven.starts for _, driven in pairs)
    print(
        f"| {name} | {len(pairs)} | {fmean(ratios):.4f} | {together:.4f} | {max(ratios):.4f} "
        f"| {missed / len(pairs):.1%} | {starts:.1f} | {worst_ms(pairs):.0f} |",
        flush=True,
    )


def worst_ms(pairs: Sequence[tuple[Session, Driven]]) -> float:
    """The longest round of a session, in the median."""
    return median(max(driven.plan_ms) for _, driven in pairs if driven.plan_ms)


def judge(name: str, sessions: Sequence[Session], shipped: Shipped = AS_SHIPPED) -> None:
    pairs = [(session, drive(session, shipped)) for session in sessions]
    costs = [(driven.cost, session.optimum(driven.kwh, driven.start_cost)) for session, driven in pairs]
    assert all(cost > best - 1e-6 * abs(best) for cost, best in costs), f"{name}: cheaper than can be"
    print_row(name, pairs, costs)


def judge_shared(name: str, evenings: Sequence[Evening], shipped: Shipped = AS_SHIPPED) -> None:
    """No plan has fewer starts than cars: so many are added to the optimum, which knows no cost of them."""
    driven = [(evening, Drive(evening.sessions, shipped, evening.limit_kw).run()) for evening in evenings]
    pairs = [pair for evening, some in driven for pair in zip(evening.sessions, some, strict=True)]
    oracles: Mapping[str, SharedOracle] = {"": cheapest_shared, ", against chargers of any power": cheapest_modulated}
    for against, oracle in oracles.items():
        costs = [
            (sum(one.cost for one in some), (evening.optimum(oracle) or 0) + sum(one.start_cost for one in some))
            for evening, some in driven
        ]
        print_row(name + against, pairs, costs)


def print_unknown(sessions: Sessions, count: int) -> None:
    """Sessions whose prices are not all known when the car comes."""
    quarters = sessions.quarters
    feeds = {
        Feed.LATE: "tomorrow's prices come at midnight",
        Feed.SILENT: "tomorrow never arrives",
        Feed.DEAD: "no prices for three days",
    }
    rows = {"plugged in before tomorrow is known": sessions.some(count, lambda: sessions.morning(quarters))}
    for feed, name in feeds.items():
        rows[name] = sessions.some(count, lambda feed=feed: sessions.evening(quarters, feed=feed))  # type: ignore[misc]
    print_both(rows)


def print_both(rows: Mapping[str, Sequence[Session]]) -> None:
    for name, drawn in rows.items():
        judge(name, drawn)
        judge("- the planner alone", drawn, PURE)


def print_quality(sessions: Sessions, scale: float) -> None:
    def some(count: int, draw: Callable[[], Session | None]) -> list[Session]:
        return sessions.some(max(1, round(count * scale)), draw)

    quarters, hours = sessions.quarters, sessions.hours
    known = {
        "quarters of an hour": some(80, lambda: sessions.evening(quarters)),
        "hours": some(80, lambda: sessions.evening(hours)),
    }
    for step, evenings in known.items():
        judge(f"evening, {step}", evenings)
        judge(f"- fresh install, {step}", evenings, FRESH)
        judge(f"- the planner alone, {step}", evenings, PURE)
    for cost in (0.05, 0.2):
        dearer = Shipped(arguments={"start_cost": cost}, margin=AS_SHIPPED.margin)
        judge(f"a start costs {cost:.2f}", some(40, lambda: sessions.evening(quarters)), dearer)
    print_unknown(sessions, max(1, round(40 * scale)))
    print_both(
        {
            "clock-change nights": some(40, lambda: sessions.clock_change({**quarters, **hours})),
            "tight, 90 to 105 %": some(40, lambda: sessions.tight(quarters)),
        }
    )
    on_a_fuse = [sessions.shared() for _ in range(max(1, round(20 * scale)))]
    judge_shared("two and three cars on one fuse", on_a_fuse)
    judge_shared("- the planner alone", on_a_fuse, PURE)


def growth(prices: PriceCurve, chargers: int, slots: int, rng: random.Random) -> Sequence[float]:
    """CPU time of ten plans for chargers of which a third fit on the fuse, with a cost per start; in milliseconds."""
    times = []
    for _ in range(10):
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
        began = time.process_time()
        if chargers == 1:
            cheapest_plan(curve, needs[0], now, preferences=preferences)
        else:
            shared_plan(curve, requests, limit_kw=max(11.0, chargers * 11 / 3), now=now)
        times.append((time.process_time() - began) * 1000)
    return times


def print_growth(sessions: Sessions) -> None:
    rng = random.Random(1)  # noqa: S311 - for a benchmark
    prices = sessions.quarters[next(iter(sessions.quarters))]
    print("\nMedian of ten, and the slowest, in ms of CPU\n")
    print("| chargers | 96 slots | 192 slots | 384 slots |\n|---|---|---|---|")
    for chargers in (1, 3, 10, 30, 100):
        grown = [growth(prices, chargers, slots, rng) for slots in (96, 192, 384)]
        cells = [f"{median(times):.1f}, {max(times):.1f}" for times in grown]
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
    parser.add_argument("--prices", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the sessions to drive")
    parser.add_argument("--only", choices=["quality", "unknown", "savings", "times"], help="one part of the tables")
    arguments = parser.parse_args()
    sessions = Sessions(arguments.seed, arguments.prices)
    if arguments.only in {None, "quality", "unknown"}:
        print(HEADING)
    if arguments.only == "unknown":
        print_unknown(sessions, max(1, round(150 * arguments.scale)))
    if arguments.only in {None, "quality"}:
        print_quality(sessions, arguments.scale)
    if arguments.only in {None, "savings"}:
        print_savings({**sessions.quarters, **sessions.hours}, AS_SHIPPED)
    if arguments.only in {None, "times"}:
        print_growth(sessions)
        print_sorted(sessions, max(1, round(100 * arguments.scale)))


if __name__ == "__main__":
    main()
