"""From the spot price to what a kWh costs at home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve, PriceSlot


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFee:
    """A price of the grid for some hours, days and months; what is not said is any."""

    per_kwh: float
    from_hour: int = 0
    to_hour: int = 24
    """Local hours, `[from_hour, to_hour)`; from 22 to 6 goes over midnight."""
    months: Sequence[int] = ()
    """1 is January."""
    weekdays: Sequence[int] = ()
    """0 is Monday; a holiday is a Sunday, 6."""

    def __post_init__(self) -> None:
        if not (0 <= self.from_hour <= 24 and 0 <= self.to_hour <= 24):
            raise PriceError(f"a grid fee from {self.from_hour} to {self.to_hour} o'clock: write hours from 0 to 24")

    def holds(self, local: datetime, weekday: int) -> bool:
        """Whether this is the fee of a local time."""
        if self.from_hour < self.to_hour:
            is_hour = self.from_hour <= local.hour < self.to_hour
        else:
            is_hour = local.hour >= self.from_hour or local.hour < self.to_hour
        return (
            is_hour
            and (not self.months or local.month in self.months)
            and (not self.weekdays or weekday in self.weekdays)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What is added to spot; all amounts per kWh, without VAT, in the currency of the prices.

    The price is `(spot + markup + grid fee + energy tax) * (1 + VAT)`. State support comes off
    spot before VAT is added.
    """

    markup: float = 0.0
    """The supplier's."""
    energy_tax: float = 0.0
    grid_fees: Sequence[GridFee] = ()
    """The first that holds counts; none is 0."""
    vat: float = 0.0
    """As a share: 0.25."""
    is_vat_on_spot_only: bool = False
    """Whether markup, grid and tax are already given with their VAT."""
    support_share: float = 0.0
    """Of the spot price above `support_above`, what the state pays: 0.9 in Norway."""
    support_above: float = 0.0
    """Without VAT."""
    holidays: frozenset[date] = frozenset()
    """Counted as Sundays."""

    def applied(self, spot: PriceCurve, zone: tzinfo) -> PriceCurve:
        """The prices a customer pays; slots are cut at the local hours at which a fee changes.

        Do not apply it to a source that has taxes and fees in its prices already.
        """
        parts = (part for slot in spot for part in _cut_on_the_hour(slot, zone))
        return PriceCurve(
            [replace(part, price_per_kwh=self.price(part.price_per_kwh, part.start, zone)) for part in parts],
            spot.currency,
        )

    def price(self, spot_per_kwh: float, moment: datetime, zone: tzinfo) -> float:
        """What a kWh costs at a moment."""
        support = self.support_share * max(0.0, spot_per_kwh - self.support_above)
        fees = self.markup + self.energy_tax + self._grid(moment.astimezone(zone))
        if self.is_vat_on_spot_only:
            return (spot_per_kwh - support) * (1 + self.vat) + fees
        return (spot_per_kwh - support + fees) * (1 + self.vat)

    def _grid(self, local: datetime) -> float:
        weekday = 6 if local.date() in self.holidays else local.weekday()
        return next((fee.per_kwh for fee in self.grid_fees if fee.holds(local, weekday)), 0.0)


def _cut_on_the_hour(slot: PriceSlot, zone: tzinfo) -> Iterator[PriceSlot]:
    """Fees change on the local hour, which a long slot can hold several of."""
    start = slot.start
    while start < slot.end:
        local = start.astimezone(zone)
        into_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        end = min(slot.end, start + timedelta(hours=1) - into_hour)
        yield slot.clipped(start, end)
        start = end
