"""Client id and secret of an operator, beside those that the Public API may have in the same file."""

from __future__ import annotations

from pathlib import Path

from smart_charging.clouds.monta.credentials import Credentials
from smart_charging.config.credentials import read_secrets

CLIENT_ID_KEY, CLIENT_SECRET_KEY = "monta_partner_client_id", "monta_partner_client_secret"


def read_credentials(file: Path) -> Credentials:
    """The credentials from the credentials file.

    Raises:
        ConfigError: One sentence with the file, the key and what to write.
    """
    keys = (CLIENT_ID_KEY, CLIENT_SECRET_KEY)
    found = read_secrets(file, keys, shown_by="Monta's portal for operators shows under Integrations, API")
    return Credentials(client_id=found[CLIENT_ID_KEY], client_secret=found[CLIENT_SECRET_KEY])
