"""What house and cars took, in the intervals that are billed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from math import sqrt
from statistics import fmean
from typing import Any

from smart_charging.planning.peak_chance import ExpectedLoads
from smart_charging.planning.peak_fee import PeakFee, Per, day_of, month_of, raised
from smart_charging.planning.peak_night import PeakMonth, energy_kwh
from smart_charging.prices.quarters import QUARTER, quarter_of
from smart_charging.prices.wall_time import midnight
from smart_charging.services.stored import moment, number, table, text

_HOUR = timedelta(hours=1)
_KEPT_DAYS = 62
"""The month that is billed and the one before."""
_SEEN = 21
"""So many days or weeks of a house say what to expect of it."""
_USUAL_DAY = {range(6): 0.7, range(6, 17): 1.0, range(17, 21): 1.5, range(21, 24): 1.05}
"""What most houses take at hours of the day, of their mean: roughly, so that it does for many."""
_PEAK_TO_MEAN, _PEAKS_STRAY = 2.0, 0.2
"""How much higher the highest hours of a house are than its usual load, and by how much that differs."""
_GUESS_DAYS = 2
"""A guess counts as much as so many days or weeks that have been seen."""
_STRAYS, _STRAYS_FROM_GUESS = 0.2, 0.4
"""By how much of the usual load an interval differs from what was expected, until that has been seen; the latter where
the usual load itself is guessed."""
_MINUTES, _LATELY = timedelta(minutes=5), timedelta(hours=1)
"""What differs from the usual load in the last minutes and lately are means over about so long."""
_BURST_HALVED_IN, _HALVED_IN = timedelta(minutes=20), timedelta(hours=3)
"""An oven is soon off again; a cold or busy evening goes on for hours."""
_MAY_BE_GUESSED = 0.1
"""So much of an interval may be without the meter for the interval to count as seen."""
_LEARNED = 0.1
"""How much of the last hour goes into the usual load of such an hour: about two weeks count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What is taken for a while."""

    house_kw: float
    cars_kw: float
    is_measured: bool
    """Whether the house is; else it is taken to be as usual."""


@dataclass(slots=True)
class _Running:
    """An interval that is not over."""

    at: datetime
    house_kwh: float = 0.0
    cars_kwh: float = 0.0
    expected_kw: float | None = None
    """Of the house, when it began; None where that was not seen."""
    guessed_h: float = 0.0
    """For how long the house was not measured."""


@dataclass(slots=True, kw_only=True)
class _Account:
    """One fee's values by period: of house and cars together, and of the house alone."""

    fee: PeakFee
    total_kw: Mapping[str, float] = field(default_factory=dict)
    alone_kw: Mapping[str, float] = field(default_factory=dict)
    strays_kw2: dict[int, float] = field(default_factory=dict)
    """By local hour, the mean square of what an interval's load of the house differed from what was expected."""
    running: _Running | None = None

    def add(self, at: datetime, hours: float, load: _Load, expected_kw: Callable[[datetime], float]) -> None:
        """What was taken in so many hours within one interval; an earlier one is over with that.

        Args:
            expected_kw: What the house is expected to take, by now.
        """
        start = self.fee.interval_of(at)
        if self.running is None or self.running.at != start:
            self._learn(self.running, start)
            told_kw = self._mean_kw(expected_kw, start) if at == start else None
            self.running = _Running(start, expected_kw=told_kw, guessed_h=(at - start) / _HOUR)
        self.running.house_kwh += load.house_kw * hours
        self.running.cars_kwh += load.cars_kw * hours
        self.running.guessed_h += 0.0 if load.is_measured else hours
        self._note(self.running)

    def _mean_kw(self, load_kw: Callable[[datetime], float], start: datetime) -> float:
        length = self.fee.interval
        return energy_kwh(load_kw, start, start + length) / (length / _HOUR)

    def _is_seen(self, running: _Running) -> bool:
        return running.guessed_h <= _MAY_BE_GUESSED * (self.fee.interval / _HOUR)

    def _learn(self, over: _Running | None, following: datetime) -> None:
        if over is None or over.expected_kw is None or not self._is_seen(over):
            return
        if over.at + self.fee.interval != following:
            return
        away_kw = over.house_kwh / (self.fee.interval / _HOUR) - over.expected_kw
        hour = over.at.astimezone(self.fee.zone).hour
        before = self.strays_kw2.get(hour, (_STRAYS * over.expected_kw) ** 2)
        self.strays_kw2[hour] = before + _LEARNED * (away_kw**2 - before)

    def _note(self, running: _Running) -> None:
        """A mean that is still growing counts already: it cannot fall."""
        period, factor = self.fee.period_of(running.at), self.fee.factor_at(running.at)
        if factor:
            per_kw = factor / (self.fee.interval / _HOUR)
            self.total_kw = raised(self.total_kw, {period: (running.house_kwh + running.cars_kwh) * per_kw})
            if self._is_seen(running):
                self.alone_kw = raised(self.alone_kw, {period: running.house_kwh * per_kw})

    def tidy(self, first_month: str) -> None:
        """Drop earlier months, and of intervals all that cannot count; of the house alone each day's highest stay."""
        self.total_kw = self._tidied(self.total_kw, first_month, month_of)
        self.alone_kw = self._tidied(self.alone_kw, first_month, day_of)

    def _tidied(
        self, values_kw: Mapping[str, float], first_month: str, together: Callable[[str], str]
    ) -> Mapping[str, float]:
        kept = {period: kw for period, kw in values_kw.items() if month_of(period) >= first_month}
        if self.fee.of is not Per.INTERVAL:
            return kept
        highest = sorted(kept, key=kept.__getitem__, reverse=True)
        groups = {together(period) for period in kept}
        return {
            period: kept[period]
            for group in groups
            for period in [one for one in highest if together(one) == group][: self.fee.highest]
        }

    def so_far_kwh(self, now: datetime) -> float:
        running = self.running
        return running.house_kwh + running.cars_kwh if running and running.at == self.fee.interval_of(now) else 0.0


class LoadBook:
    """Adds up loads, and knows what the house usually takes.

    Args:
        guess_kw: The mean of the house's load where nothing is known of it.
    """

    def __init__(self, fees: Sequence[PeakFee], guess_kw: float, zone: tzinfo) -> None:
        self.fees = fees
        self._guess_kw = guess_kw
        self._zone = zone
        self._accounts = [_Account(fee=fee) for fee in fees]
        self._usual_kw: dict[int, float] = {}
        """By local hour."""
        self._burst_kw = self._away_kw = 0.0
        """By how much the house's load has differed from the usual one in the last minutes, and lately."""
        self._measured_until: datetime | None = None
        """None until it has been measured."""
        self._hour: tuple[datetime, float, float] | None = None
        """The hour that is running: its beginning, the house's energy and for how many hours that was."""

    def expected_kw(self, at: datetime) -> float:
        """What the house is expected to take: as usual, and by ever less what has differed from that until now."""
        burst_kw, _ = self._still_away_kw(at)
        return max(0.0, self._at_hour_kw(at) + burst_kw)

    def _still_away_kw(self, at: datetime) -> tuple[float, float]:
        """What is left by then of how the load differed from the usual one, in the last minutes and lately."""
        if self._measured_until is None:
            return 0.0, 0.0
        ahead = max(timedelta(0), at - self._measured_until)
        burst_left: float = 0.5 ** (ahead / _BURST_HALVED_IN)
        left: float = 0.5 ** (ahead / _HALVED_IN)
        return self._away_kw * left + (self._burst_kw - self._away_kw) * burst_left, self._away_kw * left

    def _at_hour_kw(self, at: datetime) -> float:
        hour = at.astimezone(self._zone).hour
        if hour in self._usual_kw:
            return self._usual_kw[hour]
        return self._guess_kw * next(share for hours, share in _USUAL_DAY.items() if hour in hours)

    def add(self, start: datetime, end: datetime, *, house_kw: float | None, cars_kw: float) -> None:
        """Loads in `[start, end)`; a house that is not measured takes what is usual."""
        at = start.astimezone(UTC)
        while at < end:
            until = min(end, quarter_of(at) + QUARTER)
            hours = (until - at) / _HOUR
            kw = self.expected_kw(at) if house_kw is None else house_kw
            load = _Load(house_kw=kw, cars_kw=cars_kw, is_measured=house_kw is not None)
            for account in self._accounts:
                account.add(at, hours, load, self.expected_kw)
            if house_kw is not None:
                self._learn(at, kw * hours, hours)
                self._follow(kw - self._at_hour_kw(at), at, until)
            at = until

    def _follow(self, away_kw: float, start: datetime, end: datetime) -> None:
        """Go on from what is left of before, as a meter may have been away for a while."""
        is_first = self._measured_until is None
        self._burst_kw, self._away_kw = (away_kw, away_kw) if is_first else self._still_away_kw(start)
        self._burst_kw += min(1.0, (end - start) / _MINUTES) * (away_kw - self._burst_kw)
        self._away_kw += min(1.0, (end - start) / _LATELY) * (away_kw - self._away_kw)
        self._measured_until = end

    def _learn(self, at: datetime, kwh: float, hours: float) -> None:
        start = _hour_of(at)
        if self._hour and self._hour[0] == start:
            self._hour = (start, self._hour[1] + kwh, self._hour[2] + hours)
            return
        if self._hour and self._hour[2] > 0:
            hour, kw = self._hour[0].astimezone(self._zone).hour, self._hour[1] / self._hour[2]
            before = self._usual_kw.get(hour, kw)
            self._usual_kw[hour] = before + _LEARNED * (kw - before)
        self._hour = (start, kwh, hours)

    def months(self, now: datetime, departure: datetime) -> Sequence[PeakMonth]:
        """What each fee's month has come to."""
        return [self._month(account, now, departure) for account in self._accounts]

    def _month(self, account: _Account, now: datetime, departure: datetime) -> PeakMonth:
        local = departure.astimezone(self._zone)
        following = local.replace(day=1, hour=12) + timedelta(days=31)
        ends = midnight(following.replace(day=1).date(), self._zone)
        left = max(0, (ends - departure) // timedelta(days=1))
        return PeakMonth(
            fee=account.fee,
            values_kw=account.total_kw,
            alone=self._alone(account, left, now),
            stray_kw=lambda at: self._stray_kw(account, at),
            so_far_kwh=account.so_far_kwh(now),
            nights_left=left,
        )

    def _stray_kw(self, account: _Account, at: datetime) -> float:
        hour = at.astimezone(self._zone).hour
        if (square := account.strays_kw2.get(hour)) is not None:
            return sqrt(square)
        return (_STRAYS if hour in self._usual_kw else _STRAYS_FROM_GUESS) * self._at_hour_kw(at)

    def _alone(self, account: _Account, days: int, now: datetime) -> ExpectedLoads:
        """What the house alone reaches on so many days, by those before and, while they are few, its usual load."""
        of_day = day_of if account.fee.of is Per.INTERVAL else str
        highest: dict[str, float] = {}
        for period, kw in sorted(account.alone_kw.items()):
            highest[of_day(period)] = max(kw, highest.get(of_day(period), 0.0))
        today = of_day(account.fee.period_of(now))
        seen = [kw for period, kw in highest.items() if period < today][-_SEEN:]
        usual = [*self._usual_kw.values()] or [self._guess_kw]
        guess = _PEAK_TO_MEAN * max(weight.factor for weight in account.fee.weights) * fmean(usual)
        known = [*seen, *[guess] * _GUESS_DAYS]
        mean_kw = fmean(known)
        squares = sum((kw - mean_kw) ** 2 for kw in seen) + _GUESS_DAYS * (_PEAKS_STRAY * mean_kw) ** 2
        return ExpectedLoads(
            mean_kw=mean_kw,
            deviation_kw=sqrt(squares / len(known)),
            draws=-(-days // 7) if account.fee.of is Per.WEEK else days,
        )

    def billed_kw(self, now: datetime) -> float:
        """What the first fee would bill if nothing more were taken this month."""
        fee, values = self._accounts[0].fee, self._accounts[0].total_kw
        this_month = month_of(fee.period_of(now))
        return fee.billed_kw(kw for period, kw in values.items() if month_of(period) == this_month)

    def tidy(self, now: datetime) -> None:
        """Drop what is of no month any more that counts."""
        first_month = month_of((now - timedelta(days=_KEPT_DAYS)).astimezone(self._zone).date().isoformat())
        for account in self._accounts:
            account.tidy(first_month)

    def facts(self) -> Mapping[str, Any]:
        """For the store."""
        return {
            "usual_kw": {str(hour): round(kw, 3) for hour, kw in self._usual_kw.items()},
            "fees": {
                account.fee.measure: {
                    "total_kw": {period: round(kw, 3) for period, kw in account.total_kw.items()},
                    "alone_kw": {period: round(kw, 3) for period, kw in account.alone_kw.items()},
                    "strays_kw2": {str(hour): round(square, 4) for hour, square in account.strays_kw2.items()},
                    "running": _facts(account.running) if account.running else None,
                }
                for account in self._accounts
            },
        }

    def take(self, facts: Mapping[str, Any]) -> None:
        """What was stored, of the fees that are measured as they were then."""
        self._usual_kw = {int(hour): number(kw) for hour, kw in table(facts["usual_kw"]).items()}
        stored = table(facts["fees"])
        for account in self._accounts:
            if (kept := stored.get(account.fee.measure)) is None:
                continue
            account.total_kw = {text(period): number(kw) for period, kw in table(kept["total_kw"]).items()}
            account.alone_kw = {text(period): number(kw) for period, kw in table(kept["alone_kw"]).items()}
            strays = table(kept.get("strays_kw2", {}))
            account.strays_kw2 = {int(hour): number(square) for hour, square in strays.items()}
            running = kept["running"]
            account.running = running and _Running(
                moment(running["at"]), number(running["house_kwh"]), number(running["cars_kwh"])
            )


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _facts(running: _Running) -> Mapping[str, Any]:
    return {
        "at": running.at.isoformat(),
        "house_kwh": round(running.house_kwh, 4),
        "cars_kwh": round(running.cars_kwh, 4),
    }
