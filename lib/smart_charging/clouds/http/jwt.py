"""Reads when a JSON Web Token expires."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime


def expiry_of(token: str) -> datetime | None:
    """The time in the claim `exp`, by the server's clock; None for a token that does not say.

    The signature is not checked: the server does that, and a wrong time only renews the token too early or too late.
    """
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (LookupError, TypeError, ValueError, OverflowError, OSError, RecursionError):
        return None
