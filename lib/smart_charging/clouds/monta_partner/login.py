"""Opens the Partner API with the login in the credentials file and the tokens kept beside it."""

from __future__ import annotations

from pathlib import Path

from smart_charging.clouds.monta.credentials import Credentials
from smart_charging.clouds.monta_partner.client import BASE_URL, PartnerClient, partner_budget
from smart_charging.clouds.monta_partner.credentials import read_credentials
from smart_charging.config.defaults import TOKEN_FILE
from smart_charging.errors import AuthError, ConfigError

_ACCOUNT = "_monta_partner"
"""Tells the account's files from those of the Public API."""


def opened(credentials_file: Path, base_url: str | None) -> PartnerClient:
    """A client to be closed.

    Raises:
        AuthError: There are no credentials; the message says what to write.
    """
    credentials = _credentials(credentials_file)
    return PartnerClient(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        base_url=base_url or BASE_URL,
        budget=partner_budget(),  # Monta's answers tell what the apps have spent of the quota
        token_file=credentials_file.parent / TOKEN_FILE.format(suffix=_ACCOUNT),
    )


def _credentials(file: Path) -> Credentials:
    try:
        return read_credentials(file)
    except ConfigError as err:
        raise AuthError(str(err)) from err
