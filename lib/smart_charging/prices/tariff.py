"""The tariff: from the spot price to what a kWh costs at home."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from smart_charging.prices.average import averaged
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.rates import Rate, cut, edges_of, rate_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What is added to spot, or to a fixed price; per kWh, without VAT, in the currency of the prices.

    The price is `(spot * factor + markup + grid fee + energy tax) * (1 + VAT) - refund`. State
    support is deducted before VAT is added. Of several rates the first that applies counts; none is 0.
    """

    spot_factor: float = 1.0
    """Of a supplier who sells at spot plus some per cent."""
    markup: Sequence[Rate] = ()
    """The supplier's; a discount is negative."""
    energy_tax: Sequence[Rate] = ()
    grid_fees: Sequence[Rate] = ()
    vat: float = 0.0
    """As a share: 0.25."""
    is_vat_on_spot_only: bool = False
    """Whether markup, grid and tax are already given with their VAT."""
    support_share: float = 0.0
    """The state's share of the spot price above `support_above`: 0.9 in Norway."""
    support_above: Sequence[Rate] = ()
    """Without VAT; no support where none applies."""
    refund: Sequence[Rate] = ()
    """Paid back in the end, VAT included."""
    average: timedelta | None = None
    """Interval over which the bill averages the spot price: an hour, half or quarter of one; None where it does not."""
    holidays: Container[date] = frozenset()
    """Counted as Sundays."""

    def applied(self, spot: PriceCurve, zone: tzinfo) -> PriceCurve:
        """The prices that a customer pays; slots are cut at the local times at which an amount may change.

        Not for a source whose prices include taxes and fees already.
        """
        edges = edges_of([*self.markup, *self.energy_tax, *self.grid_fees, *self.support_above, *self.refund])
        parts = (part for slot in self.billed(spot, zone) for part in cut(slot, edges, zone))
        return PriceCurve(
            [replace(part, price_per_kwh=self.price(part.price_per_kwh, part.start, zone)) for part in parts],
            spot.currency,
        )

    def billed(self, prices: PriceCurve, zone: tzinfo) -> PriceCurve:
        """The prices in the intervals of the bill, with nothing added; also for prices that include fees."""
        return prices if self.average is None else averaged(prices, self.average, zone)

    def price(self, spot_per_kwh: float, moment: datetime, zone: tzinfo) -> float:
        """What a kWh costs at a moment."""
        local = moment.astimezone(zone)
        energy = spot_per_kwh * self.spot_factor - self._support(spot_per_kwh, local)
        fees = sum(self._amount(rates, local) for rates in (self.markup, self.energy_tax, self.grid_fees))
        refund = self._amount(self.refund, local)
        if self.is_vat_on_spot_only:
            return energy * (1 + self.vat) + fees - refund
        return (energy + fees) * (1 + self.vat) - refund

    def _support(self, spot_per_kwh: float, local: datetime) -> float:
        above = rate_at(self.support_above, local, self.holidays)
        return 0.0 if above is None else self.support_share * max(0.0, spot_per_kwh - above)

    def _amount(self, rates: Sequence[Rate], local: datetime) -> float:
        return rate_at(rates, local, self.holidays) or 0.0
