"""What a kWh will cost the driver; beta."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import Field

from smart_charging.clouds.http.model import CloudModel, Row, Stamp
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.clouds.monta_partner.money import AnyCurrency, TenThousandths

_HOUR = timedelta(hours=1)


class ForecastPrice(Row):
    """The price of one hour."""

    start: Stamp = Field(alias="time")
    price_per_kwh: TenThousandths
    """In the forecast's currency, with all that the owner adds."""

    @property
    def end(self) -> datetime:
        """An hour later, even where the price group is by quarters."""
        return self.start + _HOUR


class PricesForecast(CloudModel):
    """Prices for the driver at one charge point; how far ahead is not said."""

    currency: AnyCurrency
    prices: tuple[ForecastPrice, ...] = Field(alias="forecasts")

    def at(self, moment: datetime) -> Decimal | None:
        """The price that holds then; None where the forecast does not reach."""
        return next((hour.price_per_kwh for hour in self.prices if hour.start <= moment < hour.end), None)


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices to come."""

    _calls: Calls

    async def forecast(
        self,
        *,
        charge_point_id: int | None = None,
        price_group_id: int | None = None,
        team_member_id: int | None = None,
    ) -> PricesForecast:
        """By hour, for a charge point or a price group; without a price group the charge point's own counts.

        Args:
            team_member_id: For whom; members may pay other prices.
        """
        return await self._calls.read(
            PricesForecast,
            "get-prices-forecast",
            charge_point_id=charge_point_id,
            price_group_id=price_group_id,
            team_member_id=team_member_id,
        )
