"""Hides tokens and secrets in what is shown, by the names of their fields."""

from __future__ import annotations

import re

HIDDEN = "(hidden)"
_SECRET = re.compile(r"secret|password|passphrase|api_?key|authorization|join_?code|token$", re.IGNORECASE)
_ALL_OF_IT = {"customHeaders"}
"""Headers that a receiver of events may tell us by."""


def without_secrets(value: object, *, name: str = "", hides_all: bool = False) -> object:
    """The same with `HIDDEN` in place of what nobody should read over a shoulder or in a log.

    A row of a charger's configuration has a `key`, such as OCPP's AuthorizationKey, and a `value`.

    Args:
        name: Of the field that holds the value.
        hides_all: Every value in it, for one of its fields is secret and nobody knows which.
    """
    hides_all = hides_all or name in _ALL_OF_IT
    match value:
        case dict():
            shown = {key: without_secrets(one, name=str(key), hides_all=hides_all) for key, one in value.items()}
            return {**shown, "value": HIDDEN} if _SECRET.search(str(value.get("key"))) else shown
        case list() | tuple():
            return [without_secrets(one, name=name, hides_all=hides_all) for one in value]
        case None | bool():
            return value
        case _:
            return HIDDEN if hides_all or _SECRET.search(name) else value
