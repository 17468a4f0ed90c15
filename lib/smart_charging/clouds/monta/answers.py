"""Turns an HTTP answer into a model or one of our errors; messages never quote the answer's content."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeVar

from httpx import codes
from pydantic import BaseModel, ValidationError

from smart_charging.clouds.http.wire import Call, trace
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
    import httpx

M = TypeVar("M", bound=BaseModel)

TOKEN_PATH = "auth/token"  # noqa: S105 - a path, not a token

_MEANINGS: dict[int, tuple[type[CloudError], str]] = {
    codes.UNAUTHORIZED: (AuthError, "Monta refuses the client id and secret; compare them with Monta's portal"),
    codes.FORBIDDEN: (NotPermittedError, "these credentials may not do this; look at their scopes and team"),
    codes.NOT_FOUND: (NotFoundError, "Monta does not know it"),
    codes.REQUEST_TIMEOUT: (TransportError, "Monta gave up waiting for the request"),
}
_MACHINE_WORD = re.compile(r"[A-Z][A-Z_]{0,59}")
_JSON_WORDS = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}


def raise_for_status(call: Call, response: httpx.Response) -> None:
    """Raise the matching `CloudError` for any status but success."""
    if not response.is_success:
        kind, words = _meaning(call, response.status_code)
        code = f", {code}" if (code := error_code(response)) else ""
        raise kind(f"{call}: {response.status_code}{code}, {words}{trace(response)}")


def _meaning(call: Call, status: int) -> tuple[type[CloudError], str]:
    if status == codes.UNAUTHORIZED and call.path != TOKEN_PATH:
        return ResponseError, "Monta refuses a token it has just handed out"
    if codes.is_server_error(status):
        return TransportError, "Monta's server failed"
    if codes.is_client_error(status):
        return _MEANINGS.get(status, (RefusedError, "Monta refuses the request"))
    return ResponseError, "not a status Monta documents"


def read(model: type[M], call: Call, response: httpx.Response) -> M:
    """Validate a successful answer.

    Raises:
        ResponseError: The answer is invalid; names the first wrong field and the type that came instead.
    """
    try:
        return model.model_validate_json(response.content)
    except ValidationError as err:
        raise ResponseError(f"{call}: {_complaint(err, response)}{trace(response)}") from err


def read_page(model: type[M], call: Call, response: httpx.Response) -> tuple[M, str | None]:
    """A page without its invalid rows, and what is wrong with the first of these; None if all are valid.

    Raises:
        ResponseError: Something else is wrong, or of several rows none is valid; a young account may have but one.
    """
    try:
        return model.model_validate_json(response.content), None
    except ValidationError as err:
        paths = [error["loc"] for error in err.errors(include_url=False, include_context=False, include_input=False)]
        odd = {path[1] for path in paths if len(path) > 1 and path[0] == "data"}
        rows = json.loads(response.content)["data"] if odd else []
        left = [row for number, row in enumerate(rows) if number not in odd]
        complaint = _complaint(err, response)
        if (not left and len(rows) != 1) or any(path[:1] != ("data",) for path in paths):
            raise ResponseError(f"{call}: {complaint}{trace(response)}") from err
    content = {**json.loads(response.content), "data": left}
    return model.model_validate_json(json.dumps(content)), complaint


def error_code(response: httpx.Response) -> str | None:
    """Monta's `errorCode`, if the body is an error envelope; that happens with HTTP 200 too."""
    try:
        code = json.loads(response.content)["errorCode"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return code if isinstance(code, str) and _MACHINE_WORD.fullmatch(code) else None


def _complaint(err: ValidationError, response: httpx.Response) -> str:
    if code := error_code(response):
        return f"an error ({code}) came with status {response.status_code}"
    return complaint_of(err)


def complaint_of(err: ValidationError) -> str:
    """The first wrong field and the type that came instead."""
    first = err.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(step) for step in first["loc"])
    match first["type"]:
        case "json_invalid":
            return "the answer is not JSON"
        case "missing":
            return f"field {field} is missing"
        case _:
            came = _JSON_WORDS.get(type(first["input"]), "something else")
            return f"field {field} cannot be read, {came} came" if field else f"the answer is {came}"
