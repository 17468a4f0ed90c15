"""The login: tokens are fetched, shared, renewed ahead of time and replaced when refused."""

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
"""Requests that nobody waits for renew this much sooner, so that the chargers' reads need not."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Auth:
    """Everybody's tokens, renewed by one however many wait.

    Args:
        wire: Token requests use the same quota as all others.
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
        """Tokens good for five minutes more, or for as long as Monta gives.

        Args:
            refused: What a 401 came for. If somebody has replaced it meanwhile,
                theirs is returned and nothing is sent.

        Raises:
            AuthError: Monta refuses the client id and secret themselves.
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
        """Nothing for tokens that are young all the same, as short-lived ones are."""
        is_young = self._fetched_at is not None and self._now() - self._fetched_at < _AHEAD
        return timedelta(0) if urgency is not Urgency.SPARE or is_young else _SPARE_AHEAD

    async def _renewed(self, old: Tokens | None, urgency: Urgency) -> Tokens:
        if old is not None and self._now() < old.refresh_until:
            try:
                return await self._fetch("auth/refresh", {"refreshToken": old.refresh.get_secret_value()}, urgency)
            except TransportError:
                raise
            except CloudError:  # used already, revoked, or answered with rubbish: id and secret still count
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
        # Others wait for the lock meanwhile, so nothing but a command may wait for quota in here.
        may_wait = urgency in {Urgency.PAGE, Urgency.PATIENT}
        response = await self._wire.send(call, Urgency.POLL if may_wait else urgency)
        raise_for_status(call, response)
        answer = read(TokenAnswer, call, response)
        theirs = server_time(response.headers) or self._now()
        return self._timed(answer, theirs)

    def _timed(self, answer: TokenAnswer, theirs: datetime) -> Tokens:
        """Count a token's life from Monta's clock and end it by ours: the host's may be hours off."""
        life = _span(theirs, answer.access_expires_at)
        return Tokens(
            access=answer.access_token,
            renew_at=self._now() + max(life - _AHEAD, life / 2),
            refresh=answer.refresh_token,
            refresh_until=self._now() + _span(theirs, answer.refresh_expires_at),
        )


def _span(start: datetime, end: datetime) -> timedelta:
    """From 0 to a year, so that no stamp however odd leads out of the calendar."""
    return min(max(end - start, timedelta(0)), timedelta(days=365))
