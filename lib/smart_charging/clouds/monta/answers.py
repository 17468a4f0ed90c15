"""What Monta's answers mean, from status and body to a model or one of our errors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from httpx import codes
from pydantic import ValidationError

from smart_charging.clouds.http import answers
from smart_charging.clouds.http.answers import M, Statuses, complaint_of
from smart_charging.clouds.http.wire import Call, trace
from smart_charging.errors import AuthError, NotPermittedError, ResponseError

if TYPE_CHECKING:
    import httpx

TOKEN_PATH = "auth/token"  # noqa: S105 - a path, not a token

_FORBIDDEN = (NotPermittedError, "these credentials may not do this; look at their scopes and team")
_STATUSES = Statuses(
    "Monta",
    {
        codes.UNAUTHORIZED: (ResponseError, "Monta refuses a token it has just handed out"),
        codes.FORBIDDEN: _FORBIDDEN,
    },
)
_TOKEN_STATUSES = Statuses(
    "Monta",
    {
        codes.UNAUTHORIZED: (AuthError, "Monta refuses the client id and secret; compare them with Monta's portal"),
        codes.FORBIDDEN: _FORBIDDEN,
    },
)
_MACHINE_WORD = re.compile(r"[A-Z][A-Z_]{0,59}")


def raise_for_status(call: Call, response: httpx.Response) -> None:
    """Raise the matching `CloudError` for any status but success."""
    if not response.is_success:
        statuses = _TOKEN_STATUSES if call.path == TOKEN_PATH else _STATUSES
        kind, words = statuses.meaning(response.status_code)
        code = f", {code}" if (code := error_code(response)) else ""
        raise kind(f"{call}: {response.status_code}{code}, {words}{trace(response)}")


def read(model: type[M], call: Call, response: httpx.Response) -> M:
    """Validate a successful answer.

    Raises:
        ResponseError: The answer is invalid, or an error that came with a status of success.
    """
    try:
        return answers.read(model, call, response)
    except ResponseError:
        raise_for_error(call, response)
        raise


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
        complaint = complaint_of(err)
        if (not left and len(rows) != 1) or any(path[:1] != ("data",) for path in paths):
            raise_for_error(call, response)
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


def raise_for_error(call: Call, response: httpx.Response) -> None:
    """Raise a `ResponseError` if the body is an error envelope in spite of its status of success."""
    if code := error_code(response):
        raise ResponseError(f"{call}: an error ({code}) came with status {response.status_code}{trace(response)}")
