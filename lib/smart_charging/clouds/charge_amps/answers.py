"""What Charge Amps' answers mean, from status and body to a model or one of our errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from httpx import codes

from smart_charging.clouds.http.answers import M, Statuses, json_of, read_rows
from smart_charging.errors import AuthError, NotPermittedError, ResponseError

if TYPE_CHECKING:
    import httpx

    from smart_charging.clouds.http.wire import Call

LOGIN_PATH = "auth/login"

_STATUSES = Statuses(
    "Charge Amps",
    {
        codes.UNAUTHORIZED: (ResponseError, "Charge Amps refuses a token it has just handed out"),
        codes.FORBIDDEN: (NotPermittedError, "this account may not do this; ask the charger's owner or Charge Amps"),
    },
)
_LOGIN_STATUSES = Statuses(
    "Charge Amps",
    {
        codes.UNAUTHORIZED: (AuthError, "Charge Amps refuses e-mail, password or API key"),
        codes.FORBIDDEN: (AuthError, "Charge Amps lets this account or API key in no longer"),
    },
)


def raise_for_status(call: Call, response: httpx.Response) -> None:
    """Raise the matching `CloudError` for any status but success."""
    if not response.is_success:
        statuses = _LOGIN_STATUSES if call.path == LOGIN_PATH else _STATUSES
        kind, words = statuses.meaning(response.status_code)
        raise kind(f"{call}: {response.status_code}, {words}")


def read_list(model: type[M], call: Call, response: httpx.Response) -> tuple[list[M], str | None]:
    """A list without its invalid rows, and what is wrong with the first of these; None if all are valid.

    Raises:
        ResponseError: It is no list, or no row is valid.
    """
    content = json_of(call, response)
    if not isinstance(content, list):
        raise ResponseError(f"{call}: the answer is not a list")
    return read_rows(model, call, content)


def read_object(call: Call, response: httpx.Response) -> Mapping[str, object]:
    """An answer that is sent back later, as it came.

    Raises:
        ResponseError: It is no object.
    """
    content = json_of(call, response)
    if not isinstance(content, dict):
        raise ResponseError(f"{call}: the answer is not an object")
    return content
