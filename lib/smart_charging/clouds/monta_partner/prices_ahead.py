"""What the driver will pay at a charge point, as prices to plan with."""

from __future__ import annotations

from itertools import pairwise

from smart_charging.clouds.monta_partner.client import PartnerClient
from smart_charging.clouds.monta_partner.prices import PricesForecast
from smart_charging.errors import ConfigError
from smart_charging.prices.curve import PriceCurve, PriceSlot

_MOST_NAMED = 20


class PricesAhead:
    """Forecasts for one charge point.

    Args:
        charger: Its id or name; None for the only one of the account.
        price_group_id: None for the charge point's own.
    """

    def __init__(self, client: PartnerClient, charger: str | None, price_group_id: int | None) -> None:
        self._client = client
        self._charger = charger
        self._price_group_id = price_group_id
        self._charge_point_id: int | None = None

    async def prices(self) -> PriceCurve:
        """By hour, as far ahead as Monta tells.

        Raises:
            ConfigError: There is not exactly one such charge point; the message lists them.
        """
        if self._charge_point_id is None:
            self._charge_point_id = await self._found()
        forecast = await self._client.prices.forecast(
            charge_point_id=self._charge_point_id, price_group_id=self._price_group_id
        )
        return curve_of(forecast)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _found(self) -> int:
        if self._charger and self._charger.isdecimal():
            return int(self._charger)
        points = [point async for point in self._client.charge_points.every()]
        found = [point for point in points if self._charger in {None, point.name}]
        if len(found) == 1:
            return found[0].id
        named = ", ".join(f"{point.id} ({point.name})" for point in (found or points)[:_MOST_NAMED])
        raise ConfigError(f"whose prices? write charger: and the id of a charge point, one of {named or 'none'}")


def curve_of(forecast: PricesForecast) -> PriceCurve:
    """A forecast as a curve; an hour that is told twice counts once, and one told by quarters is not wrong either."""
    by_start = {hour.start: hour for hour in forecast.prices}
    ordered = [by_start[start] for start in sorted(by_start)]
    ends = [min(one.end, other.start) for one, other in pairwise(ordered)] + [hour.end for hour in ordered[-1:]]
    slots = [
        PriceSlot(start=hour.start, end=end, price_per_kwh=float(hour.price_per_kwh))
        for hour, end in zip(ordered, ends, strict=True)
    ]
    return PriceCurve(slots, forecast.currency.code)
