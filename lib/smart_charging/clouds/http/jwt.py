"""Reads JSON Web Tokens without checking their signature: the server does that."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def claims_of(token: str) -> Mapping[str, Any]:
    """What the token says of itself; empty for one that cannot be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (LookupError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def expiry_of(token: str) -> datetime | None:
    """The time in the claim `exp`, by the server's clock; None for a token that does not say.

    A wrong time only renews the token too early or too late.
    """
    try:
        return datetime.fromtimestamp(int(claims_of(token)["exp"]), UTC)
    except (LookupError, TypeError, ValueError, OverflowError, OSError):
        return None
