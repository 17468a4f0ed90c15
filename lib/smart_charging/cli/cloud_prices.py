"""Reads prices and grid fees from a cloud once, as the scheduler does all the time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from smart_charging.clouds.knowledge import open_grid_fees, open_prices
from smart_charging.config.cloud_login import GridFeesCloudSettings, PriceCloudSettings
from smart_charging.config.tariff import TariffSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import NO_PRICES
from smart_charging.prices.rates import Rate
from smart_charging.services.pricing.cloud_source import CloudSource
from smart_charging.services.pricing.source import PriceReading

_AROUND = timedelta(days=8)
"""Before and after today."""
_LOG = logging.getLogger(__name__)


async def prices_of_cloud(settings: PriceCloudSettings, folder: Path, now: datetime) -> PriceReading:
    """What the driver will pay.

    Args:
        folder: Of appdaemon.yaml, where the credentials file is.

    Raises:
        ChargingError: It cannot be read; the message says why, or what to write.
    """
    cloud = open_prices(settings, folder, now=_machine_time, log=_LOG)
    try:
        reading = await CloudSource(cloud).read(now, NO_PRICES)
    finally:
        await cloud.aclose()
    if not reading.curve:
        raise reading.problem or PriceError("price_cloud: the cloud told no prices")
    return reading


async def grid_fees_of_cloud(
    source: GridFeesCloudSettings, tariff: TariffSettings, folder: Path, today: date, zone: ZoneInfo
) -> Sequence[Rate]:
    """The fees without VAT, or with it as the rest of the tariff; folder and errors as for `prices_of_cloud`."""
    cloud = open_grid_fees(source, folder, now=_machine_time, log=_LOG)
    try:
        fees = await cloud.fees(today - _AROUND, today + _AROUND)
    finally:
        await cloud.aclose()
    return fees.rates(zone, vat=tariff.vat, wants_vat=tariff.is_vat_on_spot_only)


def _machine_time() -> datetime:
    return datetime.now(UTC)
