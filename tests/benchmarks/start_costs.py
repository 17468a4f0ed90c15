"""How often plans start, and what that costs, by the cost of a start.

    pip install scipy
    PYTHONPATH=lib:tests python -m benchmarks.start_costs --prices DIR

The same evenings as in `benchmarks.planning`, planned by the apps' own code; prices are with VAT
and 0.12 EUR of fees. The money is what is paid for the energy, compared with the plans that starts are free for.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, quantiles

from benchmarks.as_shipped import Asked, Planner, Shipped
from benchmarks.day_ahead_files import MINUTE, QUARTER
from benchmarks.drawn_sessions import Session, Sessions
from benchmarks.planning import AS_SHIPPED, drive

COSTS_EUR = (0.0, 0.01, 0.02, 0.03, 0.05, 0.1)
SLOTS = 192


@dataclass(frozen=True, kw_only=True)
class Nights:
    """What came of the same nights at one cost of a start."""

    starts: float
    """A night, on average."""
    paid: float
    """For the energy of all nights."""


def nights_at(sessions: Sequence[Session], start_cost: float) -> Nights:
    shipped = Shipped(arguments={"start_cost": start_cost}, margin=AS_SHIPPED.margin)
    driven = [drive(one, shipped) for one in sessions]
    return Nights(
        starts=fmean(one.starts for one in driven),
        paid=sum(one.paid for one in driven),
    )


def print_nights(name: str, sessions: Sequence[Session]) -> None:
    print(f"\n| {name}: a start costs | nights | starts a night | paid |\n|---|---|---|---|")
    free = nights_at(sessions, 0.0)
    for cost in COSTS_EUR:
        nights = nights_at(sessions, cost) if cost else free
        print(
            f"| {cost:.2f} EUR | {len(sessions)} | {nights.starts:.2f} | {nights.paid / free.paid - 1:+.2%} |",
            flush=True,
        )


def print_times(sessions: Sessions, rounds: int) -> None:
    """How much CPU one plan takes over two days of quarter-hour prices."""
    print(f"\n| a start costs | {SLOTS} slots, ms | 95 % |\n|---|---|---|")
    curves = list(sessions.quarters.values())
    for cost in COSTS_EUR:
        times = []
        for turn in range(rounds):
            slots = curves[turn % len(curves)].slots
            now = slots[(turn * 997) % (len(slots) - 2 * SLOTS)].start + 7 * MINUTE
            end = now + SLOTS * QUARTER
            curve = curves[turn % len(curves)].between(now, end)
            car = Shipped(arguments={"start_cost": cost}, margin=AS_SHIPPED.margin).car(5 + turn % 40)
            asked = Asked(key="1", car=car, had_kwh=0.0, power_kw=11, ready_by=end, is_running=False)
            planner = Planner(AS_SHIPPED)
            began = time.process_time()
            planner.plans([asked], curve, curve, now)
            times.append((time.process_time() - began) * 1000)
        print(f"| {cost:.2f} EUR | {median(times):.1f} | {quantiles(times, n=20)[-1]:.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--nights", type=int, default=150)
    arguments = parser.parse_args()
    sessions = Sessions(arguments.seed, arguments.prices)
    for name, markets in (("quarters", sessions.quarters), ("hours", sessions.hours)):
        print_nights(name, sessions.some(arguments.nights, lambda markets=markets: sessions.evening(markets)))  # type: ignore[misc]
    print_times(sessions, 100)


if __name__ == "__main__":
    main()
