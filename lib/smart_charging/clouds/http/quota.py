"""Reads what a server says about its quota: in the headers of any answer and in the body of a 429."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from smart_charging.clouds.http.clock import server_time

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_LONGEST = timedelta(hours=1)
_MOST = 10_000
"""Requests; no quota is known that allows more, and work done per request must stay bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaNotice:
    """The quota as the server reports it; None for what it does not report."""

    quota: int | None = None
    window: timedelta | None = None
    remaining: int | None = None
    resets_in: timedelta | None = None
    is_fair_use: bool = False
    """The endpoint has a limit of its own, which says nothing of the quota."""


def notice_in_headers(headers: Mapping[str, str]) -> QuotaNotice:
    """Read the `RateLimit-*` headers, or else `Retry-After` in seconds or as a date."""
    return QuotaNotice(
        quota=_count(headers.get("ratelimit-quota"), least=1),
        window=_seconds(headers.get("ratelimit-timewindow"), least=1),
        remaining=_count(headers.get("ratelimit-remaining")),
        resets_in=_first(_seconds(headers.get("ratelimit-resetsin")), _retry_after(headers)),
        is_fair_use=headers.get("ratelimit-policy", "").lower() == "fair-use",
    )


def notice_in_refusal(headers: Mapping[str, str], body: bytes) -> QuotaNotice:
    """Read a 429; its body takes precedence over its headers."""
    content = _rate_limit_response(body)
    header = notice_in_headers(headers)
    return QuotaNotice(
        quota=_first(_count(content.get("quota"), least=1), header.quota),
        window=_first(_seconds(content.get("timeWindow"), least=1), header.window),
        remaining=0,
        resets_in=_first(_seconds(content.get("resetsIn")), header.resets_in),
        is_fair_use=header.is_fair_use,
    )


def _rate_limit_response(body: bytes) -> Mapping[str, object]:
    try:
        content = json.loads(body)["context"]["rateLimitResponse"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return {}
    return content if isinstance(content, dict) else {}


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)


def _number(value: object, least: float) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]  # TypeError is one of the answers
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= least else None


def _count(value: object, least: int = 0) -> int | None:
    return None if (number := _number(value, least)) is None else min(int(number), _MOST)


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """A date counts from the answer's own `Date`, as our clock may be wrong."""
    text = headers.get("retry-after")
    if (seconds := _seconds(text)) is not None or text is None:
        return seconds
    until, sent_at = server_time({"date": text}), server_time(headers)
    return _seconds((until - sent_at).total_seconds()) if until and sent_at else None


def _seconds(value: object, least: int = 0) -> timedelta | None:
    """At most an hour: one wrong answer must not stop us for days."""
    number = _number(value, least)
    return None if number is None else timedelta(seconds=min(number, _LONGEST.total_seconds()))
