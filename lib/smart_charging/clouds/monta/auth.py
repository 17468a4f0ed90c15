"""Fetches tokens, shares them, and renews them before they expire or when Monta refuses them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.clock import server_time
from smart_charging.clouds.http.token_file import TokenFile, Tokens
from smart_charging.clouds.http.wire import Call, Wire
from smart_charging.clouds.monta.answers import TOKEN_PATH, raise_for_status, read
from smart_charging.clouds.monta.credentials import Credentials
from smart_charging.clouds.monta.models import TokenAnswer
from smart_charging.errors import CloudError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AHEAD = timedelta(minutes=5)
_SPARE_AHEAD = timedelta(minutes=2)
"""`SPARE` requests renew tokens this much sooner, so that reads of the chargers seldom have to."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Auth:
    """The tokens of one login; when several requests need new ones, only one fetches them.

    Args:
        wire: Sends token requests; they count against the same quota as all others.
    """

    def __init__(
        self, *, wire: Wire, credentials: Credentials, token_file: TokenFile, now: Callable[[], datetime]
    ) -> None:
        self._wire = wire
        self._credentials = credentials
        self._file = token_file
        self._now = now
        self._tokens: Tokens | None = None
        self._file_read = False
        self._fetched_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def tokens(self, urgency: Urgency, *, refused: Tokens | None = None) -> Tokens:
        """Tokens that are valid for at least five more minutes, or as long as Monta makes them.

        Args:
            refused: The tokens that got a 401. If they have been replaced meanwhile,
                the new ones are returned and nothing is sent.

        Raises:
            AuthError: Monta refuses the client id and secret.
        """
        async with self._lock:
            if not self._file_read:
                self._tokens = await self._file.load()
                self._file_read = True
            if self._tokens is not None and self._tokens is refused:
                self._tokens = refused.model_copy(update={"renew_at": _LONG_AGO})
            if self._tokens is None or self._tokens.renew_at - self._sooner(urgency) <= self._now():
                self._tokens = await self._renewed(self._tokens, urgency)
                self._fetched_at = self._now()
                await self._file.save(self._tokens)
            return self._tokens

    def _sooner(self, urgency: Urgency) -> timedelta:
        """How much sooner to renew; not for tokens just fetched, which may be short-lived."""
        is_young = self._fetched_at is not None and self._now() - self._fetched_at < _AHEAD
        return timedelta(0) if urgency is not Urgency.SPARE or is_young else _SPARE_AHEAD

    async def _renewed(self, old: Tokens | None, urgency: Urgency) -> Tokens:
        if old and old.refresh and old.refresh_until and self._now() < old.refresh_until:
            try:
                return await self._fetch("auth/refresh", {"refreshToken": old.refresh.get_secret_value()}, urgency)
            except TransportError:
                raise
            except CloudError:  # the refresh token is used, revoked or got an invalid answer: log in with id and secret
                self._tokens = None
        return await self._fetch(
            TOKEN_PATH,
            {
                "clientId": self._credentials.client_id.get_secret_value(),
                "clientSecret": self._credentials.client_secret.get_secret_value(),
            },
            urgency,
        )

    async def _fetch(self, path: str, secrets: Mapping[str, str], urgency: Urgency) -> Tokens:
        call = Call(method="POST", path=path, json=secrets)
        # Other requests wait for the lock meanwhile, so only a command may wait for quota here.
        may_wait = urgency in {Urgency.PAGE, Urgency.PATIENT}
        response = await self._wire.send(call, Urgency.POLL if may_wait else urgency)
        raise_for_status(call, response)
        answer = read(TokenAnswer, call, response)
        theirs = server_time(response.headers) or self._now()
        return self._timed(answer, theirs)

    def _timed(self, answer: TokenAnswer, theirs: datetime) -> Tokens:
        """Compute a token's lifetime by Monta's clock and its end by ours, as the host's clock may be hours off."""
        life = _span(theirs, answer.access_expires_at)
        return Tokens(
            access=answer.access_token,
            renew_at=self._now() + max(life - _AHEAD, life / 2),
            refresh=answer.refresh_token,
            refresh_until=self._now() + _span(theirs, answer.refresh_expires_at),
        )


def _span(start: datetime, end: datetime) -> timedelta:
    """Between 0 and a year, so that an absurd timestamp cannot overflow."""
    return min(max(end - start, timedelta(0)), timedelta(days=365))
