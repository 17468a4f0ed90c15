"""Opens the charges that a cloud lists, for reports; each cloud is imported only when it is opened."""

# ruff: noqa: PLC0415  # a report of the session file needs no cloud

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smart_charging.errors import ConfigError

if TYPE_CHECKING:
    from smart_charging.reports.source import SessionSource

LISTING_CLOUDS = ("monta", "monta_partner")


@asynccontextmanager
async def charges_of(
    cloud: str, credentials_file: Path, base_url: str | None, tell: Callable[[int], None]
) -> AsyncIterator[SessionSource]:
    """The charges of an account; logs in anew and keeps no token.

    Args:
        base_url: None for the cloud's own address.
        tell: Called with how many charges have been read so far.

    Raises:
        ConfigError: There are no credentials, or no such cloud.
    """
    match cloud:
        case "monta":
            from smart_charging.clouds.monta.client import DEFAULT_BASE_URL, MontaClient
            from smart_charging.clouds.monta.credentials import read_credentials
            from smart_charging.clouds.monta.own_charges import OwnCharges

            own = read_credentials(credentials_file)
            async with MontaClient(
                client_id=own.client_id, client_secret=own.client_secret, base_url=base_url or DEFAULT_BASE_URL
            ) as client:
                yield OwnCharges(client, tell)
        case "monta_partner":
            from smart_charging.clouds.http.budget import Urgency
            from smart_charging.clouds.monta_partner.client import BASE_URL, PartnerClient
            from smart_charging.clouds.monta_partner.credentials import read_credentials as read_operators
            from smart_charging.clouds.monta_partner.operator_charges import OperatorCharges

            operators = read_operators(credentials_file)
            async with PartnerClient(
                client_id=operators.client_id,
                client_secret=operators.client_secret,
                base_url=base_url or BASE_URL,
                urgency=Urgency.PATIENT,
            ) as partner:
                yield OperatorCharges(partner, tell)
        case _:
            raise ConfigError(f"{cloud} lists no charges; write one of {', '.join(LISTING_CLOUDS)}")
