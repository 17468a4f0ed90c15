"""One login at one of Monta's two APIs: connection, quota and tokens, and what a refused token does to a request."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from smart_charging.clouds.http.budget import Budget, Urgency
from smart_charging.clouds.http.token_file import Login, TokenFile
from smart_charging.clouds.http.wire import Call, Wire
from smart_charging.clouds.monta.answers import raise_for_status
from smart_charging.clouds.monta.auth import Auth
from smart_charging.clouds.monta.credentials import Credentials
from smart_charging.clouds.monta.words import MONTA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Channel:
    """Sends requests with a valid token.

    Args:
        token_file: Keeps tokens across restarts; None keeps them in memory only.
        tell_time: Called with Monta's time, by every answer.
        timeout: For one request, from connecting to the last byte; waiting for quota is not included.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str,
        token_file: Path | None,
        budget: Budget,
        now: Callable[[], datetime],
        tell_time: Callable[[datetime], None] | None,
        timeout: timedelta,
        logger: logging.Logger,
    ) -> None:
        self.budget = budget
        self.wire = Wire(
            cloud=MONTA.name,
            base_url=base_url,
            budget=budget,
            timeout=timeout,
            now=now,
            logger=logger,
            tell_time=tell_time,
        )
        login = Login(secrets=(credentials.client_id, credentials.client_secret), base_url=base_url.rstrip("/"))
        self._auth = Auth(
            wire=self.wire, credentials=credentials, token_file=TokenFile(token_file, login, logger), now=now
        )

    async def request(self, call: Call, urgency: Urgency) -> httpx.Response:
        """Send with a token, and after a 401 once more with a new one: nothing was done, so even a start is safe."""
        tokens = await self._auth.tokens(urgency)
        response = await self.wire.send(call, urgency, bearer=tokens.access)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            tokens = await self._auth.tokens(urgency, refused=tokens)
            response = await self.wire.send(call, urgency, bearer=tokens.access)
        raise_for_status(call, response)
        return response
