"""Keeps track of the month's peaks, and closes the times in which charging would raise them for too little."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from smart_charging.config.public_holidays import Calendar
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.entities.plan_view import PeakView
from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.peak_fee import HOUR, QUARTER
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Block
from smart_charging.planning.shared import shared_plan
from smart_charging.planning.spread import Spread, spread
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.home_assistant import Entities
from smart_charging.services.peaks.fees import fees_of
from smart_charging.services.peaks.house_meter import HouseMeter
from smart_charging.services.peaks.load_book import LoadBook
from smart_charging.services.store import Store, recalled

_STORE_KEY = "peaks"
_NIGHTS = 7
"""So many nights before say what a cap costs in a usual one."""
_A_NIGHT = timedelta(days=1)
_AWAY = timedelta(minutes=20)
"""After so long without a look, what was taken meanwhile is not guessed from the last look."""
_ON_COURSE_KWH = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    """A charger's caps, and what they were worked out from."""

    at: datetime
    request: ChargeRequest
    curve: PriceCurve
    spread: Spread

    def still_holds(self, request: ChargeRequest, curve: PriceCurve, now: datetime) -> bool:
        """Within a quarter of an hour, unless more has changed than what was charged meanwhile."""
        charged_kwh = self.request.need.energy_kwh - request.need.energy_kwh
        most_kwh = request.need.power_kw * ((now - self.at) / timedelta(hours=1)) + _ON_COURSE_KWH
        return (
            _quarter(now) == _quarter(self.at)
            and curve == self.curve
            and -_ON_COURSE_KWH <= charged_kwh <= most_kwh
            and _without_progress(request) == _without_progress(self.request)
        )


class Peaks:
    """Spreads the charging of all chargers over more hours where the month's bill for peaks makes that cheaper."""

    def __init__(
        self,
        settings: SchedulerSettings,
        entities: Entities,
        store: Store,
        *,
        zone: tzinfo,
        log: logging.Logger,
    ) -> None:
        """Set up the book of loads and the meter."""
        holidays = Calendar(settings.tariff.holidays if settings.tariff else ())
        self._book = LoadBook(fees_of(settings.peak, zone, holidays), settings.house_kw, zone)
        self._meter = HouseMeter(settings.house_meter, entities, log) if settings.house_meter else None
        self._store = store
        self._spreads: Mapping[str, _Spread] = {}
        self._seen_at: datetime | None = None
        self._is_recalled = False

    def view(self, charger_id: str, now: datetime) -> PeakView:
        """What to show of a charger's plan."""
        kept, so_far_kw = self._spreads.get(charger_id), self._book.billed_kw(now)
        if kept is None or not kept.spread.saved:
            return PeakView(so_far_kw=so_far_kw)
        return PeakView(
            so_far_kw=so_far_kw,
            expected_kw=kept.spread.peak_kw,
            intervals=kept.spread.intervals,
            is_hourly=self._book.fees[0].interval == HOUR,
            dearer=kept.spread.dearer,
            saved=kept.spread.saved,
        )

    async def note(self, cars_kw: float, now: datetime) -> None:
        """Count what has been taken since the last time, by what the meter says now."""
        await self._recall()
        before, self._seen_at = self._seen_at, now
        house_kw = await self._meter.house_kw(cars_kw, now) if self._meter else None
        if before is None or not timedelta(0) < now - before:
            return
        if now - before > _AWAY:
            house_kw, cars_kw = None, 0.0
        self._book.add(before, now, house_kw=house_kw, cars_kw=cars_kw)
        if _quarter(before) != _quarter(now):
            self._book.tidy(now)
            await self._store.remember(_STORE_KEY, self._book.facts())

    @property
    def spreader(self) -> Spreader:
        """What spreads the charging, as far as it is known now."""
        return Spreader(self._book, self._spreads)

    def keep(self, spreader: Spreader) -> None:
        """Go on from what was decided last."""
        self._spreads = spreader.spreads

    async def _recall(self) -> None:
        if not self._is_recalled:
            self._is_recalled = True
            await recalled(self._store, _STORE_KEY, self._book.take)


class Spreader:
    """Decides on the caps; it reads the book of loads and changes nothing but its own caps."""

    def __init__(self, book: LoadBook, spreads: Mapping[str, _Spread]) -> None:
        self._book = book
        self._spreads = dict(spreads)

    def copy(self) -> Spreader:
        """One that knows the same and goes on by itself."""
        return Spreader(self._book, self._spreads)

    @property
    def spreads(self) -> Mapping[str, _Spread]:
        """By charger id, its caps."""
        return self._spreads

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
        self._spreads = {key: kept for key, kept in self._spreads.items() if key in wanting}
        changed = [one for one in requests if not self._holds(one, curve, now)]
        if changed:
            self._decide(requests, curve, history, now, loads)
        closed = [_closed(one, self._spreads[one.charger_id].spread.closed) for one in requests]
        if changed and fuse_kw is not None and _comes_short(curve, closed, now, fuse_kw, loads):
            self._spreads = {key: replace(kept, spread=Spread(caps_kw=())) for key, kept in self._spreads.items()}
            return requests
        return closed

    def _holds(self, request: ChargeRequest, curve: PriceCurve, now: datetime) -> bool:
        kept = self._spreads.get(request.charger_id)
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
        before, self._spreads = self._spreads, {}
        others = list(loads)
        gone_by = _gone_by(history, now)
        for request in sorted(requests, key=lambda one: (one.need.ready_by, one.charger_id)):
            kept = before.get(request.charger_id)
            found = spread(
                request,
                now,
                curve,
                self._book.months(now, request.need.ready_by),
                _LoadKw(self._book, others),
                before=kept.spread.caps_kw if kept else (),
                gone_by=gone_by,
                leaves_rest=len(requests) > 1,
            )
            self._spreads[request.charger_id] = _Spread(at=now, request=request, curve=curve, spread=found)
            others += [Load(start=one.start, end=one.end, power_kw=request.need.power_kw) for one in found.on]


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


def _comes_short(
    curve: PriceCurve, requests: Sequence[ChargeRequest], now: datetime, fuse_kw: float, loads: Sequence[Load]
) -> bool:
    """Whether on the common fuse somebody is not ready because of what is closed."""
    plans = shared_plan(curve, requests, limit_kw=fuse_kw, now=now, loads=loads)
    return any(plan.shortfall_kwh > ALMOST_NOTHING_KWH for plan in plans.values())


def _without_progress(request: ChargeRequest) -> ChargeRequest:
    need = replace(request.need, energy_kwh=0.0, minimum_kwh=0.0, power_kw=round(request.need.power_kw, 1))
    return replace(request, is_running=False, need=need)


def _quarter(moment: datetime) -> int:
    return int(moment.timestamp() // QUARTER.total_seconds())
