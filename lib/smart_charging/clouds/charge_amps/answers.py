"""Turns an HTTP answer into a model or one of our errors; messages never quote the answer's content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from httpx import codes
from pydantic import BaseModel, ValidationError

from smart_charging.errors import (
    AuthError,
    CloudError,
    NotFoundError,
    NotPermittedError,
    RefusedError,
    ResponseError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from smart_charging.clouds.http.wire import Call

M = TypeVar("M", bound=BaseModel)

LOGIN_PATH = "auth/login"

_MEANINGS: dict[int, tuple[type[CloudError], str]] = {
    codes.UNAUTHORIZED: (ResponseError, "Charge Amps refuses a token it has just handed out"),
    codes.FORBIDDEN: (NotPermittedError, "this account may not do this; ask the charger's owner or Charge Amps"),
    codes.NOT_FOUND: (NotFoundError, "Charge Amps does not know it"),
    codes.REQUEST_TIMEOUT: (TransportError, "Charge Amps gave up waiting for the request"),
}
_LOGIN_MEANINGS: dict[int, tuple[type[CloudError], str]] = {
    codes.UNAUTHORIZED: (AuthError, "Charge Amps refuses e-mail, password or API key"),
    codes.FORBIDDEN: (AuthError, "Charge Amps lets this account or API key in no longer"),
}


def raise_for_status(call: Call, response: httpx.Response) -> None:
    """Raise the matching `CloudError` for any status but success."""
    if not response.is_success:
        kind, words = _meaning(call, response.status_code)
        raise kind(f"{call}: {response.status_code}, {words}")


def _meaning(call: Call, status: int) -> tuple[type[CloudError], str]:
    if call.path == LOGIN_PATH and status in _LOGIN_MEANINGS:
        return _LOGIN_MEANINGS[status]
    if codes.is_server_error(status):
        return TransportError, "Charge Amps' server failed"
    if codes.is_client_error(status):
        return _MEANINGS.get(status, (RefusedError, "Charge Amps refuses the request"))
    return ResponseError, "not a status Charge Amps documents"


def read(model: type[M], call: Call, response: httpx.Response) -> M:
    """Validate a successful answer.

    Raises:
        ResponseError: The answer is invalid; names the first wrong field.
    """
    try:
        return model.model_validate_json(response.content)
    except ValidationError as err:
        raise ResponseError(f"{call}: {_complaint(err)}") from err


def read_rows(model: type[M], call: Call, response: httpx.Response) -> tuple[list[M], str | None]:
    """A list without its invalid rows, and what is wrong with the first of these; None if all are valid.

    Raises:
        ResponseError: It is no list, or no row is valid.
    """
    found, complaint = [], None
    for row in _list(call, response):
        try:
            found.append(model.model_validate(row))
        except ValidationError as err:
            complaint = complaint or _complaint(err)
    if complaint and not found:
        raise ResponseError(f"{call}: {complaint}")
    return found, complaint


def read_object(call: Call, response: httpx.Response) -> Mapping[str, object]:
    """An answer that is sent back later, as it came.

    Raises:
        ResponseError: It is no object.
    """
    content = _json(call, response)
    if not isinstance(content, dict):
        raise ResponseError(f"{call}: the answer is not an object")
    return content


def _list(call: Call, response: httpx.Response) -> list[object]:
    content = _json(call, response)
    if not isinstance(content, list):
        raise ResponseError(f"{call}: the answer is not a list")
    return content


def _json(call: Call, response: httpx.Response) -> object:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        raise ResponseError(f"{call}: the answer is not JSON") from None


def _complaint(err: ValidationError) -> str:
    first = err.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(step) for step in first["loc"])
    match first["type"]:
        case "json_invalid":
            return "the answer is not JSON"
        case "missing":
            return f"field {field} is missing"
        case _:
            return f"field {field} cannot be read" if field else "the answer cannot be read"
