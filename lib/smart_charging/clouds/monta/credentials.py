"""The client id and secret, which Monta's portal calls an application."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from smart_charging.config.credentials import read_secrets

CLIENT_ID_KEY, CLIENT_SECRET_KEY = "monta_client_id", "monta_client_secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The login to one account; the quota is counted per login."""

    client_id: SecretStr
    client_secret: SecretStr

    @classmethod
    def of(cls, client_id: str | SecretStr, client_secret: str | SecretStr) -> Credentials:
        """Credentials that are hidden from now on, if they were not."""
        return cls(client_id=_hidden(client_id), client_secret=_hidden(client_secret))


def read_credentials(file: Path) -> Credentials:
    """Client id and secret from the credentials file.

    Raises:
        ConfigError: One sentence with the file, the key and what to write.
    """
    keys = (CLIENT_ID_KEY, CLIENT_SECRET_KEY)
    found = read_secrets(file, keys, shown_by="Monta's portal shows for your application")
    return Credentials(client_id=found[CLIENT_ID_KEY], client_secret=found[CLIENT_SECRET_KEY])


def _hidden(text: str | SecretStr) -> SecretStr:
    return text if isinstance(text, SecretStr) else SecretStr(text)
