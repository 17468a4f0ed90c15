"""Tariffs of grid companies: their seasons, the hours within, and the prices that follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import Field

from smart_charging.clouds.http.model import CloudEnum, CloudModel, Row, Stamp
from smart_charging.clouds.monta_partner.calls import Calls


class TariffType(CloudEnum):
    """Where a tariff's prices come from."""

    WEEKLY = "WEEKLY"
    """From recurring periods."""
    DYNAMIC = "DYNAMIC"
    UNKNOWN = "unknown"


class DayOfWeek(CloudEnum):
    """As Monta writes days."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"
    UNKNOWN = "unknown"


class Tariff(Row):
    """One tariff."""

    id: int
    external_id: str | None = Field(default=None, coerce_numbers_to_str=True)
    name: str | None = None
    description: str | None = None
    type: TariffType = Field(default=TariffType.UNKNOWN, alias="tariffType")
    customer_type: str | None = None
    """`A_ZERO` to `C_CUSTOMER`, by the voltage at which a customer is connected; a Danish home is `C_CUSTOMER`."""
    zip_codes: tuple[str, ...] = ()
    area: str | None = None
    time_zone: str | None = None
    """Of the periods' days and hours."""
    prices_with_vat: bool | None = None
    currency_id: int | None = None
    active: bool | None = None


class TariffPrice(Row):
    """The price from a moment on, until the next one."""

    start: Stamp
    price: Decimal | None = None


class FullTariff(CloudModel):
    """A tariff with its prices, which exist only where somebody had them created."""

    tariff: Tariff
    prices: tuple[TariffPrice, ...] = ()


class Season(Row):
    """The dates between which some recurring periods hold; Monta's period group."""

    id: int
    tariff_id: int | None = None
    active_from: date | None = None
    active_to: date | None = None
    description: str | None = None


class RecurringPeriod(Row):
    """Hours of a week with one price."""

    id: int
    tariff_id: int | None = None
    day: DayOfWeek = Field(alias="dayOfWeek")
    end_day: DayOfWeek | None = Field(default=None, alias="endDayOfWeek")
    start: str | int | None = None
    """As it came: Monta takes an hour and gives back something whose format it does not describe."""
    end: str | int | None = None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Tariffs:
    """Tariffs that Monta knows."""

    _calls: Calls

    def every(
        self, *, zip_code: str | None = None, country_id: int | None = None, **filters: object
    ) -> AsyncIterator[Tariff]:
        """Tariffs, such as those of the grid company at a zip code.

        Args:
            filters: Any other parameter of `get-tariffs`.
        """
        return self._calls.rows(Tariff, "get-tariffs", zip=zip_code, country_id=country_id, **filters)

    async def one(self, tariff_id: int, *, start: date | None = None, end: date | None = None) -> FullTariff:
        """One tariff with its prices between two days."""
        return await self._calls.read(FullTariff, "get-tariff", tariff_id=tariff_id, start=start, end=end)

    def seasons(self, tariff_id: int) -> AsyncIterator[Season]:
        """The seasons of a tariff."""
        return self._calls.rows(Season, "get-tariff-period-groups", tariff_id=tariff_id)

    def periods(self, tariff_id: int, season_id: int) -> AsyncIterator[RecurringPeriod]:
        """The hours of a season. Monta does not describe the list around them; with or without pages it is read."""
        return self._calls.rows(
            RecurringPeriod, "get-tariff-recurring-periods", tariff_id=tariff_id, tariff_period_group_id=season_id
        )

    async def create_prices(self, tariff_id: int, *, start: date, end: date) -> FullTariff:
        """Have the prices between two days made from seasons and periods."""
        return await self._calls.read(
            FullTariff, "post-tariff-create-prices", tariff_id=tariff_id, start=start, end=end
        )
