"""Keeps track of the month's peaks, and shows what is done about them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, tzinfo

from smart_charging.config.public_holidays import Calendar
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.entities.plan_view import PeakView
from smart_charging.planning.peak_fee import HOUR
from smart_charging.prices.quarters import quarter_of
from smart_charging.services.home_assistant import Entities
from smart_charging.services.peaks.fees import fees_of
from smart_charging.services.peaks.house_meter import HouseMeter
from smart_charging.services.peaks.load_book import LoadBook
from smart_charging.services.peaks.meter_search import MeterSearch
from smart_charging.services.peaks.spreader import Spreader
from smart_charging.services.store import Store, recalled

_STORE_KEY, _NEEDS_KEY = "peaks", "peaks_needs"
_AWAY = timedelta(minutes=20)
"""After so long without a look, what was taken meanwhile is not guessed from the last look."""


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
        search: MeterSearch | None = None,
        nights_before: Callable[[], Iterable[tuple[str, date, float]]] = tuple,
    ) -> None:
        """Set up the book of loads and the meter, which may still have to be found.

        Args:
            nights_before: What cars wanted in the weeks before, see `NightNeeds.fill`.
        """
        holidays = Calendar(settings.tariff.holidays if settings.tariff else ())
        self._book = LoadBook(fees_of(settings.peak, zone, holidays), settings.house_kw, zone)
        self._meter = HouseMeter(settings.house_meter, entities, log) if settings.house_meter else None
        self._search = search
        self._nights_before = nights_before
        self._zone = zone
        self._store = store
        self._spreader = Spreader(self._book, zone)
        self._seen_at: datetime | None = None
        self._is_recalled = False

    def view(self, charger_id: str, now: datetime) -> PeakView:
        """What to show of a charger's plan."""
        kept, so_far_kw = self._spreader.spreads.get(charger_id), self._book.billed_kw(now)
        if kept is None or not kept.spread.saved:
            return PeakView(so_far_kw=so_far_kw)
        return PeakView(
            so_far_kw=so_far_kw,
            expected_kw=kept.spread.peak_kw,
            below_kw=next((edge for edge, _ in self._book.fees[0].steps if kept.spread.peak_kw < edge), None),
            intervals=kept.spread.intervals,
            is_hourly=self._book.fees[0].interval == HOUR,
            dearer=kept.spread.dearer,
            saved=kept.spread.saved,
        )

    async def note(self, cars_kw: float, now: datetime) -> None:
        """Count what has been taken since the last time, by what the meter says now."""
        await self._recall(now)
        before, self._seen_at = self._seen_at, now
        meter = await self._search.meter(now) if self._search else self._meter
        house_kw = await meter.house_kw(cars_kw, now) if meter else None
        if before is None or not timedelta(0) < now - before:
            return
        if now - before > _AWAY:
            house_kw, cars_kw = None, 0.0
        self._book.add(before, now, house_kw=house_kw, cars_kw=cars_kw)
        if quarter_of(before) != quarter_of(now):
            self._book.tidy(now)
            await self._store.remember(_STORE_KEY, self._book.facts())
            await self._store.remember(_NEEDS_KEY, self._spreader.needs.facts())

    @property
    def spreader(self) -> Spreader:
        """What spreads the charging, as far as it is known now."""
        return self._spreader.copy()

    def keep(self, spreader: Spreader) -> None:
        """Go on from what was decided last."""
        self._spreader = spreader

    async def _recall(self, now: datetime) -> None:
        if not self._is_recalled:
            self._is_recalled = True
            await recalled(self._store, _STORE_KEY, self._book.take)
            await recalled(self._store, _NEEDS_KEY, self._spreader.needs.take)
            self._spreader.needs.fill(self._nights_before(), now.astimezone(self._zone).date())
