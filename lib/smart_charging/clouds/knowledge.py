"""Opens what a cloud knows beside chargers, by the cloud's name; each cloud is imported only when it is opened."""

# ruff: noqa: PLC0415  # nobody needs all of this, and most people none

from __future__ import annotations

from typing import TYPE_CHECKING

from smart_charging.errors import ConfigError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.connected_vehicles import ConnectedVehicles
    from smart_charging.clouds.monta_partner.grid_company import GridCompany
    from smart_charging.clouds.monta_partner.prices_ahead import PricesAhead
    from smart_charging.config.cloud_login import CloudLogin, GridFeesCloudSettings, PriceCloudSettings

KNOWING_CLOUDS = ("monta_partner",)
"""Those that tell prices, grid fees and vehicles."""


def open_prices(
    settings: PriceCloudSettings, folder: Path, *, now: Callable[[], datetime], log: logging.Logger
) -> PricesAhead:
    """What drivers will pay; the caller has to close it.

    Args:
        folder: Of the credentials file.

    Raises:
        ConfigError: There is no such cloud, or no credentials for it; the message says what to write.
    """
    from smart_charging.clouds.monta_partner.prices_ahead import PricesAhead

    return PricesAhead(
        _client("price_cloud", settings, folder, now=now, log=log), settings.charger, settings.price_group
    )


def open_grid_fees(
    settings: GridFeesCloudSettings, folder: Path, *, now: Callable[[], datetime], log: logging.Logger
) -> GridCompany:
    """What the grid company charges; arguments and errors as for `open_prices`."""
    from smart_charging.clouds.monta_partner.grid_company import GridCompany

    return GridCompany(_client("grid_fees_from", settings, folder, now=now, log=log), settings.zip, settings.tariff)


def open_vehicles(
    settings: CloudLogin, folder: Path, *, now: Callable[[], datetime], log: logging.Logger
) -> ConnectedVehicles:
    """The cars that a cloud knows; arguments and errors as for `open_prices`."""
    from smart_charging.clouds.monta_partner.connected_vehicles import ConnectedVehicles

    return ConnectedVehicles(_client("vehicle_cloud", settings, folder, now=now, log=log))


def _client(
    argument: str, login: CloudLogin, folder: Path, *, now: Callable[[], datetime], log: logging.Logger
) -> PartnerClient:
    """A connection that keeps tokens in memory only: it must not replace those of a monitor or of the command line."""
    if login.cloud not in KNOWING_CLOUDS:
        raise ConfigError(
            f"{argument}: cloud: {login.cloud[:40]!r} tells no such thing; write {' or '.join(KNOWING_CLOUDS)}"
        )
    from smart_charging.clouds.monta_partner.client import BASE_URL, PartnerClient
    from smart_charging.clouds.monta_partner.credentials import read_credentials

    try:
        credentials = read_credentials(folder / login.credentials_file)
    except ConfigError as err:
        raise ConfigError(f"{argument}: {err}") from err
    return PartnerClient(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        base_url=str(login.base_url or BASE_URL),
        now=now,
        logger=log,
    )
