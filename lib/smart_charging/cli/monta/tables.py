"""Answers as people read them: lists as a table within the terminal's width, one thing as its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from smart_charging.errors import UsageError
from smart_charging.printable import printable
from smart_charging.reports.columns import aligned

_WIDEST = 32
"""Characters of a cell, unless its column was asked for."""
_BETWEEN = 2
_FIRST = ("id", "name", "state")
"""Columns that tell most, wherever Monta writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Lines with a heading, and the fields for which there was no room."""

    lines: Sequence[str]
    left_out: Sequence[str] = ()


def table_of(rows: Sequence[object], *, width: int, fields: Sequence[str] = ()) -> Table:
    """The rows with as many columns as fit.

    Args:
        width: Of the terminal, in characters.
        fields: Those to show, whether they fit or not; empty to choose.

    Raises:
        UsageError: No row has such a field.
    """
    flat = [dict(flattened(row)) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    if unknown := [name for name in fields if name not in names]:
        raise UsageError(f"--fields {unknown[0]}: there is {', '.join(names)}")
    columns = {name: _column(name, flat, None if fields else _WIDEST) for name in fields or _in_order(names, flat)}
    shown = columns if fields else _fitting(columns, width)
    left = {place for place, name in enumerate(shown) if not _is_figures(row.get(name) for row in flat)}
    lines = list(aligned(list(zip(*shown.values(), strict=True)), left=left)) if shown else []
    return Table(lines=lines, left_out=[name for name in names if name not in shown])


def field_lines(answer: object, *, width: int, fields: Sequence[str] = ()) -> Iterator[str]:
    """A line per field of one thing, with inner ones as `outer.inner`.

    Raises:
        UsageError: It has no such field.
    """
    flat = dict(flattened(answer))
    if unknown := [name for name in fields if name not in flat]:
        raise UsageError(f"--fields {unknown[0]}: there is {', '.join(flat)}")
    longest = max((len(name) for name in flat), default=0)
    for name in fields or flat:
        yield f"{name:{longest}}  {_cell(flat[name], None if fields else max(width - longest - _BETWEEN, _WIDEST))}"


def flattened(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Every field with its name, inner ones as `outer.inner`; lists stay whole."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flattened(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name or "value", value


def _in_order(names: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Sequence[str]:
    """What tells most first, then fields in themselves before those inside others; nothing that is empty everywhere."""
    told = [name for name in names if any(row.get(name) not in (None, [], {}, "") for row in rows)]
    first = [name for name in _FIRST if name in told]
    others = [name for name in told if name not in first]
    return [*first, *sorted(others, key=lambda name: "." in name)] or names


def _column(name: str, rows: Sequence[Mapping[str, object]], most: int | None) -> Sequence[str]:
    return [name, *(_cell(row.get(name), most) for row in rows)]


def _fitting(columns: Mapping[str, Sequence[str]], width: int) -> Mapping[str, Sequence[str]]:
    """The columns that fit beside each other; the first is shown however wide it is."""
    fitting: dict[str, Sequence[str]] = {}
    used = -_BETWEEN
    for name, cells in columns.items():
        needed = max(len(cell) for cell in cells) + _BETWEEN
        if not fitting or used + needed <= width:
            fitting[name] = cells
            used += needed
    return fitting


def _is_figures(values: Iterator[object]) -> bool:
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values)


def _cell(value: object, most: int | None) -> str:
    match value:
        case None:
            return ""
        case str():
            text = value
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return printable(text, most=most)
