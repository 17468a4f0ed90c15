"""What prices may become: our own estimates, mixed with what another forecasts."""

from __future__ import annotations

import logging
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial

from smart_charging.config.prices import PriceForecastSettings, PriceSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import NO_PRICES, PriceCurve, PriceSlot
from smart_charging.prices.forecast import PriceForecast
from smart_charging.prices.track_record import DAYS
from smart_charging.services.home_assistant import Entities
from smart_charging.services.outage import Outage
from smart_charging.services.pricing.entity_source import EntitySource
from smart_charging.services.pricing.forecast_judge import ForecastJudge
from smart_charging.services.store import Store

_PATIENCE = timedelta(minutes=10)
"""Integrations may take so long after a start of Home Assistant."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Prices of `[start, end)`, estimated where they are not known."""

    curve: PriceCurve
    start: datetime
    end: datetime

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether there are estimates for all of `[start, end)`."""
        return self.start <= start and end <= self.end


NOTHING_GUESSED = Guess(NO_PRICES, *[datetime.max.replace(tzinfo=UTC)] * 2)


class ExpectedPrices:
    """Estimates for times without published prices, and how right they have been.

    The other forecast is that of `price_forecast`, else the one that the price source gives beside its prices. Both
    are in the source's terms, before the tariff.

    Args:
        holidays: Are like Sundays.
    """

    def __init__(
        self,
        settings: PriceSettings,
        entities: Entities,
        store: Store,
        *,
        zone: tzinfo,
        holidays: Container[date],
        log: logging.Logger,
    ) -> None:
        written = settings.price_forecast
        self._source = _source(written, settings, entities, zone) if written else None
        self._zone = zone
        self._holidays = holidays
        self._outage = Outage("Reading the price forecast", log, _PATIENCE)
        self._ours: tuple[PriceCurve, PriceForecast] | None = None
        self._theirs = NO_PRICES
        self._judge = ForecastJudge(store)

    async def update(
        self, published: PriceCurve, own: PriceCurve, now: datetime, *, source: str, has_fees_inside: bool
    ) -> bool:
        """Read the other forecast, and judge earlier ones by what is published now; whether estimates may differ.

        Args:
            own: What the price source, whose name is `source`, forecasts.
        """
        before = (self._theirs, self._judge.record)
        if self._source:
            self._theirs = await self._read(self._source, published, now, has_fees_inside=has_fees_inside)
        else:
            self._theirs = own
        if published and (self._theirs or self._judge.is_busy):
            of = f"{self._source.name if self._source else source} {published.currency} {has_fees_inside}"
            ours = partial(self._ours_from, published)
            await self._judge.judge(of, published, ours, self._theirs)
        return before != (self._theirs, self._judge.record)

    def filled(self, published: PriceCurve, start: datetime, end: datetime, *, is_lowered: bool = True) -> PriceCurve:
        """The published prices of `[start, end)`, and estimates for the rest if any was ever published.

        Args:
            is_lowered: Whether estimates are a little lower than what is expected, see `PriceForecast.slots`.
        """
        known = published.between(start, end)
        if not published:
            return known
        return known.filled_from(PriceCurve(self._estimates(published, start, end, is_lowered=is_lowered)))

    def _estimates(
        self, published: PriceCurve, start: datetime, end: datetime, *, is_lowered: bool
    ) -> Sequence[PriceSlot]:
        ours = list(self._forecast(published).slots(start, end, is_lowered=is_lowered))
        known_until = published.known_until
        if not self._theirs or known_until is None:
            return ours
        bounds = _bounds(published)
        return [self._mixed(slot, slot.start - known_until, bounds) for slot in ours]

    def _mixed(self, ours: PriceSlot, ahead: timedelta, bounds: tuple[float, float]) -> PriceSlot:
        if (theirs := self._theirs.price_at(ours.start)) is None:
            return ours
        least, most = bounds
        believable = max(least, min(most, theirs))
        return replace(ours, price_per_kwh=self._judge.record.mixed(ours.price_per_kwh, believable, ahead))

    def _ours_from(self, published: PriceCurve, start: datetime) -> PriceCurve:
        return PriceCurve(list(self._forecast(published).slots(start, start + DAYS * timedelta(days=1))))

    def _forecast(self, published: PriceCurve) -> PriceForecast:
        if self._ours is None or self._ours[0] is not published:
            self._ours = (published, PriceForecast(published, self._zone, self._holidays))
        return self._ours[1]

    async def _read(
        self, source: EntitySource, published: PriceCurve, now: datetime, *, has_fees_inside: bool
    ) -> PriceCurve:
        reading = await source.read(now, published)
        problem = reading.problem
        currencies = {reading.curve.currency, published.currency} - {None}
        if reading.curve and len(currencies) > 1:
            problem = PriceError(f"{source.name} is in {reading.curve.currency}, the prices in {published.currency}")
        elif reading.curve and reading.has_fees_inside != has_fees_inside:
            problem = PriceError(f"of {source.name} and the prices only one has fees in it")
        if problem is None:
            self._outage.worked(now)
            return reading.curve
        self._outage.failed(PriceError(f"price_forecast: {problem}; our own estimates stand in"), now)
        return NO_PRICES


def _source(written: PriceForecastSettings, settings: PriceSettings, entities: Entities, zone: tzinfo) -> EntitySource:
    """A reader of the entities of `price_forecast`, to which nothing applies that is written of the price source."""
    only = {"price_entity": written.entity, "price_unit": written.price_unit, "price_keys": written.price_keys}
    others = {"price_action": None, "price_currency": None, "price_area": None}
    return EntitySource(settings.model_copy(update=only | others), entities, zone, argument="price_forecast")


def _bounds(published: PriceCurve) -> tuple[float, float]:
    """What another forecast is believed at most: as far beyond the known prices as these are apart."""
    prices = [slot.price_per_kwh for slot in published]
    least, most = min(prices), max(prices)
    return 2 * least - most, 2 * most - least
