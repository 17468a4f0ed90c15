"""Nights in a row, in virtual time, through the real apps: what was promised, what was kept, what it cost."""

from __future__ import annotations

import logging
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean

from night_stage import Stage, nights_from
from night_verdicts import Judge, Verdict
from night_visits import Draw, Night
from smart_charging.prices.curve import PriceCurve
from smart_charging.stand_in.cloud import MontaStandIn
from smart_charging.stand_in.failures import Failure
from virtual_apps import StandInTransport, house_of
from virtual_time import run, virtual_now
from year_of_prices import HOUR, local

NEAR_ZERO = 0.05
"""Of what costs less, a ratio says nothing."""


@dataclass(slots=True)
class Result:
    """All that is told of some nights."""

    nights: int = 0
    verdicts: list[tuple[str, Verdict]] = field(default_factory=list)
    """With the name of the night, which is enough to play it again."""
    faults: Counter[str] = field(default_factory=Counter)
    fuse_exceeded_s: float = 0.0
    requests: int = 0
    too_many_requests: int = 0
    """429s of our own making, not those that were drawn as faults."""
    bugs: list[str] = field(default_factory=list)
    """What the apps logged as what should not happen."""

    def add(self, other: Result) -> None:
        self.nights += other.nights
        self.verdicts += other.verdicts
        self.faults += other.faults
        self.fuse_exceeded_s += other.fuse_exceeded_s
        self.requests += other.requests
        self.too_many_requests += other.too_many_requests
        self.bugs += other.bugs

    def those(self, wanted: Callable[[Verdict], object]) -> list[str]:
        """The names of nights with such a visit."""
        return [name for name, verdict in self.verdicts if wanted(verdict)]

    def count(self, wanted: Callable[[Verdict], float]) -> int:
        return int(sum(wanted(verdict) for _, verdict in self.verdicts))

    @property
    def ratios(self) -> list[float]:
        """Cost to the least possible cost."""
        pairs = [(verdict.cost, verdict.optimum) for _, verdict in self.verdicts]
        return [cost / optimum for cost, optimum in pairs if optimum is not None and optimum > NEAR_ZERO]

    @property
    def overshoots(self) -> list[float]:
        return [verdict.overshoot for _, verdict in self.verdicts if verdict.overshoot is not None]

    def table(self) -> str:
        """For people."""
        promised = [verdict for _, verdict in self.verdicts if verdict.is_promised]
        possible = [verdict for verdict in promised if verdict.is_met or verdict.why_impossible is None]
        excuses = Counter(verdict.why_impossible for verdict in promised if verdict.why_impossible)
        ratios, overshoots = self.ratios or [float("nan")], self.overshoots or [0.0]
        rows: list[tuple[str, object]] = [
            ("nights", self.nights),
            ("sessions", len(self.verdicts)),
            ("faults", sum(self.faults.values())),
            *((f"- {trouble.replace('_', ' ')}", count) for trouble, count in sorted(self.faults.items())),
            ("sessions left to the scheduler", len(promised)),
            ("of these possible", len(possible)),
            *((f"- not possible: {why}", count) for why, count in sorted(excuses.items())),
            ("targets met", f"{sum(v.is_met for v in possible)} ({_share(sum(v.is_met for v in possible), len(possible))})"),
            ("energy overshoot, polling intervals", f"mean {fmean(overshoots):.2f}, max {max(overshoots):.2f}"),
            ("second charges", self.count(lambda verdict: verdict.second_starts)),
            ("charges in off mode", self.count(lambda verdict: verdict.off_starts)),
            ("stops of foreign charges", self.count(lambda verdict: verdict.foreign_stops)),
            ("takeovers at plug-in", self.count(lambda verdict: verdict.takeovers)),
            ("fuse exceeded", f"{self.fuse_exceeded_s:.0f} s"),
            ("starts per session", f"{fmean(v.starts for v in promised):.2f}" if promised else "none"),
            ("cost to the optimum", f"mean {fmean(ratios):.4f}, max {max(ratios):.4f} ({len(self.ratios)} sessions)"),
            ("requests", self.requests),
            ("429s", self.too_many_requests),
            ("bugs logged", len(self.bugs)),
        ]
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


class Listener(logging.Handler):
    """Keeps what the apps log, by virtual time."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.bugs: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            at = f"{virtual_now():%m-%d %H:%M:%S}"
        except (RuntimeError, AssertionError):
            at = "-"
        text = self.format(record)
        self.lines.append(f"{at} {record.levelname} {text}")
        if record.exc_info or "should not happen" in text:
            self.bugs.append(f"{at} {text}")


def play_stretch(
    seed: object, day: date, count: int, prices: PriceCurve, *, only: Callable[[Night], Night] = lambda night: night
) -> Result:
    """Some nights in a row in one house, each drawn with the seed; the same for the same arguments.

    Args:
        only: Changes a night before it is played, to find out what matters.
    """
    random.seed(str(seed))  # the apps spread out their requests
    log, listener = logging.getLogger("virtual"), Listener()
    log.propagate = False
    log.addHandler(listener)
    log.setLevel(logging.INFO)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return run(_play(seed, day, count, prices, only, Path(folder), listener), local(day, HOUR / 2))
    finally:
        log.removeHandler(listener)


async def _play(
    seed: object,
    day: date,
    count: int,
    prices: PriceCurve,
    only: Callable[[Night], Night],
    folder: Path,
    listener: Listener,
) -> Result:
    monta = MontaStandIn(now=virtual_now)
    transport = StandInTransport(monta)
    household = Draw(seed).household()
    result = Result()
    async with house_of(folder, transport, monta) as house:
        stage = Stage(house, monta, transport, household, prices)
        for one in nights_from(day, count):
            night = only(Draw(f"{seed} {one}").night(one, household))
            listener.lines.clear()
            await stage.play(night)
            judge = Judge(stage, night)
            result.nights += 1
            result.verdicts += [(f"{seed} {one}", verdict) for verdict in judge.verdicts()]
            result.fuse_exceeded_s += judge.fuse_exceeded_s()
            _show(night, stage, result, listener)
            result.requests, monta.requests = result.requests + len(monta.requests), []
        result.faults = stage.happened
        result.too_many_requests = monta.quota.refused - monta.failures.done[Failure.RATE_LIMITED]
        result.bugs = listener.bugs
    return result


WATCH: list[Callable[[Night, Stage, Result, Listener], None]] = []
"""Called after each night, by those who look for the reasons of something."""


def _show(night: Night, stage: Stage, result: Result, listener: Listener) -> None:
    for watch in WATCH:
        watch(night, stage, result, listener)


def play(seeds: Sequence[object], prices: PriceCurve, *, first: date, nights: int) -> Result:
    """A stretch of nights for each seed, one after the other on the calendar."""
    result, day = Result(), first
    for seed in seeds:
        result.add(play_stretch(seed, day, nights, prices))
        day += timedelta(days=nights)
    return result
