"""Nights in a row, in virtual time, through the real apps: what was promised, what was kept, what it cost."""

from __future__ import annotations

import logging
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import fmean

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.prices.curve import PriceCurve
from worlds.nights.stage import Stage
from worlds.nights.verdicts import Judge, Verdict
from worlds.nights.visits import Draw, Night
from worlds.virtual_apps import Line, house_of
from worlds.virtual_time import Clock, run, virtual_now
from worlds.year_of_prices import DAY, HOUR, local

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

    def suspects(self) -> dict[str, list[str]]:
        """The names of nights in which something went wrong that must not, by what it was."""
        wrong: dict[str, Callable[[Verdict], object]] = {
            "targets missed": lambda verdict: verdict.is_failure,
            "second charges": lambda verdict: verdict.second_starts,
            "charges in off mode": lambda verdict: verdict.off_starts,
            "foreign charges stopped": lambda verdict: verdict.foreign_stops,
            "overshot": lambda verdict: (verdict.overshoot or 0) > 1,
        }
        return {title: names for title, wanted in wrong.items() if (names := self.those(wanted))}

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
        met = sum(verdict.is_met for verdict in possible)
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
            ("targets met", f"{met} ({_share(met, len(possible))})"),
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
        line = f"{virtual_now():%m-%d %H:%M:%S} {record.levelname} {self.format(record)}"
        self.lines.append(line)
        if record.exc_info:
            self.bugs.append(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some nights in a row in one house; the same whenever it is played."""

    seed: str
    first: date
    nights: int
    prices: PriceCurve
    is_short: bool = False
    watch: Watch | None = None
    """Called after each night, for those who look for the reasons of something."""

    def play(self) -> Result:
        random.seed(self.seed)  # the apps spread out their requests
        with tempfile.TemporaryDirectory() as folder, _listening() as listener:
            return run(self._play(Path(folder), listener), Clock(local(self.first, HOUR / 2)))

    async def _play(self, folder: Path, listener: Listener) -> Result:
        monta, result = MontaStandIn(now=virtual_now), Result()
        line, setup = Line(monta), Draw(self.seed).setup()
        async with house_of(folder, line, monta) as house:
            stage = Stage(house, monta, line, setup, self.prices)
            for number in range(self.nights):
                day = self.first + number * DAY
                name = f"{self.seed} {day}"
                night = Draw(name, is_short=self.is_short).night(day, setup)
                listener.lines.clear()
                await stage.play(night)
                judge = Judge(stage, night)
                verdicts = judge.verdicts()
                result.nights += 1
                result.verdicts += [(name, verdict) for verdict in verdicts]
                result.fuse_exceeded_s += judge.fuse_exceeded_s()
                result.requests += len(monta.requests)
                if self.watch:
                    self.watch(night, stage, verdicts, listener.lines)
                monta.requests.clear()
        result.faults = stage.troubles.happened
        result.too_many_requests = monta.quota.refused - monta.failures.done[Failure.RATE_LIMITED]
        result.bugs = listener.bugs
        return result


Watch = Callable[[Night, Stage, Sequence[Verdict], Sequence[str]], None]


@contextmanager
def _listening() -> Iterator[Listener]:
    log, listener = logging.getLogger("virtual"), Listener()
    log.propagate = False
    log.addHandler(listener)
    log.setLevel(logging.INFO)
    try:
        yield listener
    finally:
        log.removeHandler(listener)
