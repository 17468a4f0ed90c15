"""Requests to Enlighten with the account's session, and what happens where that has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from httpx import codes

from smart_charging.clouds.enphase.answers import is_login_page, raise_for_status
from smart_charging.clouds.enphase.login import cookie_header
from smart_charging.clouds.enphase.refusals import Refusal
from smart_charging.clouds.enphase.session import XSRF_COOKIE, Session
from smart_charging.clouds.http.budget import Urgency
from smart_charging.errors import NotPermittedError

if TYPE_CHECKING:
    import httpx

    from smart_charging.clouds.enphase.auth import Auth
    from smart_charging.clouds.http.wire import Call, Wire


class Connection:
    """Two ways for requests: essential ones, which may log in, and optional ones, which never do.

    Args:
        side: For what is optional: its failures pause nothing else.
    """

    def __init__(self, *, wire: Wire, side: Wire, auth: Auth, base_url: str) -> None:
        self._wire = wire
        self._side = side
        self._auth = auth
        self._base_url = base_url.rstrip("/")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
        await self._side.aclose()

    async def read(self, call: Call, urgency: Urgency, *, site: str | None = None) -> httpx.Response:
        """The answer to an essential request, if it is a success."""
        response = await self.send(call, urgency, site=site)
        raise_for_status(call, response)
        return response

    async def command(self, call: Call, site: str) -> httpx.Response:
        """The answer to a command, of whatever status."""
        return await self.send(call, Urgency.COMMAND, site=site, with_bearer=True)

    async def send(
        self, call: Call, urgency: Urgency, *, site: str | None = None, with_bearer: bool = False
    ) -> httpx.Response:
        """Send with the session, and where that has ended once more with a new one: nothing was done before."""
        session = await self._auth.session(urgency)
        response = await self._wire.send(self._dressed(call, session, site, with_bearer=with_bearer), urgency)
        why = Refusal.LOGIN_PAGE if is_login_page(response) else Refusal.NOT_ACCEPTED
        if _is_shut_out(response) and not (with_bearer and self._auth.is_fresh(session)):
            session = await self._auth.session(urgency, refused=session, why=why)
            response = await self._wire.send(self._dressed(call, session, site, with_bearer=with_bearer), urgency)
        if not _is_shut_out(response):
            await self._auth.accepted()
            return response
        if with_bearer:  # a right that is missing, not the session: reading goes on
            raise NotPermittedError(f"{call}: Enphase does not accept the session for this")
        raise await self._auth.not_accepted(session, why)

    async def optional(self, call: Call, *, site: str, with_bearer: bool = False) -> httpx.Response:
        """The answer to a request that never causes a login, if it is a success.

        Raises:
            NotPermittedError: There is no session, or it is not accepted for this.
        """
        session = await self._auth.current()
        if session is None:
            raise NotPermittedError(f"{call}: not sent, there is no session")
        response = await self._side.send(self._dressed(call, session, site, with_bearer=with_bearer), Urgency.SPARE)
        if _is_shut_out(response):
            raise NotPermittedError(f"{call}: Enphase does not accept the session for this")
        raise_for_status(call, response)
        return response

    async def with_token_alone(self, call: Call, *, token_prefix: str) -> httpx.Response:
        """The answer of another host that takes the token, but must not see the cookies; if it is a success."""
        session = await self._auth.current()
        if session is None or session.token is None:
            raise NotPermittedError(f"{call}: not sent, there is no token")
        headers = {
            "Origin": self._base_url,
            "Referer": f"{self._base_url}/",
            "Cookie": "",
            "Authorization": f"{token_prefix}{session.token}",
        }
        response = await self._side.send(replace(call, headers=headers), Urgency.SPARE)
        raise_for_status(call, response)
        return response

    def _dressed(self, call: Call, session: Session, site: str | None, *, with_bearer: bool) -> Call:
        """The call with the headers that Enphase's own pages send."""
        place = f"pv/systems/{site}/summary" if site else ""
        headers = {
            "Accept": "application/json",
            "Cookie": cookie_header(session.cookies),
            "X-Requested-With": "XMLHttpRequest",
            "Referer": f"{self._base_url}/{place}",
        }
        if session.token:
            headers["e-auth-token"] = session.token
        if xsrf := session.cookies.get(XSRF_COOKIE):
            headers["X-CSRF-Token"] = xsrf
        if with_bearer and session.bearer:
            headers["Authorization"] = f"Bearer {session.bearer}"
        return replace(call, headers=headers)


def _is_shut_out(response: httpx.Response) -> bool:
    return response.status_code == codes.UNAUTHORIZED or is_login_page(response)
