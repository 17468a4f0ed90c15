"""The one place that knows every cloud's name."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from smart_charging.charger import ChargerCloud
from smart_charging.clouds.link import AccountCloud, LinkedCloud
from smart_charging.clouds.monta.client import DEFAULT_BASE_URL, MontaClient
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.wallet import WalletCloud
from smart_charging.config.credentials import Credentials
from smart_charging.config.monitor import MonitorSettings

TOKEN_FILE = ".smart_charging_tokens.json"  # noqa: S105  # a file's name, no token


class Cloud(ChargerCloud, WalletCloud, LinkedCloud, AccountCloud, Protocol):
    """All that the suite can show."""


def open_cloud(
    settings: MonitorSettings, credentials: Credentials, *, folder: Path | None, log: logging.Logger
) -> Cloud:
    """A connection to be closed by its owner; nothing is sent before the first question.

    Args:
        folder: Where tokens are kept over a restart; None keeps them in memory only.
    """
    client = MontaClient(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        base_url=str(settings.base_url or DEFAULT_BASE_URL),
        token_file=folder / TOKEN_FILE if folder else None,
        logger=log,
    )
    return MontaCloud(client, logger=log)
