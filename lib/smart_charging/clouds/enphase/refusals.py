"""Why Enphase does not let us in, and how long we then keep away.

Accounts that logged in again and again were blocked by Enphase. So every refusal counts, also over a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from smart_charging.errors import AuthError

AFTER_REFUSAL = timedelta(minutes=5)
AFTER_MANY = timedelta(hours=24)
MANY = 3
_RESUME = "or press the button login again"


class Refusal(StrEnum):
    """Each has its own cure."""

    WRONG = "wrong"
    NO_PASSWORD = "no_password"  # noqa: S105 - a reason, no password
    CODE_NEEDED = "code_needed"
    WRONG_CODE = "wrong_code"
    BLOCKED = "blocked"
    TOO_MANY_SESSIONS = "too_many_sessions"
    LOGIN_PAGE = "login_page"
    NOT_ACCEPTED = "not_accepted"


SENTENCES: Mapping[Refusal, str] = {
    Refusal.WRONG: "Enphase refuses e-mail and password; try them at enlighten.enphaseenergy.com",
    Refusal.NO_PASSWORD: (
        "the session with Enphase has ended and no password is stored; run smart-charging check --login, "
        "or write enphase_password into the credentials file"
    ),
    Refusal.CODE_NEEDED: (
        "Enphase asks for a one-time code (MFA); finish it in a browser, then restart, "
        "or run smart-charging check --login --code and the code you were sent"
    ),
    Refusal.WRONG_CODE: "Enphase refuses the one-time code; log in again for a new one",
    Refusal.BLOCKED: "Enphase has blocked the account; log in with a browser to see for how long, and wait",
    Refusal.TOO_MANY_SESSIONS: (
        f"the account has too many sessions at Enphase; log out of its app and browsers elsewhere, then wait, {_RESUME}"
    ),
    Refusal.LOGIN_PAGE: (
        f"Enphase shows its login page in spite of a fresh login; log in with a browser once, then wait, {_RESUME}"
    ),
    Refusal.NOT_ACCEPTED: "Enphase accepts the login, but not the session it gave for it; it is tried again later",
}
KEEPS_AWAY = frozenset({Refusal.BLOCKED, Refusal.TOO_MANY_SESSIONS, Refusal.LOGIN_PAGE})
"""A further attempt makes these worse, so already the first one counts as many."""
NEEDS_A_PERSON = frozenset({Refusal.CODE_NEEDED})
"""No attempt of ours can succeed until a person has done something; each would send them another code."""


class ShutOutError(AuthError):
    """There is no session, and why."""

    says_what_to_do = True


class LoginRefusedError(ShutOutError):
    """Enphase does not let us in."""

    def __init__(self, refusal: Refusal, cookies: Mapping[str, str] | None = None) -> None:
        super().__init__(SENTENCES[refusal])
        self.refusal = refusal
        self.cookies = dict(cookies or {})
        """Of a login that waits for its one-time code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingAway:
    """Refusals in a row, and until when no login is tried by itself."""

    refusals: int = 0
    reason: Refusal | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_for_person: bool = field(default=False, compare=False)
    """Whether only a person can help, as far as is known since the last start."""

    def after(self, refusal: Refusal, now: datetime) -> Self:
        """The same after one more refusal."""
        refusals = MANY if refusal in KEEPS_AWAY else self.refusals + 1
        rest = AFTER_MANY if refusals >= MANY else AFTER_REFUSAL
        return replace(
            self,
            refusals=refusals,
            reason=refusal,
            since=now,
            until=now + rest,
            is_for_person=refusal in NEEDS_A_PERSON,
        )

    def is_on(self, now: datetime) -> bool:
        """Whether to keep away now; a clock set back does not prolong it."""
        return self.is_for_person or bool(self.since and self.until and self.since <= now < self.until)

    def error(self, now: datetime) -> ShutOutError:
        """What to say instead of trying."""
        reason = SENTENCES[self.reason] if self.reason else "Enphase refused the last login"
        if self.is_for_person or self.until is None or now >= self.until:
            return ShutOutError(reason)
        return ShutOutError(f"{reason} (not tried again before {self.until:%d %b %H:%M} UTC)")

    def to_dict(self) -> Mapping[str, Any]:
        """For the session file."""
        moments = {key: at.isoformat() if at else None for key, at in (("since", self.since), ("until", self.until))}
        return {"refusals": self.refusals, "reason": self.reason, **moments}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`; after a restart a person may have helped."""
        since, until = (datetime.fromisoformat(facts[key]) if facts.get(key) else None for key in ("since", "until"))
        reason = Refusal(facts["reason"]) if facts.get("reason") else None
        return cls(refusals=int(facts["refusals"]), reason=reason, since=since, until=until)
