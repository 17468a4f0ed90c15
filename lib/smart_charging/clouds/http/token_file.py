"""Keeps tokens across restarts, in a file that only its owner may read."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr, ValidationError

from smart_charging.clouds.http.model import CloudModel, Stamp, Token
from smart_charging.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Credentials and address; tokens are valid only for the same combination."""

    secrets: tuple[SecretStr, ...]
    base_url: str

    def fingerprint(self, salt: str) -> str:
        """A hash that recognises the login without storing it."""
        parts = (*(secret.get_secret_value() for secret in self.secrets), self.base_url)
        return hmac.new(salt.encode(), json.dumps(parts).encode(), hashlib.sha256).hexdigest()


class Tokens(CloudModel):
    """An access token and, from most clouds, a refresh token, with their times by our clock."""

    access: Token
    renew_at: Stamp
    """From then on a new token is fetched before use; five minutes before it expires."""
    refresh: Token | None = None
    """None for a cloud where only a login makes new tokens."""
    refresh_until: Stamp | None = None


class _Kept(CloudModel):
    """The file's content."""

    salt: str
    fingerprint: str
    tokens: Tokens


class TokenFile:
    """Reads and writes the file; without a path nothing is kept.

    Errors are logged, never raised: tokens can always be fetched again.
    """

    def __init__(self, path: Path | None, login: Login, logger: logging.Logger) -> None:
        self._path = path
        self._login = login
        self._log = logger
        self._writable = True

    async def load(self) -> Tokens | None:
        """The tokens in the file; None if it is missing, corrupt or from another login."""
        return None if self._path is None else await asyncio.to_thread(self._read, self._path)

    async def save(self, tokens: Tokens) -> None:
        """Replace the file atomically."""
        if self._path is None:
            return
        try:
            await asyncio.to_thread(replace_file, self._path, json.dumps(self._content(tokens)))
        except OSError as err:
            if self._writable:
                self._log.warning("%s: tokens cannot be kept (%s); each restart logs in anew", self._path, err.strerror)
            self._writable = False
        else:
            self._writable = True

    def _read(self, path: Path) -> Tokens | None:
        try:
            kept = _Kept.model_validate_json(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValidationError):
            self._log.warning("%s: no tokens can be read from it; it is replaced", path)
            return None
        ours = hmac.compare_digest(kept.fingerprint.encode(), self._login.fingerprint(kept.salt).encode())
        return kept.tokens if ours else None

    def _content(self, tokens: Tokens) -> Mapping[str, object]:
        salt = secrets.token_hex(16)
        return {
            "salt": salt,
            "fingerprint": self._login.fingerprint(salt),
            "tokens": {
                "access": tokens.access.get_secret_value(),
                "renewAt": tokens.renew_at.isoformat(),
                "refresh": tokens.refresh and tokens.refresh.get_secret_value(),
                "refreshUntil": tokens.refresh_until and tokens.refresh_until.isoformat(),
            },
        }
