"""Keeps one session for everybody, and logs in anew as rarely as possible.

Enphase blocks accounts that log in too often. So one login happens at a time and serves all that wait for it; a
refusal is followed by a rest, a third one by a day; and requests that are not essential never cause a login.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.enphase.refusals import KeepingAway, LoginRefusedError, Refusal
from smart_charging.clouds.enphase.session import Kept
from smart_charging.clouds.http.budget import clock_text
from smart_charging.errors import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smart_charging.clouds.enphase.credentials import Credentials
    from smart_charging.clouds.enphase.login import Login
    from smart_charging.clouds.enphase.session import Session, SessionFile
    from smart_charging.clouds.http.budget import Urgency

LOGINS_APART = timedelta(minutes=5)
"""At least, however often Enphase ends the session."""
REUSED_FOR = timedelta(seconds=30)
"""A session this young is not replaced: another request will have been refused because of the one before."""


class Auth:
    """The session of one account."""

    def __init__(
        self, *, login: Login, credentials: Credentials, file: SessionFile, now: Callable[[], datetime]
    ) -> None:
        self._login = login
        self._credentials = credentials
        self._file = file
        self._now = now
        self._kept: Kept | None = None
        self._logged_in_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def session(
        self, urgency: Urgency, *, refused: Session | None = None, why: Refusal = Refusal.NOT_ACCEPTED
    ) -> Session:
        """The session, after a login if there is none or if it was refused.

        Args:
            refused: The one that Enphase did not accept. If it has been replaced meanwhile, the new one is
                returned and nothing is sent.
            why: What it means if that one is fresh from a login.

        Raises:
            AuthError: A person has to do something, or it is too early to try again; the message says which.
            RateLimitedError: The last login was moments ago.
        """
        async with self._lock:
            kept = await self._loaded()
            if kept.session and kept.session is not refused and not self._is_due(kept.session):
                return kept.session
            if kept.session and self.is_fresh(kept.session):
                raise await self._not_accepted(why)
            renewed = await self._renewed(kept.session, urgency) if kept.session is not refused else None
            if renewed is None:
                self._kept = replace(kept, session=None)
            return await self._take(renewed or await self._logged_in(urgency))

    def is_fresh(self, session: Session) -> bool:
        """Whether a session comes from a login just now."""
        return self._kept is not None and self._kept.session is session and self._logged_in_within(REUSED_FOR)

    async def not_accepted(self, session: Session, why: Refusal) -> LoginRefusedError:
        """Note that a session is of no use even after a login; returns the error to be raised."""
        async with self._lock:
            if (await self._loaded()).session is session:
                return await self._not_accepted(why)
            return LoginRefusedError(why)

    async def accepted(self) -> None:
        """Note that a session works: only that ends a row of refusals."""
        if self._kept and self._kept.away.refusals:
            self._kept = replace(self._kept, away=KeepingAway())
            await self._file.save(self._kept)

    async def current(self) -> Session | None:
        """The session as it is, for what must not cause a login."""
        async with self._lock:
            return (await self._loaded()).session

    async def log_in(self, urgency: Urgency, *, password: str | None, code: str | None) -> Session:
        """Log in now, as a person has asked for it: refusals before do not count.

        Args:
            password: None for the stored one.
            code: The one-time code that the login before has caused.
        """
        async with self._lock:
            kept = self._kept = replace(await self._loaded(), away=KeepingAway())
            try:
                if code and kept.code_cookies:
                    session = await self._login.with_code(self._email, code, kept.code_cookies, urgency)
                else:
                    session = await self._login.with_password(self._email, password or self._password(), urgency)
            except LoginRefusedError as err:
                raise await self._keep_away(err) from err
            self._logged_in_at = self._now()
            return await self._take(session)

    async def _loaded(self) -> Kept:
        if self._kept is None:
            self._kept = await self._file.load()
        return self._kept

    def _is_due(self, session: Session) -> bool:
        return (
            session.renew_at is not None and session.renew_at <= self._now() and not self._logged_in_within(REUSED_FOR)
        )

    def _logged_in_within(self, span: timedelta) -> bool:
        at = self._logged_in_at
        return at is not None and timedelta(0) <= self._now() - at < span

    async def _renewed(self, session: Session | None, urgency: Urgency) -> Session | None:
        """A new token for the old session: no login, so it costs the account nothing."""
        if session is None:
            return None
        renewed = await self._login.renewed(session, self._email, urgency)
        return renewed if renewed and renewed is not session else None

    async def _logged_in(self, urgency: Urgency) -> Session:
        kept, now = await self._loaded(), self._now()
        password = self._password()
        if kept.away.is_on(now):
            raise kept.away.error(now)
        if self._logged_in_at and self._logged_in_within(LOGINS_APART):
            retry_at = self._logged_in_at + LOGINS_APART
            raise RateLimitedError(
                f"Enphase ended the session soon after the login; next one at {clock_text(retry_at)}", retry_at
            )
        try:
            session = await self._login.with_password(self._email, password, urgency)
        except LoginRefusedError as err:
            raise await self._keep_away(err) from err
        self._logged_in_at = self._now()
        return session

    @property
    def _email(self) -> str:
        return self._credentials.email.get_secret_value()

    def _password(self) -> str:
        if self._credentials.password is None:
            raise LoginRefusedError(Refusal.NO_PASSWORD)
        return self._credentials.password.get_secret_value()

    async def _not_accepted(self, why: Refusal) -> LoginRefusedError:
        self._kept = replace(await self._loaded(), session=None)
        return await self._keep_away(LoginRefusedError(why))

    async def _keep_away(self, error: LoginRefusedError) -> LoginRefusedError:
        """Note a refusal; returns it to be raised."""
        kept = await self._loaded()
        self._kept = replace(
            kept,
            code_cookies=error.cookies or kept.code_cookies,
            away=kept.away.after(error.refusal, self._now()),
        )
        await self._file.save(self._kept)
        return error

    async def _take(self, session: Session) -> Session:
        """Keep a session; refusals before it count until a request was accepted with it."""
        self._kept = Kept(session=session, away=(await self._loaded()).away)
        await self._file.save(self._kept)
        return session
