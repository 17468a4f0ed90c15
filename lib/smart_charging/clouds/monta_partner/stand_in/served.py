"""Finds the operation of a request, holds the request to it, and answers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

from smart_charging.clouds.http.stand_in.messages import Request, Response
from smart_charging.clouds.monta.stand_in.doorkeeper import TokenOffice
from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError
from smart_charging.clouds.monta_partner.operations import Operation, Paging, operations
from smart_charging.clouds.monta_partner.stand_in.by_shape import Json, fields_of, made_up

_WITHOUT_LOGIN = {"post-auth-token", "post-auth-refresh"}
_LOGGING_IN = {"authentication", "consumers"}
_LEVELS = ("read", "write", "delete")
"""Each includes those before it."""
_EMPTY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request and what was found in it."""

    operation: Operation
    request: Request
    path: Mapping[str, str]
    """The parameters in the path."""

    @property
    def query(self) -> Mapping[str, str]:
        """The query."""
        return self.request.query

    @property
    def body(self) -> Mapping[str, object]:
        """The body, if it is an object."""
        return self.request.json if isinstance(self.request.json, dict) else {}


Answer = Json | Sequence[Json] | None
Handler = Callable[[Asked], Answer]


class Served:
    """All operations: those with state by their handlers, the others by their shape.

    Args:
        handlers: By the operations' names; those of lists give all rows, of which a page is sent.
    """

    def __init__(
        self, tokens: TokenOffice, handlers: Mapping[str, Handler], scopes: Callable[[], Sequence[str]]
    ) -> None:
        self._tokens = tokens
        self._handlers = handlers
        self._scopes = scopes
        self.is_by_shape_only = False
        """Whether only logging in has state, so that any operation can be called with anything."""
        self.made_up_rows = 3
        """How many rows a list has behind which nothing is kept."""

    @property
    def handled(self) -> Set[str]:
        """The operations with state."""
        return self._handlers.keys()

    def answer(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            ErrorAnswerError: It does not fit any operation, or the credentials may not do it.
        """
        asked = find(request)
        if asked is None:
            raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "no such endpoint")
        if asked.operation.name not in _WITHOUT_LOGIN:
            self._tokens.check(request.headers.get("authorization"))
            self._let_in(asked.operation)
        _check(asked)
        answer = self._handler(asked.operation)(asked)
        body = _EMPTY if answer is None else _paged(asked, _within_shape(asked.operation, answer))
        return Response(status=asked.operation.status, body=body)

    def _let_in(self, operation: Operation) -> None:
        if operation.scopes and not any(_covers(held, scope) for held in self._scopes() for scope in operation.scopes):
            raise ErrorAnswerError(403, "ACCESS_FORBIDDEN", "scope missing")

    def _handler(self, operation: Operation) -> Handler:
        has_state = operation.group in _LOGGING_IN or not self.is_by_shape_only
        return self._handlers.get(operation.name, self._made_up) if has_state else self._made_up

    def _made_up(self, asked: Asked) -> Answer:
        shape = asked.operation.answer
        if shape is None:
            return None
        if asked.operation.paging:
            return [made_up(shape, number) for number in range(1, self.made_up_rows + 1)]
        number = next((text for text in reversed([*asked.path.values()]) if text.isdecimal()), "1")
        return made_up(shape, int(number))


def _within_shape(operation: Operation, answer: Json | Sequence[Json]) -> Json | Sequence[Json]:
    """Without fields that only the Public API has."""
    known = fields_of(operation.answer or "")
    if not known:
        return answer
    if isinstance(answer, dict):
        return {name: value for name, value in answer.items() if name in known}
    return [{name: value for name, value in row.items() if name in known} for row in answer]


def find(request: Request) -> Asked | None:
    """The operation that a request is for; of several the one with the fewest parameters in its path."""
    for operation, pattern in _patterns():
        if operation.method == request.method and (found := pattern.fullmatch(request.path)):
            return Asked(operation=operation, request=request, path=found.groupdict())
    return None


@cache
def _patterns() -> Sequence[tuple[Operation, re.Pattern[str]]]:
    ordered = sorted(operations().values(), key=lambda operation: len(operation.path_parameters))
    return [(one, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", one.path.removeprefix("/")))) for one in ordered]


def _check(asked: Asked) -> None:
    """Stricter than Monta is likely to be: what it does not know is refused, too."""
    operation, request = asked.operation, asked.request
    pages = operation.paging.parameters if operation.paging else ()
    known_query = {parameter.name for parameter in operation.query} | set(pages)
    known_body = {parameter.name for parameter in operation.body}
    body = set() if operation.has_bare_body else set(asked.body)
    required = {one.name for one in operation.query if one.is_required}
    required_body = set() if operation.has_bare_body else {one.name for one in operation.body if one.is_required}
    if set(request.query) - known_query or body - known_body:
        raise ErrorAnswerError(400, "BAD_REQUEST", "unknown parameter")
    if required - set(request.query) or required_body - body:
        raise ErrorAnswerError(400, "BAD_REQUEST", "parameter missing")
    if operation.has_bare_body != isinstance(request.json, list):
        raise ErrorAnswerError(400, "BAD_REQUEST", "not the body of this operation")


def _covers(held: str, scope: str) -> bool:
    """Whether a scope includes another; `all` is every subject."""
    held_subject, _, held_level = held.partition(":")
    subject, _, level = scope.partition(":")
    return held_subject in {"all", subject} and _LEVELS.index(held_level) >= _LEVELS.index(level)


def _paged(asked: Asked, answer: Json | Sequence[Json]) -> Json | Sequence[Json]:
    if isinstance(answer, dict):
        return answer
    match asked.operation.paging:
        case Paging.NONE:
            return list(answer)
        case Paging.CURSOR:
            return _by_cursor(asked, answer, most=100)
        case Paging.EITHER if asked.query.get("paginationType") == "cursor":
            return _by_cursor(asked, answer, most=1000)
        case Paging.SINGLE:
            return _by_number(answer, 0, len(answer) or 1)
        case _:
            return _by_number(answer, _number(asked, "page", 0, 10**9), _number(asked, "perPage", 10, 100, least=1))


def _number(asked: Asked, name: str, default: int, most: int, least: int = 0) -> int:
    text = asked.query.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ErrorAnswerError(400, "BAD_REQUEST", "no such page")
    return int(text)


def _by_number(rows: Sequence[Json], number: int, size: int) -> Json:
    shown = list(rows[number * size : (number + 1) * size])
    meta = {
        "itemCount": len(shown),
        "currentPage": number,
        "perPage": size,
        "totalPageCount": -(-len(rows) // size),
        "totalItemCount": len(rows),
    }
    return {"data": shown, "meta": meta}


def _by_cursor(asked: Asked, rows: Sequence[Json], *, most: int) -> Json:
    """The cursor is where the next page begins; Monta's are opaque."""
    begin, size = _number(asked, "after", 0, 10**9), _number(asked, "perPage", 10, most, least=1)
    end = begin + size
    return {
        "data": list(rows[begin:end]),
        "meta": {"before": str(begin) if begin else None, "after": str(end) if end < len(rows) else None},
    }
