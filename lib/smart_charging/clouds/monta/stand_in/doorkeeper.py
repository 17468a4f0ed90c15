"""The stand-in's tokens and quota."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError


class TokenOffice:
    """Issues tokens and checks them; a refresh token can be used once.

    Access tokens live an hour, refresh tokens 30 days.
    """

    def __init__(self, *, client_id: str, client_secret: str, now: Callable[[], datetime]) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.access_life = timedelta(hours=1)
        self.refresh_life = timedelta(days=30)
        self._now = now
        self._issued = 0
        self._access: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {}

    def login(self, client_id: object, client_secret: object) -> dict[str, object]:
        """A pair of tokens for the right id and secret."""
        if (client_id, client_secret) != (self.client_id, self.client_secret):
            raise ErrorAnswerError(401, "CONSUMER_NOT_FOUND", "no such application")
        return self._pair()

    def refresh(self, refresh_token: object) -> dict[str, object]:
        """A new pair of tokens for a refresh token, which is then used up."""
        if self._refresh.pop(str(refresh_token), self._now()) <= self._now():
            raise ErrorAnswerError(401, "INVALID_ACCESS_TOKEN", "refresh token refused")
        return self._pair()

    def check(self, authorization: str | None) -> None:
        """Refuse a request without a valid token."""
        token = (authorization or "").removeprefix("Bearer ")
        if self._access.get(token, self._now()) <= self._now():
            raise ErrorAnswerError(401, "INVALID_ACCESS_TOKEN", "token invalid or expired")

    def revoke(self, *, refresh_too: bool = False) -> None:
        """Forget all access tokens, and optionally the refresh tokens."""
        self._access.clear()
        if refresh_too:
            self._refresh.clear()

    def _pair(self) -> dict[str, object]:
        self._issued += 1
        access, refresh = f"stand-in-access-{self._issued}", f"stand-in-refresh-{self._issued}"
        self._access[access] = self._now() + self.access_life
        self._refresh[refresh] = self._now() + self.refresh_life
        return {
            "applicationId": 77,
            "userId": 1234,
            "accessToken": access,
            "accessTokenExpirationDate": _nine_digits(self._access[access]),
            "refreshToken": refresh,
            "refreshTokenExpirationDate": _nine_digits(self._refresh[refresh]),
        }


def _nine_digits(at: datetime) -> str:
    """Monta's token timestamps are finer than a microsecond."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}789Z"


@dataclass(slots=True)
class Quota:
    """A number of requests per block of time; refused ones count, too.

    A fixed block begins with its first request; a sliding one ends now.
    """

    quota: int
    window: timedelta
    now: Callable[[], datetime]
    tells_in_headers: bool = True
    tells_in_body: bool = True
    is_sliding: bool = False
    others: int = 0
    """Requests of another program in each block, evenly spread."""
    used: int = 0
    refused: int = 0
    _block_began: datetime | None = field(default=None, repr=False)
    _moments: deque[datetime] = field(default_factory=deque, repr=False)
    """Of the requests that count, where the block slides."""
    _others_came_at: datetime | None = field(default=None, repr=False)

    def count(self) -> None:
        """Count one more request, or refuse it with 429."""
        now = self.now()
        self._begin_block(now)
        for at in self._others_until(now):
            self._take(at)
        self._take(now)
        if self.used > self.quota:
            self.refuse()

    def _begin_block(self, now: datetime) -> None:
        if self.is_sliding:
            while self._moments and self._moments[0] <= now - self.window:
                self._moments.popleft()
            self.used, self._block_began = len(self._moments), self._moments[0] if self._moments else now
        elif self._block_began is None or not self._block_began <= now < self._block_began + self.window:
            self._block_began, self.used = now, 0

    def _take(self, at: datetime) -> None:
        self.used += 1
        if self.is_sliding:
            self._moments.append(at)

    def _others_until(self, now: datetime) -> Iterator[datetime]:
        """When the other program has asked since it was last looked at; not longer ago than a block."""
        if not self.others:
            return
        step, earliest = self.window / self.others, max(self._block_began or now, now - self.window)
        at = max(self._others_came_at or earliest, earliest - step)
        while (at := at + step) <= now:
            self._others_came_at = at
            yield at

    def refuse(self) -> None:
        """Answer 429."""
        self.refused += 1
        state = {
            "timeWindow": int(self.window.total_seconds()),
            "quota": self.quota,
            "remaining": 0,
            "resetsIn": self._resets_in_s,
            "exceeded": True,
        }
        context = {"rateLimitResponse": state} if self.tells_in_body else None
        raise ErrorAnswerError(429, "TOO_MANY_REQUESTS", "too many requests", context)

    def use(self, requests: int) -> None:
        """Count requests of another program with the same credentials."""
        self.used += requests

    @property
    def headers(self) -> Mapping[str, str]:
        """The quota headers of every answer."""
        if not self.tells_in_headers:
            return {}
        return {
            "RateLimit-Policy": "Quota",
            "RateLimit-Quota": str(self.quota),
            "RateLimit-TimeWindow": str(int(self.window.total_seconds())),
            "RateLimit-Remaining": str(max(0, self.quota - self.used)),
            "RateLimit-ResetsIn": str(self._resets_in_s),
        }

    @property
    def _resets_in_s(self) -> int:
        began = self._block_began or self.now()
        return math.ceil((began + self.window - self.now()).total_seconds())
