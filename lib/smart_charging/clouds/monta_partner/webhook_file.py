"""The secret by which Monta's deliveries are known, in a file beside the credentials that only its owner may read."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from smart_charging.errors import ConfigError
from smart_charging.files import replace_file

_NAME = ".smart_charging_webhook_{credentials}.json"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookNote:
    """What we have subscribed with."""

    url: str
    secret: SecretStr


class WebhookFile:
    """Credentials have one subscription, so each file of credentials has one of these beside it."""

    def __init__(self, credentials_file: Path) -> None:
        self.path = credentials_file.with_name(_NAME.format(credentials=credentials_file.stem))

    def read(self) -> WebhookNote | None:
        """What was noted; None without a subscription of ours, or where it cannot be read."""
        try:
            told = json.loads(self.path.read_text(encoding="utf-8"))
            return WebhookNote(url=str(told["url"]), secret=SecretStr(str(told["secret"])))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, url: str) -> WebhookNote:
        """Note a subscription to be made, with the secret there is or a random one.

        Raises:
            ConfigError: The file cannot be written.
        """
        known = self.read()
        note = WebhookNote(url=url, secret=known.secret if known else SecretStr(secrets.token_urlsafe(_SECRET_BYTES)))
        told = {"url": note.url, "secret": note.secret.get_secret_value()}
        try:
            replace_file(self.path, json.dumps(told))
        except OSError as err:
            raise ConfigError(f"{self.path} cannot be written ({err.strerror})") from err
        return note

    def remove(self) -> None:
        """Forget the subscription and its secret."""
        self.path.unlink(missing_ok=True)
