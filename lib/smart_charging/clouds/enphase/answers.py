"""What Enphase's answers mean, from status and body to a model or one of our errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from httpx import codes

from smart_charging.clouds.enphase.models import ChargerStatus, Status, rows_of
from smart_charging.clouds.http import answers
from smart_charging.clouds.http.answers import M, Statuses
from smart_charging.clouds.http.wire import Call, trace
from smart_charging.errors import NotFoundError, NotPermittedError, RefusedError, ResponseError, TransportError

if TYPE_CHECKING:
    import httpx

_STATUSES = Statuses(
    "Enphase",
    {
        codes.UNAUTHORIZED: (NotPermittedError, "Enphase does not accept the session for this"),
        codes.FORBIDDEN: (NotPermittedError, "this account may not do that"),
        466: (RefusedError, "the site's gateway is too old for this"),
        468: (NotFoundError, "Enphase does not know the site"),
        472: (RefusedError, "the site has no live stream"),
        473: (TransportError, "the site's gateway does not report"),
        550: (TransportError, "the charger cannot be reached"),
        551: (TransportError, "the charger cannot be reached"),
        552: (TransportError, "the charger is not connected to the site's gateway"),
    },
)
_MACHINE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{2,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """What Enphase says was wrong; the text is matched, never shown."""

    code: str | None = None
    text: str = ""


class Outcome(Enum):
    """What became of a start or a stop."""

    ACCEPTED = auto()
    NOT_READY = auto()
    """The charger is not ready; most often there is no cable."""
    ALREADY_CHARGING = auto()
    NOT_ACTIVE = auto()
    """There is nothing to stop, or the charger is not known."""
    BAD_LEVEL = auto()
    """The charger does not take the current as it was written."""
    NEXT_VARIANT = auto()
    """The site wants the command in another form."""


_NOT_PLUGGED, _CHARGES = {"iqevc_ms-10008"}, {"iqevc_ms-10012"}
_STARTS_BY_STATUS: Mapping[int, Outcome] = {
    codes.CONFLICT: Outcome.NOT_READY,
    codes.UNPROCESSABLE_ENTITY: Outcome.NOT_READY,
    codes.BAD_REQUEST: Outcome.NEXT_VARIANT,
    codes.NOT_FOUND: Outcome.NEXT_VARIANT,
    codes.METHOD_NOT_ALLOWED: Outcome.NEXT_VARIANT,
}
_STOPS_BY_STATUS: Mapping[int, Outcome] = {
    codes.BAD_REQUEST: Outcome.NOT_ACTIVE,
    codes.CONFLICT: Outcome.NOT_ACTIVE,
    codes.UNPROCESSABLE_ENTITY: Outcome.NOT_ACTIVE,
    codes.NOT_FOUND: Outcome.NEXT_VARIANT,
    codes.METHOD_NOT_ALLOWED: Outcome.NEXT_VARIANT,
}


def start_outcome(response: httpx.Response) -> Outcome | None:
    """What an answer to a start means; None for an error like any other."""
    if response.is_success:
        return Outcome.ACCEPTED
    error, status = api_error(response), response.status_code
    if status == codes.BAD_REQUEST and (error.code in _NOT_PLUGGED or "not plugged" in error.text):
        return Outcome.NOT_READY
    if status == codes.BAD_REQUEST and (error.code in _CHARGES or "already in charging state" in error.text):
        return Outcome.ALREADY_CHARGING
    if status == codes.INTERNAL_SERVER_ERROR and "invalid charge level" in error.text:
        return Outcome.BAD_LEVEL
    return _STARTS_BY_STATUS.get(status)


def stop_outcome(response: httpx.Response) -> Outcome | None:
    """What an answer to a stop means; None for an error like any other.

    A 404 may mean that the site wants another form, or that there is nothing to stop.
    """
    return Outcome.ACCEPTED if response.is_success else _STOPS_BY_STATUS.get(response.status_code)


def is_login_page(response: httpx.Response) -> bool:
    """Whether Enphase shows its login page instead of the answer: the session has ended, or is blocked."""
    if response.has_redirect_location:
        return "login" in response.headers.get("location", "").lower()
    text = response.text[:20_000].lstrip().lower() if response.is_success else ""
    return text.startswith("<") and ("login" in text or 'type="password"' in text)


def raise_for_status(call: Call, response: httpx.Response) -> None:
    """Raise the matching `CloudError` for any status but success."""
    if response.is_success:
        return
    kind, words = _STATUSES.meaning(response.status_code)
    code = f", {code}" if (code := api_error(response).code) else ""
    raise kind(f"{call}: {response.status_code}{code}, {words}{trace(response)}")


def api_error(response: httpx.Response) -> ApiError:
    """Enphase's own words for what was wrong, in small letters."""
    try:
        content = json.loads(response.content)
        error = content.get("error") or content
        code = error.get("errorMessageCode") or error.get("code")
        texts = [error.get(key) for key in ("displayMessage", "errorMessage", "message")]
    except (AttributeError, ValueError, RecursionError):
        return ApiError()
    text = next((text for text in texts if isinstance(text, str)), "")
    is_word = isinstance(code, str) and _MACHINE_WORD.fullmatch(code)
    return ApiError(code=code if is_word else None, text=text.lower())


def read_object(call: Call, response: httpx.Response) -> Mapping[str, Any]:
    """An answer as it is; an empty object where there is none.

    Raises:
        ResponseError: It is not a JSON object.
    """
    if not response.content.strip():
        return {}
    content = _content(call, response)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ResponseError(f"{call}: no object came{trace(response)}")
    return content


def _as_it_is(row: object) -> object:
    return row


def read_list(
    model: type[M], call: Call, response: httpx.Response, *keys: str, prepare: Callable[[object], object] = _as_it_is
) -> tuple[list[M], str | None]:
    """The valid rows of a list, and what is wrong with the first of the others; None if all are valid.

    Args:
        keys: Where the list may be.
        prepare: Called with each row.

    Raises:
        ResponseError: There is no list, or no row of it is valid.
    """
    try:
        rows = rows_of(_content(call, response), *keys)
    except ValueError as err:
        raise ResponseError(f"{call}: no list came{trace(response)}") from err
    return answers.read_rows(model, call, [prepare(row) for row in rows])


def read_status(call: Call, response: httpx.Response) -> tuple[Status, str | None]:
    """The chargers of a site, in either of the two forms Enphase answers in.

    Raises:
        ResponseError: It is neither, or no charger in it is valid.
    """
    content = _content(call, response)
    content = content if isinstance(content, dict) else {}
    data = content.get("data")
    new_rows = data.get("chargers") if isinstance(data, dict) else None
    is_new = isinstance(new_rows, list)
    rows = new_rows if is_new else content.get("evChargerData")
    if not isinstance(rows, list):
        raise ResponseError(f"{call}: there are no chargers in the answer{trace(response)}")
    chargers, complaint = answers.read_rows(ChargerStatus, call, rows)
    zone = data.get("tz") if isinstance(data, dict) else None
    return Status(chargers=chargers, zone=zone if isinstance(zone, str) else None, counts_wh=is_new), complaint


def _content(call: Call, response: httpx.Response) -> Any:
    try:
        return answers.json_of(call, response)
    except ResponseError:
        if response.text.lstrip().startswith("<"):
            raise TransportError(f"{call}: a web page came instead of an answer{trace(response)}") from None
        raise
