"""Nights in a row, in virtual time, through the real apps: what was promised, what was kept, what it cost."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from statistics import fmean

from smart_charging.prices.curve import PriceCurve
from worlds.nights.cloud import PlayedCloud
from worlds.nights.habits import USUAL_WORLD
from worlds.nights.line import TroubledLine
from worlds.nights.listener import Listener, listening
from worlds.nights.other_apps import apps_of
from worlds.nights.other_cloud import OtherCloud, factory_named
from worlds.nights.own_cloud import OwnCloud
from worlds.nights.stage import Stage
from worlds.nights.troubles import NAMES
from worlds.nights.verdicts import Judge, Verdict
from worlds.nights.visits import Draw, HomeSetup, Night
from worlds.virtual_apps import Broker, house_of
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
    worlds: list[str] = field(default_factory=list)
    """One for each household."""
    fuse_exceeded: list[tuple[str, float]] = field(default_factory=list)
    """Seconds, with the name of the night."""
    requests: int = 0
    too_many_requests: int = 0
    """429s that need not have been: all where the quota is ours alone, else the second in a window."""
    shared_refusals: int = 0
    """Those that were needed to find out what others had used."""
    bugs: list[str] = field(default_factory=list)
    """What the apps logged as what should not happen."""

    def add(self, other: Result) -> None:
        self.nights += other.nights
        self.verdicts += other.verdicts
        self.faults += other.faults
        self.worlds += other.worlds
        self.fuse_exceeded += other.fuse_exceeded
        self.shared_refusals += other.shared_refusals
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
            "charged past the target": lambda verdict: (verdict.overshoot or 0) > 1,
            "dearer than need be, or cheaper than can be": lambda verdict: verdict.is_dear,
            "late in mode now": lambda verdict: verdict.is_late,
        }
        found = {title: self.those(one) for title, one in wrong.items()}
        found["fuse exceeded"] = [f"{name} ({seconds:.0f} s)" for name, seconds in self.fuse_exceeded if seconds]
        found["429s"] = [str(self.too_many_requests)] if self.too_many_requests else []
        found["bugs logged"] = self.bugs
        return {title: names for title, names in found.items() if names}

    @property
    def fuse_exceeded_s(self) -> float:
        return sum(seconds for _, seconds in self.fuse_exceeded)

    @property
    def ratios(self) -> list[float]:
        """Cost to the least possible cost, where nothing but the scheduler had a say in it."""
        some = [verdict.ratio for _, verdict in self.verdicts if verdict.is_undisturbed]
        return [ratio for ratio in some if ratio is not None]

    @property
    def spared(self) -> list[float]:
        """Of what could be spared against the dearest times, in all nights that went well."""
        well = [verdict for _, verdict in self.verdicts if verdict.is_promised and verdict.is_met]
        smart = [one for one in well if one.visit.mode == "smart" and one.most - one.least > NEAR_ZERO]
        return [(one.most - one.cost) / (one.most - one.least) for one in smart]

    @property
    def late(self) -> list[float]:
        """Minutes, in mode now."""
        return [verdict.late.total_seconds() / 60 for _, verdict in self.verdicts if verdict.late is not None]

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
        spared, late = self.spared or [float("nan")], self.late or [0.0]
        rows: list[tuple[str, object]] = [
            ("worlds", len(self.worlds)),
            ("nights", self.nights),
            ("sessions", len(self.verdicts)),
            ("faults", sum(self.faults.values())),
            *((f"- {trouble.replace('_', ' ')}", count) for trouble, count in sorted(self.faults.items())),
            ("sessions left to the scheduler", len(promised)),
            ("of these possible", len(possible)),
            *((f"- not possible: {why}", count) for why, count in sorted(excuses.items())),
            ("targets met", f"{met} ({_share(met, len(possible))})"),
            (
                "energy past the target, in reporting intervals",
                f"mean {fmean(overshoots):.2f}, max {max(overshoots):.2f}",
            ),
            ("second charges", self.count(lambda verdict: verdict.second_starts)),
            ("charges in off mode", self.count(lambda verdict: verdict.off_starts)),
            ("stops of foreign charges", self.count(lambda verdict: verdict.foreign_stops)),
            ("takeovers at plug-in", self.count(lambda verdict: verdict.takeovers)),
            ("fuse exceeded", f"{self.fuse_exceeded_s:.0f} s"),
            ("starts per session", f"{fmean(v.starts for v in promised):.2f}" if promised else "none"),
            ("cost to the optimum", f"mean {fmean(ratios):.4f}, max {max(ratios):.4f} ({len(self.ratios)} sessions)"),
            ("spared of what the dearest times cost more", f"mean {fmean(spared):.3f}, least {min(spared):.3f}"),
            ("mode now, minutes late", f"mean {fmean(late):.1f}, max {max(late):.1f} ({len(self.late)} sessions)"),
            ("requests", self.requests),
            ("429s", self.too_many_requests),
            ("429s by which others' share became known", self.shared_refusals),
            ("bugs logged", len(self.bugs)),
        ]
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some nights in a row in one house; the same whenever it is played."""

    seed: str
    first: date
    nights: int
    prices: PriceCurve
    is_short: bool = False
    cloud: str | None = None
    """`module:factory`, where it is not our own."""
    apps: Path | None = None
    """The checkout whose apps are played, where they are not ours."""
    is_usual: bool = False
    """Whether no world is drawn."""
    written: tuple[HomeSetup, Night] | None = None
    """One night in the place of all that would be drawn."""
    watch: Watch | None = None
    """Called after each night, for those who look for the reasons of something."""

    def play(self) -> Result:
        random.seed(self.seed)  # the apps spread out their requests
        apps = apps_of(self.apps) if self.apps else nullcontext()
        with apps, tempfile.TemporaryDirectory() as folder, listening() as listener:
            return run(self._play(Path(folder), listener), Clock(local(self.first, HOUR / 2)))

    async def _play(self, folder: Path, listener: Listener) -> Result:
        setup, result = self._setup(), Result()
        cloud = self._cloud(setup)
        line, broker = TroubledLine(cloud), Broker() if setup.world.has_broker else None
        async with house_of(folder, line, broker=broker) as house:
            house.host.ahead = setup.world.host_ahead
            point_ids = [await _added(cloud, name) for name in NAMES[: setup.chargers]]
            stage = Stage(house, cloud, line, setup, self.prices, point_ids=point_ids)
            for number in range(self.nights):
                day = self.first + number * DAY
                name = f"{self.seed} {day}"
                night = self.written[1] if self.written else Draw(name, is_short=self.is_short).night(day, setup)
                listener.lines.clear()
                await stage.play(night)
                judge = Judge(stage, night)
                verdicts = judge.verdicts()
                result.nights += 1
                result.verdicts += [(name, verdict) for verdict in verdicts]
                result.fuse_exceeded.append((name, judge.fuse_exceeded_s()))
                if self.watch:
                    self.watch(night, stage, verdicts, listener.lines)
        result.faults = stage.troubles.happened
        result.requests, result.bugs = line.requests, listener.bugs
        result.worlds = [str(setup.world)]
        result.shared_refusals = len(line.refused_at) - line.refusals_too_many if setup.world.others_requests else 0
        result.too_many_requests = line.refusals_too_many if setup.world.others_requests else len(line.refused_at)
        return result

    def _setup(self) -> HomeSetup:
        if self.written:
            return self.written[0]
        setup = Draw(self.seed).setup()
        return replace(setup, world=USUAL_WORLD) if self.is_usual else setup

    def _cloud(self, setup: HomeSetup) -> PlayedCloud:
        if self.cloud:
            return OtherCloud(factory_named(self.cloud)(now=virtual_now, seed=self.seed))
        return OwnCloud(setup.world.monta(virtual_now))


async def _added(cloud: PlayedCloud, name: str) -> int:
    point_id = (await cloud.happen("add_charge_point", name=name))["id"]
    assert isinstance(point_id, int)
    return point_id


Watch = Callable[[Night, Stage, Sequence[Verdict], Sequence[str]], None]
