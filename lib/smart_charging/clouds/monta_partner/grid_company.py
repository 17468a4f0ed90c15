"""The grid company's tariff at a zip code, as fees to plan with."""

from __future__ import annotations

from datetime import date, timedelta

from smart_charging.clouds.monta_partner.client import PartnerClient
from smart_charging.clouds.monta_partner.tariffs import Tariff
from smart_charging.errors import ConfigError, PriceError
from smart_charging.prices.fees_ahead import FeeChange, FeesAhead

_HOMES = "C_CUSTOMER"
_DAY = timedelta(days=1)
_MOST_NAMED = 20


class GridCompany:
    """The tariff of homes at a zip code.

    Its prices are taken as told, by the moment; nobody has to guess what Monta's weekdays and hours mean. They are
    per kWh and in the tariff's own currency, as far as Monta describes them.

    Args:
        tariff_id: Which one, where there are several.
    """

    def __init__(self, client: PartnerClient, zip_code: str, tariff_id: int | None) -> None:
        self._client = client
        self._zip_code = zip_code
        self._tariff_id = tariff_id

    async def fees(self, first: date, last: date) -> FeesAhead:
        """The fees of these days, of which Monta may know a part only."""
        if self._tariff_id is None:
            self._tariff_id = (await self._found()).id
        told = await self._client.tariffs.one(self._tariff_id, start=first, end=last + _DAY)
        priced = sorted((one.start, float(one.price)) for one in told.prices if one.price is not None)
        if not priced:
            raise PriceError(f"Monta has no prices of tariff {told.tariff.id} ({told.tariff.name}) for these days")
        changes = [FeeChange(start=start, per_kwh=per_kwh) for start, per_kwh in priced]
        return FeesAhead(changes=changes, has_vat=told.tariff.prices_with_vat is True)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _found(self) -> Tariff:
        tariffs = [tariff async for tariff in self._client.tariffs.every(zip_code=self._zip_code)]
        usable = [tariff for tariff in tariffs if tariff.active is not False]
        found = [tariff for tariff in usable if tariff.customer_type == _HOMES] or usable
        if len(found) == 1:
            return found[0]
        if not found:
            raise ConfigError(f"Monta knows no tariff at zip code {self._zip_code}; write grid_fees instead")
        named = ", ".join(f"{tariff.id} ({tariff.name})" for tariff in found[:_MOST_NAMED])
        raise ConfigError(f"there are several tariffs at zip code {self._zip_code}; write tariff: and one of {named}")
