"""The steps of a login at Enlighten: e-mail and password, perhaps a one-time code, then a token."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from httpx import codes

from smart_charging.clouds.enphase.refusals import LoginRefusedError, Refusal
from smart_charging.clouds.enphase.session import XSRF_COOKIE, Session
from smart_charging.clouds.http.clock import server_time
from smart_charging.clouds.http.jwt import claims_of, expiry_of
from smart_charging.clouds.http.wire import Call, Wire, trace
from smart_charging.errors import ResponseError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from smart_charging.clouds.http.budget import Urgency

LOGIN_PATH, FORM_LOGIN_PATH = "login/login.json", "login/login"
CODE_PATH = "app-api/validate_login_otp"
CODE_COOKIE = "login_otp_nonce"
_ACCEPT = {"Accept": "application/json, text/plain, */*"}
_BROWSER = {"Accept": "text/html,application/xhtml+xml"}
_AHEAD = timedelta(minutes=5)
_TOO_MANY = "too many active sessions"
_REFUSED = {codes.UNAUTHORIZED, codes.FORBIDDEN}
_NO_SUCH_CODE = {codes.BAD_REQUEST, codes.NOT_FOUND, codes.CONFLICT, codes.UNPROCESSABLE_ENTITY}


class Login:
    """Sends what a browser sends; when that may be tried is decided by `Auth`.

    Args:
        side: For the exchange of a session id for a token, which may fail without harm.
        tokens_url: Where that is done.
    """

    def __init__(self, *, wire: Wire, side: Wire, tokens_url: str, now: Callable[[], datetime]) -> None:
        self._wire = wire
        self._side = side
        self._tokens_url = tokens_url
        self._now = now

    async def with_password(self, email: str, password: str, urgency: Urgency) -> Session:
        """Log in.

        Raises:
            LoginRefusedError: With the reason.
            TransportError: The login service is down; nothing is known about the password.
        """
        form = {"user[email]": email, "user[password]": password}
        call = Call(method="POST", path=LOGIN_PATH, form=form, headers=_ACCEPT)
        response = await self._wire.send(call, urgency)
        if response.status_code == codes.NOT_ACCEPTABLE:
            call = Call(method="POST", path=FORM_LOGIN_PATH, form=form, headers=_BROWSER)
            response = await self._wire.send(call, urgency)
            if response.has_redirect_location or response.is_success:
                return await self._with_token(email, _cookies(response), {}, urgency)
        return await self._read(call, response, email, {}, urgency)

    async def with_code(self, email: str, code: str, cookies: Mapping[str, str], urgency: Urgency) -> Session:
        """Finish a login by the one-time code that was sent for it.

        Args:
            cookies: Of the login that asked for the code.
        """
        xsrf = {"X-CSRF-Token": cookies[XSRF_COOKIE]} if XSRF_COOKIE in cookies else {}
        call = Call(
            method="POST",
            path=CODE_PATH,
            form={"email": _base64(email), "otp": _base64(code), "xhrFields[withCredentials]": "true"},
            headers={**_ACCEPT, **xsrf, "Cookie": cookie_header(cookies)},
        )
        response = await self._wire.send(call, urgency)
        if response.status_code in _NO_SUCH_CODE:
            raise LoginRefusedError(Refusal.WRONG_CODE)
        return await self._read(call, response, email, cookies, urgency)

    async def renewed(self, session: Session, email: str, urgency: Urgency) -> Session | None:
        """The session with a new token, without a login; None if Enphase wants a login."""
        if session.session_id is None:
            return None
        try:
            return await self._exchanged(session, email, urgency)
        except LoginRefusedError:
            return None

    async def _read(
        self, call: Call, response: httpx.Response, email: str, before: Mapping[str, str], urgency: Urgency
    ) -> Session:
        answer, cookies = _checked(call, response), {**before, **_cookies(response)}
        if answer.get("isBlocked") is True:
            raise LoginRefusedError(Refusal.BLOCKED)
        if answer.get("isValid") is False:
            raise LoginRefusedError(Refusal.WRONG_CODE)
        is_waiting = answer.get("success") is True and CODE_COOKIE in _cookies(response)
        if answer.get("requires_mfa") is True or is_waiting:
            raise LoginRefusedError(Refusal.CODE_NEEDED, cookies)
        return await self._with_token(email, cookies, answer, urgency)

    async def _with_token(
        self, email: str, cookies: Mapping[str, str], answer: Mapping[str, Any], urgency: Urgency
    ) -> Session:
        session_id, manager = answer.get("session_id"), answer.get("manager_token")
        if not session_id and manager:
            session_id = claims_of(str(manager)).get("session_id")
            if not session_id:
                raise ResponseError("the login's answer has a token without a session")
        if not session_id and answer:
            raise LoginRefusedError(Refusal.WRONG)
        session = Session(cookies=cookies, session_id=str(session_id) if session_id else None)
        return await self._exchanged(session, email, urgency) if session.session_id else session

    async def _exchanged(self, session: Session, email: str, urgency: Urgency) -> Session:
        """The session with a token; without one where the exchange fails, as cookies alone do for most requests."""
        call = Call(
            method="POST",
            path=self._tokens_url,
            json={"session_id": session.session_id, "email": email},
            shown="tokens",
        )
        try:
            response = await self._side.send(call, urgency)
        except TransportError:
            return session
        if response.status_code in _REFUSED:
            raise LoginRefusedError(Refusal.WRONG)
        answer = _json(response) if response.is_success else {}
        token = next((answer[key] for key in ("token", "auth_token", "access_token") if answer.get(key)), None)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            return session
        return Session(
            cookies=session.cookies,
            session_id=session.session_id,
            token=token,
            renew_at=self._renew_at(token, answer, server_time(response.headers)),
        )

    def _renew_at(self, token: str, answer: Mapping[str, Any], theirs: datetime | None) -> datetime | None:
        """By our clock; the token's life is counted by Enphase's, as ours may be wrong."""
        told = next((answer[key] for key in ("expires_at", "expiresAt", "expiration") if answer.get(key)), None)
        expiry, now = _moment(told) or expiry_of(token), self._now()
        if expiry is None:
            return None
        life = min(max(expiry - (theirs or now), timedelta(0)), timedelta(days=365))
        return now + max(life - _AHEAD, life / 2)


def cookie_header(cookies: Mapping[str, str]) -> str:
    """As a browser writes it."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _checked(call: Call, response: httpx.Response) -> Mapping[str, Any]:
    """The answer's body, once its status has not said it all.

    Raises:
        LoginRefusedError: Wrong, blocked, or too many sessions.
        TransportError: The login service is down.
    """
    if _TOO_MANY in response.text.lower():
        raise LoginRefusedError(Refusal.TOO_MANY_SESSIONS)
    if response.status_code in _REFUSED:
        raise LoginRefusedError(Refusal.BLOCKED if _json(response).get("isBlocked") is True else Refusal.WRONG)
    if not response.is_success:
        raise TransportError(
            f"{call}: {response.status_code}, Enphase's login service is down; the stored login stays{trace(response)}"
        )
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise TransportError(f"{call}: no JSON came, Enphase's login service is down; the stored login stays")
    return answer


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _cookies(response: httpx.Response) -> dict[str, str]:
    """Those that can be sent back in a header."""
    found = {cookie.name: cookie.value or "" for cookie in response.cookies.jar}
    return {name: value for name, value in found.items() if value.isascii() and value.isprintable()}


def _moment(value: object) -> datetime | None:
    try:
        number = float(value)  # type: ignore[arg-type]  # TypeError is one of the answers
        return datetime.fromtimestamp(number / 1000 if number > 1e12 else number, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
