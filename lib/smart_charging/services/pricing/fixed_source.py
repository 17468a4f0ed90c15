"""A price source for the fixed prices in apps.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.fixed import fixed_prices
from smart_charging.prices.reading.plausible import refuse_implausible
from smart_charging.prices.reading.units import unit_of
from smart_charging.prices.wall_time import midnight
from smart_charging.services.pricing.history import AHEAD, LOOKED_AT
from smart_charging.services.pricing.source import PriceReading
from smart_charging.services.pricing.tariffs import rates_of, tariff_of


class FixedSource:
    """The argument `fixed` as a curve over the days that anybody looks at, computed anew every local day."""

    name = "fixed"
    followed: Sequence[str] = ()
    next_ask: datetime | None = None

    def __init__(self, settings: PriceSettings, zone: tzinfo) -> None:
        unit = settings.price_unit
        written = unit_of(unit, settings.price_currency) if unit else None
        factor = (written.scale or 1.0) * (written.per_kwh or 1.0) if written else 1.0
        self._rates = [replace(rate, per_kwh=rate.per_kwh * factor) for rate in rates_of(settings.fixed)]
        self._currency = settings.price_currency or (written and written.currency)
        self._holidays = tariff_of(settings.tariff).holidays if settings.tariff else frozenset()
        self._zone = zone
        self._last: tuple[date, PriceReading] | None = None

    async def read(self, now: datetime, _known: PriceCurve) -> PriceReading:
        """Prices of some past days, for sessions that run already, and of the coming days."""
        today = now.astimezone(self._zone).date()
        if self._last is None or self._last[0] != today:
            self.next_ask = midnight(today + timedelta(days=1), self._zone)
            self._last = (today, self._reading(today))
        return self._last[1]

    def _reading(self, today: date) -> PriceReading:
        start, begin, end = (midnight(today + days, self._zone) for days in (-LOOKED_AT, timedelta(0), AHEAD))
        curve = fixed_prices(self._rates, start, end, zone=self._zone, holidays=self._holidays, currency=self._currency)
        try:
            if any(slot.price_per_kwh for slot in curve):  # a fixed price of 0 means that there is only a tariff
                refuse_implausible(curve.slots, self._currency)
        except PriceError as err:
            return PriceReading(problem=PriceError(f"fixed: {err}"))
        return PriceReading(curve=curve, problem=self._gap(curve.between(begin, end), begin, end))

    def _gap(self, curve: PriceCurve, start: datetime, end: datetime) -> PriceError | None:
        edges = [start, *(edge for slot in curve for edge in (slot.start, slot.end)), end]
        hole = next((one for one, other in zip(edges[::2], edges[1::2], strict=True) if one < other), None)
        if hole is None:
            return None
        local = hole.astimezone(self._zone)
        return PriceError(f"fixed has no price for {local:%Y-%m-%d %H:%M}; write a last one without hours and days")
