"""E-mail, password and, for the External API, an API key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from smart_charging.config.credentials import read_secrets

EMAIL_KEY, PASSWORD_KEY, API_KEY_KEY = "charge_amps_email", "charge_amps_password", "charge_amps_api_key"
CALLBACK_SECRET_KEY = "charge_amps_callback_secret"  # noqa: S105 - a key of the file, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The login to one account."""

    email: SecretStr
    password: SecretStr
    api_key: SecretStr | None = None
    """Charge Amps' support hands it out; without one there is only the web app's API."""
    callback_secret: SecretStr | None = None
    """What Charge Amps sends with each callback, by agreement."""

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """What tokens depend on."""
        return (self.email, self.password, *((self.api_key,) if self.api_key else ()))


def read_credentials(file: Path) -> Credentials:
    """The login from the credentials file.

    Raises:
        ConfigError: One sentence with the file, the key and what to write.
    """
    found = read_secrets(
        file,
        (EMAIL_KEY, PASSWORD_KEY),
        shown_by="you log in with at my.charge.space",
        optional=(API_KEY_KEY, CALLBACK_SECRET_KEY),
    )
    return Credentials(
        email=found[EMAIL_KEY],
        password=found[PASSWORD_KEY],
        api_key=found.get(API_KEY_KEY),
        callback_secret=found.get(CALLBACK_SECRET_KEY),
    )
