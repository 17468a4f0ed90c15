"""Makes a request of an operation and what the caller tells it; wrong names are refused before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from urllib.parse import quote

from pydantic import SecretStr

from smart_charging.clouds.http.wire import Body, Call
from smart_charging.clouds.monta_partner.operations import Operation
from smart_charging.errors import UsageError

_UNCACHED = {"Cache-Control": "no-store"}
"""For GETs with effect: nothing between Monta and us may answer in its place."""


def request_of(operation: Operation, given: Mapping[str, object], headers: Mapping[str, str]) -> Call:
    """The request.

    Args:
        given: By Monta's names or in snake_case; None means not told. Datetimes are sent in UTC.

    Raises:
        UsageError: A name that the operation does not know, or a required one is missing.
    """
    told = {camel_case(name): value for name, value in given.items() if value is not None}
    _check(operation, told)
    path, values = operation.path.removeprefix("/"), _path_values(operation, told)
    return Call(
        method=operation.method,
        path=path.format_map({name: quote(text, safe="") for name, text in values.items()}),
        # numbers help to find what went wrong; an OCPP identity is nobody's business
        shown=path.format_map({name: text if text.isdecimal() else f"{{{name}}}" for name, text in values.items()}),
        query={name: _in_query(told[name]) for name in _query_names(operation) if name in told},
        json=_body(operation, told),
        headers={**headers, **(_UNCACHED if operation.has_effect and operation.method == "GET" else {})},
    )


def camel_case(name: str) -> str:
    """`charge_point_id` as Monta writes it; a name already written so stays."""
    first, *more = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in more)


def _check(operation: Operation, told: Mapping[str, object]) -> None:
    known = [parameter.name for parameter in operation.parameters]
    pages = operation.paging.parameters if operation.paging else ()
    for name in told:
        if name not in known and name not in pages:
            alike = get_close_matches(name, known, n=1)
            hint = f"did you mean {alike[0]}?" if alike else f"it knows {', '.join([*known, *pages]) or 'none'}"
            raise UsageError(f"{operation.name}: no parameter {name}; {hint}")
    missing = [one.name for one in operation.parameters if one.is_required and one.name not in told]
    if missing:
        raise UsageError(f"{operation.name}: {', '.join(missing)} must be given")


def _query_names(operation: Operation) -> Sequence[str]:
    names = [parameter.name for parameter in operation.query]
    return [*names, *(operation.paging.parameters if operation.paging else ())]


def _path_values(operation: Operation, told: Mapping[str, object]) -> Mapping[str, str]:
    values = {parameter.name: str(told[parameter.name]) for parameter in operation.path_parameters}
    for name, text in values.items():
        if text.strip(".") == "":  # would name another path
            raise UsageError(f"{operation.name}: {name} cannot be {text!r}")
    return values


def _body(operation: Operation, told: Mapping[str, object]) -> Body | None:
    if operation.has_bare_body:
        return _bare(operation, told[operation.body[0].name])
    body = {one.name: _in_json(told[one.name]) for one in operation.body if one.name in told}
    return body if operation.body else None


def _bare(operation: Operation, given: object) -> Sequence[object]:
    if not isinstance(given, list | tuple):
        raise UsageError(f"{operation.name}: {operation.body[0].name} has to be a list")
    return [_in_json(one) for one in given]


def _in_query(value: object) -> str | int:
    """Lists are joined by commas; nobody has tried that."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return value
        case list() | tuple():
            return ",".join(str(_in_query(one)) for one in value)
        case _:
            return str(_in_json(value))


def _in_json(value: object) -> object:
    match value:
        case datetime():
            return f"{_utc(value):%Y-%m-%dT%H:%M:%SZ}"
        case Decimal():
            return float(value)
        case SecretStr():
            return value.get_secret_value()
        case Mapping():
            return {str(key): _in_json(one) for key, one in value.items()}
        case list() | tuple():
            return [_in_json(one) for one in value]
        case _:
            return value.isoformat() if isinstance(value, date) else value


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise UsageError(f"{at}: a time needs a zone")
    return at.astimezone(UTC)
