"""Whether cars on a common fuse are ready that come late, as they usually do, and what expecting them costs.

    pip install scipy
    PYTHONPATH=lib:tests python -m benchmarks.arrivals --prices DIR

DIR as of `benchmarks.planning`. Every charger has a car with habits of its own, and a book of the four weeks before,
drawn from them like the evening itself; it misses an evening now and then. An evening is driven in steps of a minute,
once by who knows only the cars that are there, once by who expects the others by their books. Whether cars can be
ready at all, and what that costs at least, is told by linear programmes that know the evening in advance.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from benchmarks.day_ahead_files import DAY, HOUR, MINUTE, WEEK, ZONE, local, markets
from benchmarks.drawn_sessions import Evening, Session
from benchmarks.planning import Driven
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.expected_request import arrival, awaited
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan
from smart_charging.planning.replan import replan_shared
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.habits.usual_visits import usual_visits
from smart_charging.services.sessions.session_log import BookedSession

COMES = 0.95
"""The share of evenings on which a car comes."""
DAYS_BOOKED = 28
READY = 0.99
"""Of the energy wanted; what is below counts as missed."""
POWERS_KW = (3.7, 7.4, 11.0)


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What a car usually does; by the clock, with standard deviations."""

    arrives: timedelta
    leaves: timedelta
    kwh: float
    power_kw: float
    late: timedelta = timedelta(minutes=25)
    more: float = 0.15
    """Of its energy."""

    def session(self, day: date, prices: PriceCurve, rng: random.Random) -> Session:
        """What it does on a day."""
        return Session(
            prices=prices,
            arrives_at=local(day, _minutes(self.arrives + rng.gauss(0, 1) * self.late)),
            leaves_at=local(day + DAY, _minutes(self.leaves + rng.gauss(0, 1) * self.late / 2)),
            kwh=self.kwh * max(0.3, rng.gauss(1, self.more)),
            power_kw=self.power_kw,
        )

    def book(self, day: date, prices: PriceCurve, rng: random.Random) -> Sequence[BookedSession]:
        """The sessions of the four weeks before a day."""
        days = [day - ago * DAY for ago in range(1, DAYS_BOOKED + 1) if rng.random() < COMES]
        return [
            BookedSession(
                charger_id="",
                charger="",
                plugged_in_at=one.arrives_at,
                unplugged_at=one.leaves_at,
                energy_kwh=one.kwh,
            )
            for one in (self.session(day, prices, rng) for day in days)
        ]


def _minutes(length: timedelta) -> timedelta:
    return round(length / MINUTE) * MINUTE


@dataclass(frozen=True, kw_only=True)
class Street:
    """An evening at a common fuse, and what is known of the cars in advance."""

    evening: Evening
    books: Sequence[Sequence[BookedSession]]
    stays_away: frozenset[int] = frozenset()
    """Cars that do not come this time."""

    @property
    def coming(self) -> Evening:
        there = [one for i, one in enumerate(self.evening.sessions) if i not in self.stays_away]
        return replace(self.evening, sessions=there)


Expecting = Callable[[int, datetime], Sequence[ExpectedVisit]]


def by_books(street: Street) -> Expecting:
    known: dict[tuple[int, date], Sequence[ExpectedVisit]] = {}

    def expecting(car: int, now: datetime) -> Sequence[ExpectedVisit]:
        if (car, now.date()) not in known:
            leaves_at = street.evening.sessions[car].leaves_at
            known[car, now.date()] = usual_visits(street.books[car], now, ZONE, departure=lambda _: leaves_at)
        return awaited(known[car, now.date()], now)

    return expecting


def nobody(_car: int, _now: datetime) -> Sequence[ExpectedVisit]:
    return ()


def need_of(session: Session, driven: Driven) -> Need:
    left = max(0.0, session.kwh - driven.kwh)
    return Need(
        energy_kwh=left, power_kw=session.power_kw, ready_by=session.leaves_at, margin=timedelta(0), goes_on=False
    )


def drive(street: Street, expecting: Expecting) -> list[Driven]:
    """Plan at each arrival and each quarter of an hour."""
    sessions = street.evening.sessions
    driven = [Driven() for _ in sessions]
    plans: Mapping[str, Plan] = {}
    coming = street.coming.sessions
    now, end = min(one.arrives_at for one in coming), max(one.leaves_at for one in sessions)
    while now < end:
        there = [i for i in range(len(sessions)) if i not in street.stays_away and _is_there(sessions[i], now)]
        if now.minute % 15 == 0 or any(sessions[i].arrives_at == now for i in there):
            requests = [
                ChargeRequest(charger_id=str(i), need=need_of(sessions[i], driven[i]), is_running=driven[i].is_running)
                for i in there
            ]
            absent = [i for i, one in enumerate(sessions) if i not in there and not driven[i].kwh]
            expected = [
                arrival(str(i), "", visit, now, power_kw=sessions[i].power_kw).request
                for i in absent
                for visit in expecting(i, now)[:1]
            ]
            curve = sessions[0].prices.between(now, end)
            plans = replan_shared(curve, [*requests, *expected], plans, limit_kw=street.evening.limit_kw, now=now)
        for i in there:
            driven[i].charge(sessions[i], plans[str(i)], now)
        now += MINUTE
    return driven


def at_once(street: Street) -> list[Driven]:
    """Who comes first charges first, and whoever fits beside them."""
    sessions = street.evening.sessions
    driven = [Driven() for _ in sessions]
    now, end = min(one.arrives_at for one in sessions), max(one.leaves_at for one in sessions)
    while now < end:
        free_kw = street.evening.limit_kw
        for i in sorted(range(len(sessions)), key=lambda i: sessions[i].arrives_at):
            one, price = sessions[i], sessions[i].prices.price_at(now)
            missing_kwh = one.kwh - driven[i].kwh
            if (
                i in street.stays_away
                or not _is_there(one, now)
                or missing_kwh <= 1e-9
                or one.power_kw > free_kw + 1e-9
            ):
                continue
            free_kw -= one.power_kw
            used = min(missing_kwh, one.power_kw * (MINUTE / HOUR))
            driven[i].kwh += used
            driven[i].paid += used * (price or 0.0)
        now += MINUTE
    return driven


def _is_there(session: Session, now: datetime) -> bool:
    return session.arrives_at <= now < session.leaves_at


def without_the_last(street: Street) -> Street:
    sessions = street.evening.sessions
    return replace(street, stays_away=frozenset([max(range(len(sessions)), key=lambda i: sessions[i].arrives_at)]))


class Streets:
    """Evenings of every kind, drawn with a seed."""

    def __init__(self, seed: int, folder: Path | None) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - for a benchmark
        self._markets = markets(folder, "15min", self._rng)

    def some(self, count: int, draw: Callable[[], Street | None]) -> list[Street]:
        drawn: list[Street] = []
        while len(drawn) < count:
            if street := draw():
                drawn.append(street)
        return drawn

    def foreseen(self) -> Street | None:
        """All can be ready, though not if nobody charges before the last one is there."""
        street = self._street(self._rng.uniform(0.75, 0.95))
        could = replace(street.evening, sessions=[replace(one, kwh=one.kwh * 1.1) for one in street.evening.sessions])
        return street if not street.evening.is_possible(0) and could.optimum() is not None else None

    def ordinary(self) -> Street | None:
        """All can be ready with 15 % to spare, whenever charging begins."""
        street = self._street(self._rng.uniform(0.3, 0.7))
        return street if street.evening.is_possible(0.15) else None

    def _street(self, share: float) -> Street:
        """Cars that want this share of what the fuse could give between the first arrival and the last departure."""
        rng = self._rng
        habits = [
            Habits(
                arrives=rng.uniform(16, 23.5) * HOUR,
                leaves=rng.uniform(5.5, 8.5) * HOUR,
                kwh=rng.uniform(8, 40),
                power_kw=rng.choice(POWERS_KW),
            )
            for _ in range(rng.choice((2, 3, 4)))
        ]
        limit_kw = max(one.power_kw for one in habits) * rng.uniform(1.0, 1.6)
        hours = (DAY + max(one.leaves for one in habits) - min(one.arrives for one in habits)) / HOUR
        scale = share * limit_kw * hours / sum(one.kwh for one in habits)
        habits = [replace(one, kwh=_most(one, one.kwh * scale)) for one in habits]
        prices, day = self._day()
        sessions = [one.session(day, prices, rng) for one in habits]
        evening = Evening(sessions=sessions, limit_kw=limit_kw)
        return Street(evening=evening, books=[one.book(day, prices, rng) for one in habits])

    def _day(self) -> tuple[PriceCurve, date]:
        prices = self._rng.choice(list(self._markets.values()))
        first, last = prices.slots[0].start + 2 * WEEK, prices.slots[-1].end - 3 * DAY
        day = (first + self._rng.random() * (last - first)).astimezone(ZONE).date()
        return prices.between(local(day), local(day + 2 * DAY)), day


def _most(habits: Habits, kwh: float) -> float:
    return min(kwh, 0.85 * habits.power_kw * ((DAY + habits.leaves - habits.arrives) / HOUR))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an evening."""

    cars: int
    missed: int
    cost: float


def outcome(street: Street, driven: Sequence[Driven]) -> Outcome:
    pairs = list(zip(street.evening.sessions, driven, strict=True))
    there = [pair for i, pair in enumerate(pairs) if i not in street.stays_away]
    missed = sum(one.kwh < READY * session.kwh for session, one in there)
    return Outcome(cars=len(there), missed=missed, cost=sum(one.cost for _, one in there))


def ratio(outcomes: Sequence[Outcome], costs: Sequence[float | None]) -> str:
    """Of evenings on which all were ready: else the cost is of less energy."""
    both = [(one.cost, cost) for one, cost in zip(outcomes, costs, strict=True) if cost is not None and not one.missed]
    return f"{sum(cost for cost, _ in both) / sum(cost for _, cost in both):.4f}" if both else "-"


def judge(name: str, streets: Sequence[Street]) -> None:
    ways: dict[str, Callable[[Street], list[Driven]]] = {
        "at once": at_once,
        "expecting nobody": lambda street: drive(street, nobody),
        "expecting who usually comes": lambda street: drive(street, by_books(street)),
    }
    optima = [street.coming.optimum() for street in streets]
    played = {way: [outcome(street, play(street)) for street in streets] for way, play in ways.items()}
    before = [None if one.missed else one.cost for one in played["expecting nobody"]]
    for way, outcomes in played.items():
        missed = sum(one.missed > 0 for one in outcomes), sum(one.missed for one in outcomes)
        print(
            f"| {name} | {way} | {missed[0]} of {len(streets)} | {missed[1]} of {sum(one.cars for one in outcomes)} "
            f"| {ratio(outcomes, optima)} | {ratio(outcomes, before)} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--evenings", type=int, default=60, help="of each kind")
    arguments = parser.parse_args()
    streets = Streets(arguments.seed, arguments.prices)
    foreseen = streets.some(arguments.evenings, streets.foreseen)
    ordinary = streets.some(arguments.evenings, streets.ordinary)
    print("| evenings | charging | evenings missed | cars missed | cost, of the optimum | of expecting nobody |")
    print("|---|---|---|---|---|---|")
    judge("feasible with foreknowledge only", foreseen)
    judge("ordinary", ordinary)
    half = arguments.evenings // 2
    judge("the last one stays away", [without_the_last(one) for one in (*foreseen[:half], *ordinary[:half])])


if __name__ == "__main__":
    main()
