"""Leaves a part of what cars lack to cheaper nights, where their settings allow that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import partial

from smart_charging.config.usual import UsualVisits
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.coming_nights import coming_nights
from smart_charging.planning.days_ahead import Outlook, outlook
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.planning.need import Need
from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.planning.window import allowed_spans
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.cars.request import TOLERANCE_KWH
from smart_charging.services.habits.habit import at_time
from smart_charging.services.habits.visits import visits_of
from smart_charging.services.planning_thread import PlanningThread
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.sessions.session_log import BookedSession, SessionLog

_DAY = timedelta(days=1)
_MORE_KWH = 0.5
"""A car that lacks so much more than when it was decided has told something new of itself."""

_Question = tuple[datetime, float, datetime | None, int, int]
"""What a decision depends on beside the energy: departure, how much may be owed, up to when prices are known, days
ahead, booked sessions."""


@dataclass(slots=True)
class _Decided:
    """Holds until something new is known, so that charging does not change what it was begun for."""

    question: _Question
    outlook: Outlook
    lacking_kwh: float
    """The least since then."""


class Outlooks:
    """Decides for each car how much of its need is charged by the next departure.

    Args:
        usual: When a person says that the car of a charger, by its key, usually comes.
    """

    def __init__(
        self,
        prices: PriceFeed,
        session_log: SessionLog,
        zone: tzinfo,
        thread: PlanningThread,
        usual: Callable[[str], UsualVisits | None] = lambda _key: None,
    ) -> None:
        self._prices = prices
        self._usual = usual
        self._session_log = session_log
        self._zone = zone
        self._thread = thread
        self._decided: dict[str, _Decided] = {}

    async def applied(self, snapshot: Snapshot, curve: PriceCurve, now: datetime) -> Snapshot:
        """The snapshot, which of a flexible need asks for what is to be charged by departure.

        Args:
            curve: Published prices.
        """
        request = snapshot.request
        if request is None or request.need.may_owe_kwh <= ALMOST_NOTHING_KWH:
            self._decided.pop(snapshot.key, None)
            return snapshot
        return _reduced(snapshot, request, await self._outlook(snapshot, request, curve, now))

    def as_decided(self, snapshot: Snapshot) -> Snapshot:
        """The same by what was decided last, without deciding anew."""
        request, kept = snapshot.request, self._decided.get(snapshot.key)
        if request is None or kept is None or request.need.may_owe_kwh <= ALMOST_NOTHING_KWH:
            return snapshot
        return _reduced(snapshot, request, kept.outlook)

    async def _outlook(self, snapshot: Snapshot, request: ChargeRequest, curve: PriceCurve, now: datetime) -> Outlook:
        need = request.need
        question = self._question(snapshot, need, curve)
        kept = self._decided.get(snapshot.key)
        if kept and kept.question == question and need.energy_kwh <= kept.lacking_kwh + _MORE_KWH:
            kept.lacking_kwh = min(kept.lacking_kwh, need.energy_kwh)
            return kept.outlook
        found = await self._decide(snapshot, request, curve, now)
        found = replace(found, wanted_kwh=found.wanted_kwh + (snapshot.delivered_kwh or 0.0))
        self._decided[snapshot.key] = _Decided(question, found, need.energy_kwh)
        return found

    def _question(self, snapshot: Snapshot, need: Need, curve: PriceCurve) -> _Question:
        days, sessions = snapshot.car.days_ahead, len(self._session_log.visits)
        return need.ready_by, need.may_owe_kwh, curve.known_until, days, sessions

    async def _decide(self, snapshot: Snapshot, request: ChargeRequest, curve: PriceCurve, now: datetime) -> Outlook:
        need, result_of = request.need, self._thread.result_of
        if need.ready_by <= now:  # what is charged after departure is what should have been there by then
            return Outlook(wanted_kwh=need.energy_kwh, owed_kwh=min(need.energy_kwh, need.may_owe_kwh))
        sessions, said = self._session_log.visits_at(snapshot.key), self._usual(snapshot.key)
        visits = await result_of(partial(_visits, snapshot, need.ready_by, sessions, said, now=now, zone=self._zone))
        until = max((one.leaves_at for one in visits), default=need.ready_by)
        expected, history = await self._prices.expected(curve, now, until), self._prices.history
        return await result_of(partial(_decision, request, visits, expected, history, now=now, zone=self._zone))


def _reduced(snapshot: Snapshot, request: ChargeRequest, found: Outlook) -> Snapshot:
    """The snapshot that asks for what is not left to later nights."""
    need = request.need
    tonight_kwh = need.energy_kwh - min(found.owed_kwh, need.energy_kwh - need.minimum_kwh)
    tonight = replace(need, energy_kwh=tonight_kwh if tonight_kwh > TOLERANCE_KWH else 0.0, may_owe_kwh=0.0)
    return replace(snapshot, request=replace(request, need=tonight), outlook=found)


def _decision(
    request: ChargeRequest,
    visits: Sequence[ExpectedVisit],
    expected: PriceCurve,
    history: PriceCurve,
    *,
    now: datetime,
    zone: tzinfo,
) -> Outlook:
    need = request.need
    end = need.finish_by if need.finish_by > now else need.ready_by
    tonight = [one for one in allowed_spans(expected, now, end, request.preferences) if one.is_open]
    return outlook(need, tonight, coming_nights(visits, expected, history, zone))


def _visits(
    snapshot: Snapshot,
    ready_by: datetime,
    sessions: Sequence[BookedSession],
    said: UsualVisits | None,
    *,
    now: datetime,
    zone: tzinfo,
) -> Sequence[ExpectedVisit]:
    """Those after the departure at hand, as far ahead as the settings say."""
    car = snapshot.car
    departure = partial(car.departure, zone)
    usual = visits_of(said, sessions, now, zone, days=car.days_ahead + 1, departure=departure)
    if car.energy_kwh is not None:
        usual = [replace(one, energy_kwh=car.energy_kwh, spread_kwh=0.0) for one in usual]
        usual = usual or list(_before_each_departure(snapshot, car.energy_kwh, ready_by, zone))
    latest = ready_by + car.days_ahead * _DAY
    return [one for one in usual if ready_by <= one.arrives_at <= latest]


def _before_each_departure(
    snapshot: Snapshot, energy_kwh: float, ready_by: datetime, zone: tzinfo
) -> Iterator[ExpectedVisit]:
    """Visits as long as too few are booked to tell what is usual."""
    car, cable = snapshot.car, snapshot.cable
    if cable is None:
        return
    arrives, leaves_at = cable.plugged_in_at.astimezone(zone).time(), ready_by
    for _ in range(car.days_ahead):
        day = leaves_at.astimezone(zone).date()
        moments = [at_time(one, arrives, zone) for one in (day, day + _DAY)]
        arrives_at = next(one for one in moments if one > leaves_at)
        leaves_at = car.departure(zone, arrives_at)
        yield ExpectedVisit(arrives_at=arrives_at, leaves_at=leaves_at, energy_kwh=energy_kwh)
