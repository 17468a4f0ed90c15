"""Reads what a cloud answered, as JSON and as models; messages never quote the content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from httpx import codes
from pydantic import BaseModel, ValidationError

from smart_charging.clouds.http.wire import Call, trace
from smart_charging.errors import CloudError, NotFoundError, RefusedError, ResponseError, TransportError

if TYPE_CHECKING:
    import httpx

M = TypeVar("M", bound=BaseModel)
Meaning = tuple[type[CloudError], str]
"""An error, and in words what the cloud means."""

_JSON_WORDS = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class Statuses:
    """What a cloud means by the status of an answer.

    Args:
        cloud: Its name, for messages.
        special: What this cloud means by some of them.
    """

    cloud: str
    special: Mapping[int, Meaning]

    def meaning(self, status: int) -> Meaning:
        """Of any status but success."""
        if special := self.special.get(status):
            return special
        if status == codes.NOT_FOUND:
            return NotFoundError, f"{self.cloud} does not know it"
        if status == codes.REQUEST_TIMEOUT:
            return TransportError, f"{self.cloud} gave up waiting for the request"
        if codes.is_server_error(status):
            return TransportError, f"{self.cloud}'s server failed"
        if codes.is_client_error(status):
            return RefusedError, f"{self.cloud} refuses the request"
        return ResponseError, f"not a status {self.cloud} is known for"


def read(model: type[M], call: Call, response: httpx.Response) -> M:
    """Validate a successful answer.

    Raises:
        ResponseError: The answer is invalid; names the first wrong field and the type that came instead.
    """
    try:
        return model.model_validate_json(response.content)
    except ValidationError as err:
        raise ResponseError(f"{call}: {complaint_of(err)}{trace(response)}") from err


def read_rows(model: type[M], call: Call, rows: Iterable[object]) -> tuple[list[M], str | None]:
    """The same as `valid_rows`.

    Raises:
        ResponseError: There are rows, and none is valid.
    """
    found, complaint = valid_rows(model, rows)
    if complaint and not found:
        raise ResponseError(f"{call}: {complaint}")
    return found, complaint


def valid_rows(model: type[M], rows: Iterable[object]) -> tuple[list[M], str | None]:
    """The rows that are valid, and what is wrong with the first of the others; None if all are valid."""
    found, complaint = [], None
    for row in rows:
        try:
            found.append(model.model_validate(row))
        except ValidationError as err:
            complaint = complaint or complaint_of(err)
    return found, complaint


def json_of(call: Call, response: httpx.Response) -> Any:
    """The answer's JSON.

    Raises:
        ResponseError: It is none.
    """
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        raise ResponseError(f"{call}: the answer is not JSON{trace(response)}") from None


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
