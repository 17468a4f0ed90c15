"""Closes the times in which charging would raise the month's peak for too little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.peak_night import piece_of
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Block
from smart_charging.planning.shared import shared_plan
from smart_charging.planning.spread import Spread, UsualCosts, spread, usual_costs
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.peaks.load_book import LoadBook
from smart_charging.services.peaks.night_needs import NightNeeds

_NIGHTS = 7
"""So many nights before say what a cap costs in a usual one."""
_A_NIGHT = timedelta(days=1)
_ON_COURSE_KWH = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerSpread:
    """A charger's caps, and what they were worked out from."""

    at: datetime
    request: ChargeRequest
    curve: PriceCurve
    spread: Spread

    def still_holds(self, request: ChargeRequest, curve: PriceCurve, now: datetime) -> bool:
        """For five minutes of the clock, unless more has changed than what was charged meanwhile."""
        charged_kwh = self.request.need.energy_kwh - request.need.energy_kwh
        most_kwh = request.need.power_kw * ((now - self.at) / timedelta(hours=1)) + _ON_COURSE_KWH
        return (
            piece_of(now) == piece_of(self.at)
            and curve == self.curve
            and -_ON_COURSE_KWH <= charged_kwh <= most_kwh
            and _without_progress(request) == _without_progress(self.request)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usual:
    """What caps cost in a usual night, and for which request that was worked out."""

    of: ChargeRequest
    costs: UsualCosts

    def still_holds(self, request: ChargeRequest) -> bool:
        """While it is the same night, and no more is wanted than in the beginning."""
        need, was = request.need, self.of.need
        is_same = (need.ready_by, round(need.power_kw, 1)) == (was.ready_by, round(was.power_kw, 1))
        return is_same and need.energy_kwh <= was.energy_kwh + _ON_COURSE_KWH


class Spreader:
    """Decides on the caps of all chargers; it reads the book of loads and changes nothing but what is its own."""

    def __init__(self, book: LoadBook, zone: tzinfo) -> None:
        self._book = book
        self._zone = zone
        self._usual: dict[str, _Usual] = {}
        self.needs = NightNeeds()
        self.spreads: dict[str, ChargerSpread] = {}
        """By charger id."""

    def copy(self) -> Spreader:
        """One that knows the same and goes on by itself."""
        copied = Spreader(self._book, self._zone)
        copied.spreads, copied._usual = dict(self.spreads), dict(self._usual)
        copied.needs = self.needs.copy()
        return copied

    def spread(
        self,
        requests: Sequence[ChargeRequest],
        curve: PriceCurve,
        history: PriceCurve,
        now: datetime,
        *,
        fuse_kw: float | None = None,
        loads: Sequence[Load] = (),
    ) -> Sequence[ChargeRequest]:
        """The requests, closed to the times in which charging would cost more than it saves.

        Args:
            history: Published prices of the days before.
            loads: Charges that are not planned here.
        """
        wanting = {one.charger_id for one in requests}
        self.spreads = {key: kept for key, kept in self.spreads.items() if key in wanting}
        self._usual = {key: kept for key, kept in self._usual.items() if key in wanting}
        changed = [one for one in requests if not self._holds(one, curve, now)]
        if changed:
            self._decide(requests, curve, history, now, loads)
        closed = [_closed(one, self.spreads[one.charger_id].spread.closed) for one in requests]
        if (
            changed
            and fuse_kw is not None
            and _comes_shorter(curve, requests, closed, now, fuse_kw=fuse_kw, loads=loads)
        ):
            self.spreads = {key: replace(kept, spread=Spread(caps_kw=())) for key, kept in self.spreads.items()}
            return requests
        return closed

    def _holds(self, request: ChargeRequest, curve: PriceCurve, now: datetime) -> bool:
        kept = self.spreads.get(request.charger_id)
        return kept is not None and kept.still_holds(request, curve, now)

    def _decide(
        self,
        requests: Sequence[ChargeRequest],
        curve: PriceCurve,
        history: PriceCurve,
        now: datetime,
        loads: Sequence[Load],
    ) -> None:
        """One charger after another, each beside those before it; the one that leaves first is the first."""
        before, self.spreads = self.spreads, {}
        others = list(loads)
        for request in sorted(requests, key=lambda one: (one.need.ready_by, one.charger_id)):
            kept = before.get(request.charger_id)
            months, load_kw = self._book.months(now, request.need.ready_by), _LoadKw(self._book, others)
            if not ((usual := self._usual.get(request.charger_id)) and usual.still_holds(request)):
                known = self._usually(request)
                costs = usual_costs(known, now, curve, months, load_kw, gone_by=_gone_by(history, now))
                usual = self._usual[request.charger_id] = _Usual(of=request, costs=costs)
            share = self.needs.share(request.charger_id)
            months = [replace(one, nights_left=round(one.nights_left * share)) for one in months]
            found = spread(
                request,
                now,
                curve,
                months,
                load_kw,
                before=kept.spread.caps_kw if kept else (),
                usual=usual.costs,
                leaves_rest=len(requests) > 1,
            )
            self.spreads[request.charger_id] = ChargerSpread(at=now, request=request, curve=curve, spread=found)
            others += [Load(start=one.start, end=one.end, power_kw=request.need.power_kw) for one in found.on]

    def _usually(self, request: ChargeRequest) -> ChargeRequest:
        """The request with what the car usually wants, as the nights to come are more like that than like this one."""
        need = request.need
        if need.energy_kwh > ALMOST_NOTHING_KWH:
            self.needs.note(request.charger_id, need.ready_by.astimezone(self._zone).date(), need.energy_kwh)
        usual_kwh = self.needs.usual_kwh(request.charger_id) or need.energy_kwh
        usual_need = replace(need, energy_kwh=usual_kwh, minimum_kwh=min(need.minimum_kwh, usual_kwh))
        return replace(request, need=usual_need, preferences=replace(request.preferences, closed=()))


@dataclass(frozen=True, slots=True)
class _LoadKw:
    """What house and other chargers are expected to take."""

    book: LoadBook
    others: Sequence[Load]

    def __call__(self, at: datetime) -> float:
        return self.book.expected_kw(at) + sum(one.power_kw for one in self.others if one.start <= at < one.end)


def _gone_by(history: PriceCurve, now: datetime) -> Sequence[PriceCurve]:
    """Prices of days before, moved to the times of the coming night."""
    days = [timedelta(days=day) for day in range(1, _NIGHTS + 1)]
    return [history.between(now - day, now - day + _A_NIGHT).moved(day) for day in days]


def _closed(request: ChargeRequest, closed: Sequence[Block]) -> ChargeRequest:
    if not closed:
        return request
    both = (*request.preferences.closed, *closed)
    return replace(request, preferences=replace(request.preferences, closed=both))


def _comes_shorter(
    curve: PriceCurve,
    requests: Sequence[ChargeRequest],
    closed: Sequence[ChargeRequest],
    now: datetime,
    *,
    fuse_kw: float,
    loads: Sequence[Load],
) -> bool:
    """Whether on the common fuse somebody is not ready because of what is closed."""

    def missing_kwh(some: Sequence[ChargeRequest]) -> float:
        plans = shared_plan(curve, some, limit_kw=fuse_kw, now=now, loads=loads)
        return sum(plan.shortfall_kwh for plan in plans.values())

    missing = missing_kwh(closed)
    return missing > ALMOST_NOTHING_KWH and missing > missing_kwh(requests) + ALMOST_NOTHING_KWH


def _without_progress(request: ChargeRequest) -> ChargeRequest:
    need = replace(request.need, energy_kwh=0.0, minimum_kwh=0.0, power_kw=round(request.need.power_kw, 1))
    return replace(request, is_running=False, need=need)
