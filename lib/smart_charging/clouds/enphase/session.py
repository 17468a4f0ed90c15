"""A session with Enphase, and the file that keeps it: cookies and a token, never the password."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from smart_charging.clouds.enphase.refusals import KeepingAway
from smart_charging.files import replace_file

if TYPE_CHECKING:
    import logging
    from pathlib import Path

    from smart_charging.clouds.enphase.credentials import Credentials

MANAGER_COOKIE = "enlighten_manager_token_production"
XSRF_COOKIE = "XSRF-TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """What a login gives; compared by identity, as each login gives another one."""

    cookies: Mapping[str, str] = field(repr=False)
    session_id: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    """None where Enphase gave cookies only."""
    renew_at: datetime | None = None
    """When the token is to be replaced, by our clock; None if that is not known."""

    @property
    def bearer(self) -> str | None:
        """For commands: the manager's token where there is one."""
        return self.cookies.get(MANAGER_COOKIE) or self.token

    def to_dict(self) -> Mapping[str, Any]:
        """For the file."""
        renew_at = self.renew_at.isoformat() if self.renew_at else None
        return {
            "cookies": dict(self.cookies),
            "session_id": self.session_id,
            "token": self.token,
            "renew_at": renew_at,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        return cls(
            cookies={str(name): str(value) for name, value in facts["cookies"].items()},
            session_id=facts["session_id"],
            token=facts["token"],
            renew_at=datetime.fromisoformat(facts["renew_at"]) if facts["renew_at"] else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The file's content."""

    session: Session | None = None
    code_cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of a login that waits for its one-time code."""
    away: KeepingAway = field(default_factory=KeepingAway)


class SessionFile:
    """Reads and writes the file; without a path nothing is kept. Errors are logged, never raised."""

    def __init__(self, path: Path | None, credentials: Credentials, base_url: str, logger: logging.Logger) -> None:
        self._path = path
        self._credentials = credentials
        self._base_url = base_url
        self._log = logger
        self._is_writable = True

    async def load(self) -> Kept:
        """What was kept for this e-mail and address; refusals only as long as the password is the same."""
        return Kept() if self._path is None else await asyncio.to_thread(self._read, self._path)

    async def save(self, kept: Kept) -> None:
        """Replace the file atomically; only its owner may read it."""
        if self._path is None:
            return
        try:
            await asyncio.to_thread(self._write, self._path, kept)
        except OSError as err:
            if self._is_writable:
                self._log.warning("%s: the session cannot be kept (%s)", self._path, err.strerror)
            self._is_writable = False
        else:
            self._is_writable = True

    def _write(self, path: Path, kept: Kept) -> None:
        replace_file(path, json.dumps(self._content(kept)))

    def _read(self, path: Path) -> Kept:
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            return self._kept(facts)
        except (FileNotFoundError, NotADirectoryError):
            return Kept()
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self._log.warning("%s: no session can be read from it; it is replaced", path)
            return Kept()

    def _kept(self, facts: Mapping[str, Any]) -> Kept:
        account, password = self._fingerprints(facts["salt"])
        if not hmac.compare_digest(account.encode(), str(facts["account"]).encode()):
            return Kept()
        is_same = hmac.compare_digest(password.encode(), str(facts["password"]).encode())
        return Kept(
            session=Session.from_dict(facts["session"]) if facts["session"] else None,
            code_cookies=facts["code_cookies"],
            away=KeepingAway.from_dict(facts["away"]) if is_same else KeepingAway(),
        )

    def _content(self, kept: Kept) -> Mapping[str, object]:
        salt = secrets.token_hex(16)
        account, password = self._fingerprints(salt)
        return {
            "salt": salt,
            "account": account,
            "password": password,
            "session": kept.session.to_dict() if kept.session else None,
            "code_cookies": dict(kept.code_cookies),
            "away": kept.away.to_dict(),
        }

    def _fingerprints(self, salt: str) -> tuple[str, str]:
        """Hashes that recognise account and password without storing them."""
        email = self._credentials.email.get_secret_value()
        password = self._credentials.password
        known = password.get_secret_value() if password else ""
        account = hmac.new(salt.encode(), json.dumps([email, self._base_url]).encode(), hashlib.sha256).hexdigest()
        return account, _slowly_hashed(salt, email, known)


def _slowly_hashed(salt: str, *parts: str) -> str:
    """Slow on purpose: a password must not be found by trying."""
    return hashlib.scrypt(json.dumps(parts).encode(), salt=salt.encode(), n=2**12, r=8, p=1).hex()
