"""How a cloud's last answers were built: keys and types, without any value, for reports about faults."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 200_000
MOST_ENDPOINTS = 40
PRIVATE = "private"
_ID = re.compile(r"\d.*\d.*\d|@|[0-9a-f]{8}-")
"""Looks like an id, a serial number or an e-mail address."""


class LastAnswers:
    """Keeps the newest answer of each endpoint, in memory only."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, bytes]] = {}

    def note(self, call: str, response: httpx.Response) -> None:
        """Keep an answer.

        Args:
            call: Method and path, in which ids do not count.
        """
        parts = call.split("?", maxsplit=1)[0].split("/")
        name = "/".join("*" if _ID.search(part) else part for part in parts)
        if name in self._kept or len(self._kept) < MOST_ENDPOINTS:
            self._kept[name] = (response.status_code, response.content[:MOST_BYTES])

    def shapes(self, private_keys: Collection[str]) -> Mapping[str, object]:
        """By endpoint: the status, and the shape of the answer.

        Args:
            private_keys: Names in lower case of which not even the type is told.
        """
        return {
            name: {"status": status, "shape": _shape_of_body(body, private_keys)}
            for name, (status, body) in self._kept.items()
        }


def _shape_of_body(body: bytes, private_keys: Collection[str]) -> object:
    try:
        return shape_of(json.loads(body), private_keys)
    except ValueError:
        return f"{len(body)} bytes that are no JSON" if body else "nothing"


def shape_of(value: object, private_keys: Collection[str] = ()) -> object:
    """Keys and types of parsed JSON; of a list, its length and the shape of its first item."""
    match value:
        case dict():
            return {
                "<id>" if _ID.search(key) else key: PRIVATE
                if key.lower() in private_keys
                else shape_of(one, private_keys)
                for key, one in value.items()
            }
        case list():
            return [f"{len(value)} items", *(shape_of(one, private_keys) for one in value[:1])]
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case None:
            return "null"
        case _:
            return "text"
