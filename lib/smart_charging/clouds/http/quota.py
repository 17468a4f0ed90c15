"""What a server says about its quota: in headers of any answer, in the body of a refusal."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaNotice:
    """The quota in the server's words; None is what it did not say."""

    quota: int | None = None
    window: timedelta | None = None
    remaining: int | None = None
    resets_in: timedelta | None = None


def notice_in_headers(headers: Mapping[str, str]) -> QuotaNotice:
    """Read the `RateLimit-*` headers, or as the last resort `Retry-After` in seconds."""
    return QuotaNotice(
        quota=_count(headers.get("ratelimit-quota"), least=1),
        window=_seconds(headers.get("ratelimit-timewindow"), least=1),
        remaining=_count(headers.get("ratelimit-remaining")),
        resets_in=_first(_seconds(headers.get("ratelimit-resetsin")), _seconds(headers.get("retry-after"))),
    )


def notice_in_refusal(headers: Mapping[str, str], body: bytes) -> QuotaNotice:
    """Read a 429: what its body says goes before what its headers say."""
    told = _rate_limit_response(body)
    header = notice_in_headers(headers)
    return QuotaNotice(
        quota=_first(_count(told.get("quota"), least=1), header.quota),
        window=_first(_seconds(told.get("timeWindow"), least=1), header.window),
        remaining=0,
        resets_in=_first(_seconds(told.get("resetsIn")), header.resets_in),
    )


def _rate_limit_response(body: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(body)["context"]["rateLimitResponse"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return {}
    return told if isinstance(told, dict) else {}


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)


def _number(told: object, least: float) -> float | None:
    try:
        number = float(told)  # type: ignore[arg-type]  # TypeError is one of the answers
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= least else None


def _count(told: object, least: int = 0) -> int | None:
    return None if (number := _number(told, least)) is None else int(number)


def _seconds(told: object, least: int = 0) -> timedelta | None:
    """An hour at most: one slip of the server must not silence us for days."""
    number = _number(told, least)
    return None if number is None else timedelta(seconds=min(number, _LONGEST.total_seconds()))
