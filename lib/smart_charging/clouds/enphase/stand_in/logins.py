"""The stand-in's logins, sessions, tokens and quota."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from smart_charging.clouds.enphase.stand_in.habits import Habits
from smart_charging.clouds.http.stand_in.messages import Request, Response

SESSION_COOKIE, MANAGER_COOKIE = "_enlighten_4_session", "enlighten_manager_token_production"
LOGIN_PAGE = '<html><title>Login</title><form action="/login/login"><input type="password"></form></html>'
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


class RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(
        self, status: int, *, code: str = "", text: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    @property
    def response(self) -> Response:
        """As Enlighten writes it."""
        error = {"errorMessageCode": self.code, "displayMessage": str(self)}
        return Response(status=self.status, body={"error": error}, headers=self.headers)


class Logins:
    """Lets people in, and keeps out who tries too often."""

    def __init__(self, *, now: Callable[[], datetime], habits: Habits, email: str, password: str) -> None:
        self._now = now
        self.habits = habits
        self.email = email
        self.password = password
        self.code = "246810"
        self.attempts: list[datetime] = []
        """When somebody tried to log in."""
        self.blocked_until: datetime | None = None
        self.has_too_many_sessions_until: datetime | None = None
        self.is_down = False
        self._sessions: dict[str, datetime] = {}
        """By id, when it ends."""
        self._waiting: set[str] = set()
        self._requests: list[datetime] = []
        self.refused = 0
        """How many requests were refused for being too many."""

    def log_in(self, form: Mapping[str, str]) -> Response:
        """Answer e-mail and password."""
        now = self._now()
        self.attempts.append(now)
        if self.is_down:
            raise RefusalError(503, text="maintenance")
        if self._is_before(self.has_too_many_sessions_until):
            return Response(status=400, body={"message": "Too many active sessions"})
        if sum(now - at < _HOUR for at in self.attempts) > self.habits.logins_an_hour:
            self.blocked_until = now + _DAY
        if self._is_before(self.blocked_until):
            return Response(body={"success": False, "isBlocked": True})
        if (form.get("user[email]"), form.get("user[password]")) != (self.email, self.password):
            return Response(status=401, body={"message": "Invalid login"})
        if self.habits.asks_for_code:
            nonce = f"nonce-{len(self.attempts)}"
            self._waiting.add(nonce)
            cookies = {"login_otp_nonce": nonce, "XSRF-TOKEN": "x-1"}
            return Response(body={"success": True, "requires_mfa": True}, cookies=cookies)
        return self._let_in()

    def check_code(self, form: Mapping[str, str], cookies: Mapping[str, str]) -> Response:
        """Answer a one-time code."""
        if cookies.get("login_otp_nonce") not in self._waiting:
            raise RefusalError(404, text="no login waits")
        if base64.b64decode(form.get("otp", "")).decode() != self.code:
            return Response(body={"isValid": False, "isBlocked": False})
        return self._let_in()

    def token(self, body: Mapping[str, object]) -> Response:
        """Exchange a session id for a token."""
        session_id = str(body.get("session_id"))
        if not self._is_open(session_id):
            raise RefusalError(401, text="no session")
        expires_at = self._now() + self.habits.token_life
        return Response(body={"token": self._jwt(session_id, expires_at), "expires_at": int(expires_at.timestamp())})

    def check(self, request: Request) -> Response | None:
        """None for a request with a session; else what it gets."""
        cookies = cookies_of(request)
        session_id = cookies.get(SESSION_COOKIE, "")
        token = request.headers.get("e-auth-token")
        if self._is_open(session_id) and (token is None or self._is_valid(token)):
            return None
        if self.habits.shows_login_page:
            return Response(body=LOGIN_PAGE)
        return Response(status=401, body={"message": "not authenticated"})

    def check_bearer(self, request: Request) -> None:
        """Commands and modes want a bearer, too."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not self._is_valid(bearer):
            raise RefusalError(401, text="no bearer")

    def count(self) -> None:
        """Count a request against what is tolerated in an hour."""
        now = self._now()
        self._requests = [at for at in self._requests if now - at < _HOUR]
        self._requests.append(now)
        if len(self._requests) > self.habits.quota:
            self.refused += 1
            if len(self._requests) > self.habits.quota * 1.2:
                self.end_sessions()
            raise RefusalError(429, text="slow down", headers={"Retry-After": "120"})

    def end_sessions(self) -> None:
        """End all sessions, as a password that was changed does."""
        self._sessions.clear()

    def _let_in(self) -> Response:
        session_id = f"s-{len(self.attempts)}"
        self._sessions[session_id] = self._now() + self.habits.session_life
        manager = self._jwt(session_id, self._now() + self.habits.session_life)
        cookies = {SESSION_COOKIE: session_id, MANAGER_COOKIE: manager, "XSRF-TOKEN": "x-2"}
        return Response(
            body={"message": "success", "session_id": session_id, "manager_token": manager}, cookies=cookies
        )

    def _is_open(self, session_id: str) -> bool:
        return self._now() < self._sessions.get(session_id, self._now())

    def _is_before(self, until: datetime | None) -> bool:
        return until is not None and self._now() < until

    def _is_valid(self, token: str) -> bool:
        try:
            payload = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (IndexError, ValueError):
            return False
        return bool(self._now().timestamp() < claims["exp"]) and self._is_open(claims["session_id"])

    def _jwt(self, session_id: str, expires_at: datetime) -> str:
        claims = {"exp": int(expires_at.timestamp()), "session_id": session_id, "user_id": "77"}
        parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
        return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "signature"])


def cookies_of(request: Request) -> Mapping[str, str]:
    """The cookies of a request."""
    pairs = (pair.partition("=") for pair in request.headers.get("cookie", "").split("; ") if pair)
    return {name: value for name, _, value in pairs}
