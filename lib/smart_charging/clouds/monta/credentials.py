"""What Monta's portal calls an application: a client id and a secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from smart_charging.config.credentials import read_secrets

CLIENT_ID_KEY, CLIENT_SECRET_KEY = "monta_client_id", "monta_client_secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Good for one account, its quota included."""

    client_id: SecretStr
    client_secret: SecretStr


def read_credentials(file: Path) -> Credentials:
    """Client id and secret from the file with the secrets.

    Raises:
        ConfigError: One sentence with the file, the key and what to write.
    """
    keys = (CLIENT_ID_KEY, CLIENT_SECRET_KEY)
    found = read_secrets(file, keys, shown_by="Monta's portal shows for your application")
    return Credentials(client_id=found[CLIENT_ID_KEY], client_secret=found[CLIENT_SECRET_KEY])
