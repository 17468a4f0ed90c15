"""Values of parameters as people write them at the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NoReturn

from smart_charging.cli.complaints import did_you_mean
from smart_charging.errors import UsageError
from smart_charging.printable import reason_of

STDIN = "-"


def value_in_body(text: str) -> object:
    """JSON where it reads as such, else text: `16` is a number, `true` a truth, `"16"` and `Garage` are texts."""
    try:
        value: object = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text
    return value


def json_in(file: str) -> object:
    """What a JSON file says, or stdin.

    Raises:
        UsageError: It cannot be read, or is no JSON.
    """
    try:
        read: object = json.loads(sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8-sig"))
    except OSError as err:
        raise UsageError(f"--body {file}: {reason_of(err)}") from err
    except (ValueError, RecursionError) as err:
        raise UsageError(f"--body {file}: it is not JSON") from err
    return read


def fields_in(file: str, names: Collection[str]) -> Mapping[str, object]:
    """The fields of the object in a JSON file, or on stdin.

    Raises:
        UsageError: As for `json_in`; also where it is no object, or has other fields than these.
    """
    read = json_in(file)
    if not isinstance(read, dict):
        raise UsageError(f"--body {file}: write a JSON object with fields of {', '.join(names)}")
    if unknown := [name for name in read if name not in names]:
        raise UsageError(f"--body {file}: there is no field {unknown[0][:40]}{did_you_mean(unknown[0], names)}")
    return read


def with_inner(value: object, path: str, inner: object) -> object:
    """A field's value with one inside it: `settings` with `timing.start` gets a `start` in its `timing`.

    Raises:
        UsageError: What is there already is no object.
    """
    if not path:
        return inner
    if not isinstance(value, dict | None):
        raise UsageError(f"{path}: write either the whole field or its parts")
    first, _, rest = path.partition(".")
    fields = value or {}
    return {**fields, first: with_inner(fields.get(first), rest, inner)}


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
