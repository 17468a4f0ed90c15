"""E-mail and, if its owner keeps it in the file, the password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smart_charging.config.credentials import read_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import SecretStr

EMAIL_KEY, PASSWORD_KEY = "enphase_email", "enphase_password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The login to one account."""

    email: SecretStr
    password: SecretStr | None = None
    """Without it, a session that has ended is renewed only by `smart-charging check --login`."""


def read_credentials(file: Path) -> Credentials:
    """The login from the credentials file.

    Raises:
        ConfigError: One sentence with the file, the key and what to write.
    """
    found = read_secrets(
        file, (EMAIL_KEY,), shown_by="you log in with at enlighten.enphaseenergy.com", optional=(PASSWORD_KEY,)
    )
    return Credentials(email=found[EMAIL_KEY], password=found.get(PASSWORD_KEY))
