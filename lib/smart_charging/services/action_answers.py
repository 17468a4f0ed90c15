"""What Home Assistant says to an action, as AppDaemon hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smart_charging.errors import ActionError

_TELLING = frozenset({"service_validation_error", "invalid_format", "not_found"})
"""Codes of errors whose message is about the call; others may hold addresses and tokens of the integration."""
_LONGEST_MESSAGE = 200


def response_of(action: str, answer: object) -> Mapping[str, Any]:
    """What the action responded; empty when it responds nothing.

    Args:
        answer: None while Home Assistant is away.

    Raises:
        ActionError: The answer tells of a failure.
    """
    if not isinstance(answer, Mapping):
        raise ActionError(f"{action} could not be called: Home Assistant is away")
    if answer.get("ad_status") == "TIMEOUT":
        raise ActionError(f"{action} was not answered in time")
    if not answer.get("success"):
        raise _error(action, answer.get("error"))
    result = answer.get("result")
    response = result.get("response") if isinstance(result, Mapping) else None
    return response if isinstance(response, Mapping) else {}


def _error(action: str, error: object) -> ActionError:
    told = error if isinstance(error, Mapping) else {}
    code, reason = str(told.get("code") or "no reason given"), told.get("translation_key")
    words = " ".join(str(told.get("message") or "").split()) if code in _TELLING else ""
    return ActionError(f"{action} failed: {words[:_LONGEST_MESSAGE] or reason or code}", reason)
