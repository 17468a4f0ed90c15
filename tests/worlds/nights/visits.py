"""What a night may hold: cars that come and leave, and what goes wrong meanwhile; all of it drawn with a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum, auto

from smart_charging.clouds.monta.stand_in.failures import Failure
from worlds.nights.habits import USUAL_WORLD, DrawnWorld, draw_world
from worlds.year_of_prices import DAY, HOUR, local

MINUTE = timedelta(minutes=1)
POWERS_KW = (3.7, 7.4, 11.0)
EFFICIENCY = 0.9
"""Of a charge, as the planner counts on it."""


class NeedKind(StrEnum):
    """What the need is written in."""

    ENERGY = auto()
    HOURS = auto()
    SOC = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A car that comes, has a need, and leaves."""

    charger: int
    """Which of the house's, from 0."""
    arrives_at: datetime
    ready_by: datetime
    leaves_at: datetime
    wanted_kwh: float
    """What has to be in the car by then, as the charger meters it."""
    takes_kwh: float
    """Until it is full, which may come early."""
    power_kw: float
    """What really flows."""
    told_kw: float
    """What the settings say."""
    kind: NeedKind = NeedKind.ENERGY
    battery_kwh: float = 60.0
    target_percent: int = 80
    mode: str = "smart"
    begins_by_itself: bool = False

    @property
    def soc_percent(self) -> float:
        """On arrival, so that the target is the wanted energy away."""
        return self.target_percent - self.wanted_kwh * EFFICIENCY / self.battery_kwh * 100


class Trouble(StrEnum):
    """What can go wrong in a night."""

    CLOUD_ERROR = auto()
    """A few requests fail, one way or another."""
    OUTAGE = auto()
    """All requests fail, for minutes up to an hour."""
    LOST_START = auto()
    """A start is obeyed, but its answer gets lost."""
    LOST_STOP = auto()
    TOKENS_REVOKED = auto()
    SLOW_STARTS = auto()
    IGNORED_START = auto()
    """A start is accepted and comes to nothing, once or twice."""
    HOME_ASSISTANT_AWAY = auto()
    KILLED = auto()
    """At some moment of the night."""
    KILLED_BEFORE_START = auto()
    """With a start on its way that never gets there."""
    KILLED_AFTER_START = auto()
    """With a start that is obeyed, and whose answer nobody is there to hear."""
    KILLED_AFTER_WRITE = auto()
    """Right after something was written to the disk."""
    PRICES_LATE = auto()
    PRICES_MISSING = auto()
    HELPERS_UNAVAILABLE = auto()
    FOREIGN_START = auto()
    """In Monta's app, or with a card."""
    FOREIGN_STOP = auto()
    PRESSED_START = auto()
    PRESSED_STOP = auto()
    CHANGED_MIND = auto()
    """Mode `off` for a while, then the one of before, which is a person's newest word."""
    PULLED_EARLY = auto()
    FULL_EARLY = auto()
    WRONG_POWER = auto()
    BROKER_AWAY = auto()
    """It forgets nothing, but hears nothing."""
    CLOCK_STEP = auto()
    """The machine's clock jumps, and back later."""
    CLOCKLESS_BOOT = auto()
    """The machine starts in 1970, until somebody tells it the time."""
    KILLED_NEAR_EDGE = auto()
    """Around a quarter of an hour, at which blocks begin and end."""
    KILLED_AFTER_BEGIN = auto()
    """Some minutes after a start."""
    CABLE_FLICKER = auto()
    """Told as out for some seconds, without having moved."""
    REPLUGGED = auto()
    SOC_GLITCH = auto()
    METER_GLITCH = auto()
    HELD = auto()
    """By load management: charges pause, also those that begin meanwhile."""
    NAP = auto()
    """The car takes next to nothing until it is woken by another charge."""
    BROKEN_OFF = auto()
    """By the hardware, for a reason that is nobody's wish."""
    STOPPED_LOCALLY = auto()
    STOPS_IGNORED = auto()
    OFFLINE = auto()
    CLOUDS_SCHEDULE = auto()
    """Monta's own smart charging plans a charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One trouble at a moment of the night."""

    trouble: Trouble
    at: datetime
    lasts: timedelta
    charger: int = 0
    failure: Failure = Failure.SERVER_ERROR
    """Of the cloud, where that is the trouble."""
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """From before the first arrival until after the last departure."""

    day: date
    """Of the evening."""
    visits: Sequence[Visit]
    faults: Sequence[Fault] = ()

    @property
    def begins_at(self) -> datetime:
        return min(visit.arrives_at for visit in self.visits) - 5 * MINUTE

    @property
    def ends_at(self) -> datetime:
        return max(visit.leaves_at for visit in self.visits) + 10 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSetup:
    """What stays the same for some nights."""

    chargers: int = 1
    fuse_kw: float | None = None
    has_helpers: bool = False
    """Whether the settings are entities in Home Assistant rather than written down."""
    kind: NeedKind = NeedKind.ENERGY
    """Of need, where helpers hold it; what is written down can change from night to night."""
    world: DrawnWorld = field(default=USUAL_WORLD, repr=False)


_OUTAGES = (
    Failure.SERVER_ERROR,
    Failure.HTML,
    Failure.ERROR_ENVELOPE,
    Failure.FORBIDDEN,
    Failure.HANG,
    Failure.CUT,
    Failure.RATE_LIMITED,
)
_WEIGHTS = dict.fromkeys(Trouble, 1.0) | {
    Trouble.CLOUD_ERROR: 3.0,
    Trouble.OUTAGE: 3.0,
    Trouble.KILLED: 2.0,
    Trouble.HOME_ASSISTANT_AWAY: 2.0,
    Trouble.LOST_START: 2.0,
    Trouble.HELPERS_UNAVAILABLE: 2.0,
    Trouble.CHANGED_MIND: 2.0,
    Trouble.KILLED_AFTER_BEGIN: 2.0,
    Trouble.CABLE_FLICKER: 2.0,
    Trouble.OFFLINE: 2.0,
}
_LONGEST_MIN = {
    Trouble.BROKER_AWAY: 60,
    Trouble.CLOCK_STEP: 90,
    Trouble.CLOCKLESS_BOOT: 10,
    Trouble.KILLED_NEAR_EDGE: 3,
    Trouble.REPLUGGED: 20,
    Trouble.SOC_GLITCH: 6,
    Trouble.METER_GLITCH: 6,
    Trouble.HELD: 90,
    Trouble.STOPS_IGNORED: 45,
    Trouble.OFFLINE: 150,
    Trouble.CLOUDS_SCHEDULE: 240,
}
"""How long some last at most, in minutes."""


class Draw:
    """Draws set-ups and nights; the same for the same seed.

    Args:
        is_short: Cars come in the evening and leave early, for tests that have to be quick.
    """

    def __init__(self, seed: object, *, is_short: bool = False) -> None:
        self._seed = seed
        self._is_short = is_short
        self._rng = random.Random(str(seed))  # noqa: S311  # repeatable, guards nothing

    def setup(self) -> HomeSetup:
        chargers = self._rng.choices((1, 2, 3), (14, 4, 2))[0]
        return HomeSetup(
            chargers=chargers,
            fuse_kw=None if chargers == 1 else self._rng.choice((None, 12.0, 17.0, 25.0)),
            has_helpers=self._rng.random() < 0.4,
            kind=self._rng.choice(list(NeedKind)),
            world=draw_world(self._seed),
        )

    def night(self, day: date, setup: HomeSetup) -> Night:
        """One that could be mastered if nothing went wrong."""
        visits = self._visits(day, setup)
        while not _is_mastered(visits, setup.fuse_kw):
            visits = self._visits(day, setup)
        night = Night(day=day, visits=visits)
        for _ in range(self._rng.choices((0, 1, 2, 3, 4), (6, 5, 4, 3, 2))[0]):
            night = self._with_fault(night, setup)
        return replace(night, faults=sorted(night.faults, key=lambda fault: fault.at))

    def _visits(self, day: date, setup: HomeSetup) -> list[Visit]:
        chargers = range(setup.chargers)
        some = sorted(self._rng.sample(chargers, self._rng.randint(min(2, setup.chargers), setup.chargers)))
        return [self._visit(day, charger, setup, alone=len(some) == 1) for charger in some]

    def _visit(self, day: date, charger: int, setup: HomeSetup, *, alone: bool) -> Visit:
        rng = self._rng
        first_hour, last_hour = self._arrivals(alone=alone)
        arrives_at = local(day, timedelta(minutes=rng.randrange(first_hour * 60, last_hour * 60)))
        ready_by = local(day + DAY, timedelta(minutes=5 * rng.randrange(5 * 12, (7 if self._is_short else 9) * 12)))
        hours = (ready_by - arrives_at) / HOUR
        power_kw = rng.choice(POWERS_KW)
        wanted_kwh = round(
            min(55.0, power_kw * hours * (rng.uniform(0.05, 0.85) if alone else rng.uniform(0.05, 0.3))), 1
        )
        battery_kwh = round(max(45.0, wanted_kwh * 1.2), 1)
        return Visit(
            charger=charger,
            arrives_at=arrives_at,
            ready_by=ready_by,
            leaves_at=ready_by + rng.randrange(3, 50) * MINUTE,
            wanted_kwh=wanted_kwh,
            takes_kwh=wanted_kwh + rng.uniform(3, 30),
            power_kw=power_kw,
            told_kw=power_kw,
            kind=setup.kind if setup.has_helpers else rng.choice(list(NeedKind)),
            battery_kwh=battery_kwh,
            target_percent=100 if rng.random() < 0.2 else rng.randrange(80, 95),
            mode=rng.choices(("smart", "now", "off"), (17, 2, 1))[0],
            begins_by_itself=rng.random() < 0.2,
        )

    def _arrivals(self, *, alone: bool) -> tuple[int, int]:
        """Hours; some come before tomorrow's prices are known."""
        if self._is_short:
            return (20, 23) if alone else (19, 21)
        return self._rng.choices(((9, 13), (16, 23)), (1, 9))[0] if alone else (17, 21)

    def _with_fault(self, night: Night, setup: HomeSetup) -> Night:
        trouble = self._rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        visit = self._rng.choice(night.visits)
        if not _fits(trouble, visit, setup):
            return night
        match trouble:
            case Trouble.PULLED_EARLY:
                night = self._changed(night, visit, leaves_at=self._moment(visit))
            case Trouble.FULL_EARLY:
                night = self._changed(night, visit, takes_kwh=visit.wanted_kwh * self._rng.uniform(0.2, 0.95))
            case Trouble.WRONG_POWER:
                night = self._changed(night, visit, told_kw=self._rng.choice(POWERS_KW))
            case _:
                pass
        fault = Fault(
            trouble=trouble,
            at=self._moment_of(trouble, visit),
            lasts=self._length(trouble),
            charger=visit.charger,
            failure=self._rng.choice(_OUTAGES),
            times=self._rng.randint(1, 2) if trouble is Trouble.IGNORED_START else self._rng.randint(1, 4),
        )
        return replace(night, faults=[*night.faults, fault])

    def _moment_of(self, trouble: Trouble, visit: Visit) -> datetime:
        at = self._moment(visit)
        if trouble is not Trouble.KILLED_NEAR_EDGE:
            return at
        quarter = at - timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
        edge = self._rng.choice((quarter, quarter, quarter, visit.arrives_at, visit.ready_by))
        return edge + timedelta(seconds=self._rng.uniform(-90, 60))

    def _moment(self, visit: Visit) -> datetime:
        return visit.arrives_at + (visit.ready_by - visit.arrives_at) * self._rng.random()

    def _length(self, trouble: Trouble) -> timedelta:
        match trouble:
            case Trouble.OUTAGE:
                return self._rng.uniform(2, 60) * MINUTE
            case Trouble.HOME_ASSISTANT_AWAY | Trouble.HELPERS_UNAVAILABLE:
                return self._rng.uniform(1, 240) * MINUTE
            case Trouble.PRICES_LATE:
                return self._rng.uniform(1, 9) * HOUR
            case Trouble.CABLE_FLICKER:
                return self._rng.uniform(0.2, 1.6) * MINUTE
            case _ if trouble in _LONGEST_MIN:
                return self._rng.uniform(0.1, _LONGEST_MIN[trouble]) * MINUTE
            case _:  # how long a killed process stays away, or a press of the other kind
                return self._rng.uniform(0.1, 15) * MINUTE

    @staticmethod
    def _changed(night: Night, visit: Visit, **changes: float | datetime) -> Night:
        changed = replace(visit, **changes)  # type: ignore[arg-type]  # fields by name
        return replace(night, visits=[changed if one is visit else one for one in night.visits])


def _fits(trouble: Trouble, visit: Visit, setup: HomeSetup) -> bool:
    match trouble:
        case Trouble.HELPERS_UNAVAILABLE | Trouble.CHANGED_MIND:
            return setup.has_helpers
        case Trouble.SOC_GLITCH:
            return visit.kind is NeedKind.SOC
        case Trouble.BROKER_AWAY:
            return setup.world.has_broker
        case _:
            return True


def _is_mastered(visits: Sequence[Visit], fuse_kw: float | None) -> bool:
    """Whether there is time enough even for chargers that have to take turns, from the last arrival on."""
    if fuse_kw is not None and max(visit.power_kw for visit in visits) > fuse_kw:
        return False
    last, used = max(visit.arrives_at for visit in visits), timedelta(0)
    for visit in sorted(visits, key=lambda visit: visit.ready_by):
        used += HOUR * (visit.wanted_kwh / visit.power_kw)
        if last + used * 1.1 + 30 * MINUTE > visit.ready_by:
            return False
    return True
