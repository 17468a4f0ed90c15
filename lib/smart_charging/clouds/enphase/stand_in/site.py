"""The stand-in's chargers, cars and the energy that flows between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from smart_charging.clouds.enphase.stand_in.habits import Habits

MANUAL, SCHEDULED, GREEN, SMART = (f"{word}_CHARGING" for word in ("MANUAL", "SCHEDULED", "GREEN", "SMART"))
VOLTS = 230.0
_STEP = timedelta(minutes=15)
_NIGHT_BEGINS, _NIGHT_ENDS = 23, 6
_LEAST_SUN_KW = 1.4


def amperes(power_kw: float, phases: int) -> float:
    """The current per phase at which a charger delivers that much."""
    return round(power_kw * 1000 / VOLTS / phases)


@dataclass(slots=True, kw_only=True)
class Car:
    """A car at a charger."""

    wants_kwh: float
    """Energy until it is full; decreases while it charges."""
    max_power_kw: float = 11.0


@dataclass(slots=True)
class Flow:
    """Energy that flowed at constant power for some time."""

    start: datetime
    end: datetime
    power_kw: float


@dataclass(frozen=True, slots=True)
class Command:
    """What was asked for and is not yet done."""

    due_at: datetime
    on: bool
    level_a: float | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Outlet:
    """One charger, with its only connector."""

    serial: str
    name: str
    habits: Habits
    at: datetime
    """Until when everything has happened."""
    mode: str = MANUAL
    phases: int = 3
    max_a: float = 32.0
    is_connected: bool = True
    is_faulted: bool = False
    sun_kw: Callable[[datetime], float] = lambda _: 0.0
    car: Car | None = None
    plugged_in_at: datetime | None = None
    plugged_out_at: datetime | None = None
    charging_since: datetime | None = None
    is_asked: bool = False
    """Whether a start counts."""
    was_stopped: bool = False
    """Whether a stop counts, which in green mode it does until the cable is out."""
    level_a: float | None = None
    session_kwh: float = 0.0
    lifetime_kwh: float = 1000.0
    told_session_kwh: float = 0.0
    told_lifetime_kwh: float = 1000.0
    told_at: datetime | None = None
    commands: list[Command] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    """All there were, oldest first."""

    def catch_up(self, now: datetime) -> None:
        """Let happen what is due by now: step by step, at constant power in each."""
        while self.at < now:
            until = min(now, self._next_change())
            self._flow(until)
            self.at = until
            self._obey()
            if self._reports(until):
                self.report()

    def plug_in(self, car: Car, now: datetime) -> None:
        """Plug the cable into a car."""
        self.catch_up(now)
        self.car, self.plugged_in_at, self.plugged_out_at = car, now, None
        self.is_asked, self.was_stopped, self.level_a = self.habits.starts_by_itself, False, None
        self.session_kwh = self.told_session_kwh = 0.0
        self.charging_since = None

    def unplug(self, now: datetime) -> None:
        """Pull the cable; the session stays the last one."""
        self.catch_up(now)
        self.car, self.plugged_out_at, self.is_asked, self.commands = None, now, False, []
        self.report()

    def command(self, now: datetime, *, on: bool, level_a: float | None = None) -> None:
        """Take a command, which is carried out a little later."""
        self.catch_up(now)
        delay = self.habits.start_delay if on else self.habits.stop_delay
        self.commands.append(Command(now + delay, on, level_a))

    def report(self) -> None:
        """Tell the energy so far."""
        self.told_session_kwh, self.told_lifetime_kwh, self.told_at = self.session_kwh, self.lifetime_kwh, self.at

    @property
    def power_kw(self) -> float:
        """What flows now."""
        if self.car is None or self.car.wants_kwh <= 1e-6 or self.is_faulted:
            return 0.0
        return min(self._allowed_kw(), self.car.max_power_kw)

    @property
    def word(self) -> str:
        """The connector's status."""
        if self.is_faulted:
            return "FAULTED"
        if self.car is None:
            return "AVAILABLE"
        if self.power_kw:
            return "CHARGING"
        if self.car.wants_kwh <= 1e-6 and self.charging_since:
            return self.habits.after_stop if self.was_stopped else "SUSPENDED_EV"
        if self.mode == GREEN and not self.was_stopped:
            return "SUSPENDED_EVSE"
        return self.habits.after_stop if self.was_stopped else "AVAILABLE"

    @property
    def reason(self) -> str:
        """Why the charger waits."""
        return "INSUFFICIENT_SOLAR" if self.word == "SUSPENDED_EVSE" and self.mode == GREEN else ""

    def _allowed_kw(self) -> float:
        most_kw = self.phases * VOLTS * (self.level_a or self.max_a) / 1000
        if self.mode == GREEN and not (self.is_asked and self.level_a):
            sun_kw = 0.0 if self.was_stopped else self.sun_kw(self.at)
            return min(most_kw, sun_kw) if sun_kw >= _LEAST_SUN_KW else 0.0
        is_night = self.mode in {SCHEDULED, SMART} and not _NIGHT_ENDS <= self.at.hour < _NIGHT_BEGINS
        return most_kw if self.is_asked or (is_night and not self.was_stopped) else 0.0

    def _next_change(self) -> datetime:
        step = _STEP.total_seconds()
        quarter = datetime.fromtimestamp((self.at.timestamp() // step + 1) * step, UTC)
        report = self.habits.report_every.total_seconds()
        reported = datetime.fromtimestamp((self.at.timestamp() // report + 1) * report, UTC)
        due = [max(command.due_at, self.at + timedelta(milliseconds=1)) for command in self.commands]
        if self.car and self.power_kw:
            due.append(self.at + max(timedelta(hours=self.car.wants_kwh / self.power_kw), timedelta(milliseconds=1)))
        return min([quarter, reported, *due])

    def _reports(self, at: datetime) -> bool:
        return at.timestamp() % self.habits.report_every.total_seconds() == 0

    def _flow(self, until: datetime) -> None:
        power_kw = self.power_kw
        if not power_kw or self.car is None:
            return
        self.charging_since = self.charging_since or self.at
        kwh = min(self.car.wants_kwh, power_kw * ((until - self.at) / timedelta(hours=1)))
        if self.flows and (last := self.flows[-1]).end == self.at and last.power_kw == power_kw:
            last.end = until
        else:
            self.flows.append(Flow(self.at, until, power_kw))
        self.car.wants_kwh -= kwh
        if self.car.wants_kwh <= 1e-6:
            self.car.wants_kwh = 0.0
        self.session_kwh += kwh
        self.lifetime_kwh += kwh

    def _obey(self) -> None:
        for command in [command for command in self.commands if command.due_at <= self.at]:
            self.commands.remove(command)
            if self.car is None:
                continue
            self.is_asked, self.was_stopped = command.on, not command.on
            self.level_a = command.level_a if command.on else None
            if not command.on:
                self.report()
