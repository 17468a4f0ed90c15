"""The stand-in's logins, and its defence against too many requests."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LOGINS_KEPT = 10


class RefusalError(Exception):
    """Raised to answer with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class _Login:
    access: str
    expires_at: datetime
    refresh: str
    refresh_until: datetime


class Logins:
    """Issues tokens and checks them; of an account's logins the newest ten are kept.

    Args:
        token_life: Of an access token; `refresh_life` of a refresh token, which can be used once.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        email: str,
        password: str,
        api_key: str,
        token_life: timedelta = timedelta(minutes=120),
        refresh_life: timedelta = timedelta(hours=168),
    ) -> None:
        self._now = now
        self.email, self.password, self.api_key = email, password, api_key
        self.token_life, self.refresh_life = token_life, refresh_life
        self._issued = 0
        self._logins: list[_Login] = []
        self.logged_in_at: list[datetime] = []
        """When each login was; refreshes are none."""
        self.refreshes = 0

    def log_in(self, email: object, password: object, api_key: str | None, *, is_web: bool) -> dict[str, object]:
        """A login with the right password and, at the External API, the right key."""
        if (email, password) != (self.email, self.password) or (not is_web and api_key != self.api_key):
            raise RefusalError(401, "wrong")
        self.logged_in_at.append(self._now())
        self._logins = [*self._logins, login := self._new()][-LOGINS_KEPT:]
        user = {"id": "0f0e0d0c-0000-4000-8000-000000000001", "firstName": "A", "lastName": "B", "email": self.email}
        return {"message": None, **self._pair(login, is_web=is_web), "user": user}

    def push_out(self, logins: int = LOGINS_KEPT) -> None:
        """Let other programs log in so often that ours is forgotten."""
        self._logins = [*self._logins, *(self._new() for _ in range(logins))][-LOGINS_KEPT:]

    def refresh(self, token: object, refresh_token: object) -> dict[str, object]:
        """New tokens for the old pair."""
        for number, login in enumerate(self._logins):
            if (login.access, login.refresh) == (token, refresh_token) and self._now() < login.refresh_until:
                self._logins[number] = self._new()
                self.refreshes += 1
                return self._pair(self._logins[number], is_web=False)
        raise RefusalError(400, "refresh token refused")

    def check(self, authorization: str | None) -> None:
        """Refuse a request without a valid token."""
        token = (authorization or "").removeprefix("Bearer ")
        if not any(login.access == token and self._now() < login.expires_at for login in self._logins):
            raise RefusalError(401, "token refused")

    def revoke(self, *, refresh_too: bool = False) -> None:
        """Refuse all access tokens issued so far."""
        for login in self._logins:
            login.expires_at = self._now()
        if refresh_too:
            self._logins.clear()

    def _new(self) -> _Login:
        self._issued += 1
        now = self._now()
        expires_at = now + self.token_life
        claims = {"exp": int(expires_at.timestamp()), "jti": self._issued}
        return _Login(_jwt(claims), expires_at, f"refresh-{self._issued}", now + self.refresh_life)

    def _pair(self, login: _Login, *, is_web: bool) -> dict[str, object]:
        return {"token": login.access, **({} if is_web else {"refreshToken": login.refresh})}


def _jwt(claims: Mapping[str, object]) -> str:
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims, {})
    )


@dataclass(slots=True)
class Defence:
    """Blocks an account for an hour after four requests in one second."""

    now: Callable[[], datetime]
    most_per_s: int = 3
    block: timedelta = timedelta(hours=1)
    blocks: int = 0
    refused: int = 0
    blocked_until: datetime | None = None
    _recent: list[datetime] = field(default_factory=list)

    def count(self) -> None:
        """Count one more request, or refuse it with 429."""
        now = self.now()
        self._recent = [at for at in self._recent if now - at < timedelta(seconds=1)]
        self._recent.append(now)
        if self.blocked_until and now < self.blocked_until:
            self.refused += 1
            raise RefusalError(429, "blocked")
        if len(self._recent) > self.most_per_s:
            self.blocks += 1
            self.refused += 1
            self.blocked_until = now + self.block
            raise RefusalError(429, "too many requests")
