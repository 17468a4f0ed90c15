"""What handlers of the stand-in share: finding things, and filtering lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError
from smart_charging.clouds.monta_partner.stand_in.by_shape import Json

T = TypeVar("T")


def found(things: Mapping[int, T], thing_id: object) -> T:
    """The thing with this id.

    Raises:
        ErrorAnswerError: There is none.
    """
    text = str(thing_id)
    if not text.isdecimal() or int(text) not in things:
        raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "entity not found")
    return things[int(text)]


def matching(rows: Iterable[Json], query: Mapping[str, str], *names: str) -> list[Json]:
    """The rows whose fields are as the query asks, where it does."""
    asked = {name: query[name] for name in names if name in query}
    return [row for row in rows if all(str(row.get(name)) == value for name, value in asked.items())]


def created_between(rows: Iterable[Json], query: Mapping[str, str]) -> list[Json]:
    """The rows of a time; timestamps of one format compare as text."""
    stamps = [(row, str(row["createdAt"])) for row in rows]
    return [row for row, created in stamps if query.get("fromDate", created) <= created <= query.get("toDate", created)]
