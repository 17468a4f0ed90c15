"""Fetches tokens, shares them, and renews them before they expire or when Charge Amps refuses them.

Charge Amps keeps the newest ten logins of an account and throws the oldest out: one program that logs in again and
again ends the session on its owner's phone. So tokens are refreshed for as long as that works, kept over a restart,
and two logins are at least ten minutes apart.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.charge_amps.answers import LOGIN_PATH, raise_for_status
from smart_charging.clouds.charge_amps.models import LoginAnswer, WebLoginAnswer
from smart_charging.clouds.http.answers import read
from smart_charging.clouds.http.clock import server_time
from smart_charging.clouds.http.jwt import expiry_of
from smart_charging.clouds.http.token_file import TokenFile, Tokens
from smart_charging.clouds.http.wire import Call, Wire
from smart_charging.errors import CloudError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from smart_charging.clouds.charge_amps.credentials import Credentials
    from smart_charging.clouds.http.budget import Urgency

_AHEAD = timedelta(minutes=5)
_USUAL_LIFE = timedelta(hours=2)
"""Of a token that does not say when it expires; one without a refresh token is kept until it is refused."""
_REFRESH_LIFE = timedelta(days=7)
_LOGINS_APART = timedelta(minutes=10)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_FAR_OFF = timedelta(days=365)


class Auth:
    """The tokens of one login; when several requests need new ones, only one fetches them.

    Args:
        host: Named in the login of the web app's API; None for the External API.
        headers: Sent with every login and refresh.
    """

    def __init__(
        self,
        *,
        wire: Wire,
        credentials: Credentials,
        token_file: TokenFile,
        now: Callable[[], datetime],
        host: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._wire = wire
        self._credentials = credentials
        self._file = token_file
        self._now = now
        self._host = host
        self._headers = headers or {}
        self._tokens: Tokens | None = None
        self._file_read = False
        self._logged_in_at = _LONG_AGO
        self._lock = asyncio.Lock()
        self.user_id: str | None = None
        """Of whoever logged in at the web app, known only after a login in this run."""

    async def tokens(self, urgency: Urgency, *, refused: Tokens | None = None) -> Tokens:
        """Tokens that are valid for some minutes more.

        Args:
            refused: The tokens that got a 401. If they have been replaced meanwhile,
                the new ones are returned and nothing is sent.

        Raises:
            AuthError: Charge Amps refuses the login.
        """
        async with self._lock:
            if not self._file_read:
                self._tokens = await self._file.load()
                self._file_read = True
            old = self._tokens
            if old is None or old is refused or old.renew_at <= self._now():
                self._tokens = await self._renewed(old, urgency)
                await self._file.save(self._tokens)
                return self._tokens
            return old

    async def _renewed(self, old: Tokens | None, urgency: Urgency) -> Tokens:
        if old and old.refresh and old.refresh_until and self._now() < old.refresh_until:
            try:
                return await self._refresh(old.access.get_secret_value(), old.refresh.get_secret_value(), urgency)
            except TransportError:
                raise
            except CloudError:  # the refresh token is used up, or ten newer logins have pushed this one out
                self._tokens = None
        return await self._log_in(urgency)

    async def _refresh(self, access: str, refresh: str, urgency: Urgency) -> Tokens:
        """The expired token goes along: Charge Amps asks for both."""
        call = Call(
            method="POST",
            path="auth/refreshtoken",
            json={"token": access, "refreshToken": refresh},
            headers=self._secret_headers,
        )
        response = await self._wire.send(call, urgency)
        raise_for_status(call, response)
        return self._timed(read(LoginAnswer, call, response), server_time(response.headers))

    async def _log_in(self, urgency: Urgency) -> Tokens:
        since = self._now() - self._logged_in_at
        if timedelta(0) <= since < _LOGINS_APART:
            raise TransportError(f"POST {LOGIN_PATH}: not sent, the last login was less than ten minutes ago")
        call = Call(method="POST", path=LOGIN_PATH, json=self._login, headers=self._secret_headers)
        response = await self._wire.send(call, urgency)
        raise_for_status(call, response)
        answer = read(WebLoginAnswer, call, response)
        self._logged_in_at = self._now()
        self.user_id = answer.user.id if answer.user else None
        return self._timed(answer, server_time(response.headers))

    @property
    def _login(self) -> Mapping[str, object]:
        login = {
            "email": self._credentials.email.get_secret_value(),
            "password": self._credentials.password.get_secret_value(),
        }
        return login | ({"hostName": self._host} if self._host else {})

    @property
    def _secret_headers(self) -> Mapping[str, str]:
        key = self._credentials.api_key
        return {**self._headers, **({"apiKey": key.get_secret_value()} if key and not self._host else {})}

    def _timed(self, answer: LoginAnswer, theirs: datetime | None) -> Tokens:
        """Compute a token's lifetime by the cloud's clock and its end by ours, as the host's clock may be hours off."""
        expiry, now = expiry_of(answer.token.get_secret_value()), self._now()
        untold = _USUAL_LIFE if answer.refresh_token else _FAR_OFF
        life = untold if expiry is None else min(max(expiry - (theirs or now), timedelta(0)), _FAR_OFF)
        return Tokens(
            access=answer.token,
            renew_at=now + max(life - _AHEAD, life / 2),
            refresh=answer.refresh_token,
            refresh_until=now + _REFRESH_LIFE if answer.refresh_token else None,
        )
