"""Finds which key of a price list's rows is the start, the end, and the price."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from smart_charging.errors import PriceError
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.asked import PriceKeys
from smart_charging.prices.reading.moments import clock_minutes, is_date_only, looks_like_moment
from smart_charging.prices.reading.numbers import number_of
from smart_charging.prices.reading.saying import listed, short, shown
from smart_charging.prices.reading.words import words_of

Row = Mapping[str, object]
Table = Mapping[str, Sequence[object]]
"""The values of each column, without those that are None."""

_DEEPEST = 4
_MOST_KEYS = 60
_MOST_PARTS = 8
_SAMPLE = 48
_CLOCK = re.compile(r"\b\d\d:\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The keys of start, end and price in flattened rows."""

    value: str
    start: str | None = None
    """None where rows have only an end, or a time without a date."""
    end: str | None = None
    clock: str | None = None
    """A time without a date, where `start` is only a date or None."""
    is_known: bool = True
    """Whether the name of `value` says that it is a price."""


def flat(row: Row) -> Row:
    """A flattened row: `{"price": {"total": 1}}` becomes `{"price.total": 1}`."""
    if not any(isinstance(value, Mapping | list | tuple) for value in row.values()):
        return row
    flattened: dict[str, object] = {}
    _flatten(row, "", flattened, _DEEPEST)
    return flattened


def columns_of(rows: Sequence[object], keys: PriceKeys, currency: str | None) -> Columns | None:
    """The columns of a price list's rows; None where they are not a price list.

    Raises:
        PriceError: A key of `keys` is in none of the rows.
    """
    sample = [flat(row) for row in rows[:_SAMPLE] if isinstance(row, Mapping)]
    names = dict.fromkeys(name for row in sample for name in row)
    table = {short(name): [value for row in sample if (value := row.get(name)) is not None] for name in names}
    if keys.value or keys.start or keys.end:
        _check(table, keys)
    start, end, clock = _times(table, keys)
    taken = {start, end, clock}
    value = keys.value or _value(table, currency, taken)
    if value is None or taken == {None}:
        return None
    is_known = keys.value is not None or vocabulary.price_rank(words_of(value)) < vocabulary.UNKNOWN
    return Columns(start=start, end=end, clock=clock, value=value, is_known=is_known)


def _flatten(row: Row, before: str, into: dict[str, object], depth: int) -> None:
    for name, value in list(row.items())[:_MOST_KEYS]:
        if isinstance(value, Mapping):
            if depth:
                _flatten(value, f"{before}{name}.", into, depth - 1)
        elif isinstance(value, list | tuple):
            for place, part in _components(value):
                if depth:
                    _flatten(part, f"{before}{name}.{place}", into, depth - 1)
        elif len(into) < _MOST_KEYS:
            into[f"{before}{name}"] = value


def _components(parts: Sequence[object]) -> list[tuple[str, Row]]:
    """The components of a price that are per energy, by name where there are several.

    Components have no times of their own: a list with times is a nested price list.
    """
    some = [part for part in parts[: _MOST_PARTS + 1] if isinstance(part, Mapping)]
    if len(parts) > _MOST_PARTS or any(looks_like_moment(value) for part in some for value in part.values()):
        return []
    per_energy = [part for part in some if "wh" in short(part.get("unit"))[:40].casefold()] or some
    if len(per_energy) == 1:
        return [("", per_energy[0])]
    names = ("component", "name", "type")
    return [
        (f"{next((part[name] for name in names if isinstance(part.get(name), str)), place)}.", part)
        for place, part in enumerate(per_energy)
    ]


def _check(table: Table, keys: PriceKeys) -> None:
    for name in ("start", "end", "value"):
        wanted = getattr(keys, name)
        if wanted is not None and wanted not in table:
            raise PriceError(f"price_keys: there is no {name} {shown(wanted)} in the rows, only {listed(table)}")


def _times(table: Table, keys: PriceKeys) -> tuple[str | None, str | None, str | None]:
    """Start, end and clock."""
    moments = [name for name, values in table.items() if _mostly(values, looks_like_moment) and _changes(values)]
    ends = [name for name in moments if vocabulary.is_end(words_of(name)) or _ends_a_span(table, name)]
    start = keys.start or _likeliest_start(table, [name for name in moments if name not in ends])
    start = start or (None if ends else _named_start(table))
    end = keys.end or next((name for name in ends if name != start), None)
    if start is None or (_mostly(table[start], is_date_only) and _repeats(table[start])):
        clock = _clock(table, {start, end})
        has_times = clock is not None or start is None
        return (start if has_times else None), end or _clock(table, {start, clock}, is_end=True), clock
    if _mostly(table[start], lambda value: clock_minutes(value) is not None):  # named in `price_keys`
        return None, end, start
    return start, end or _later(table, moments, start), None


def _likeliest_start(table: Table, moments: Sequence[str]) -> str | None:
    """The best start column by name; of those with unknown names the earlier."""
    ranks = []
    for place, name in enumerate(moments):
        if (rank := _start_rank(name)) is not None:
            is_day = _mostly(table[name], is_date_only) and _repeats(table[name])
            first = short(table[name][0]) if rank == vocabulary.UNKNOWN else ""
            ranks.append((is_day, rank, first, place, name))
    return min(ranks)[-1] if ranks else None


def _ends_a_span(table: Table, name: str) -> bool:
    """Whether a time is the end of a span such as `00:00 - 00:15` in another column."""
    clocks = [_CLOCK.findall(value) for value in table[name][:3] if isinstance(value, str)]
    for values in table.values():
        spans = [_CLOCK.findall(value) for value in values[:3] if isinstance(value, str) and len(value) < 20]
        if spans and len(spans) == len(clocks) and all(len(span) == 2 for span in spans):
            both = zip(clocks, spans, strict=True)
            if all(clock[:1] == span[1:] for clock, span in both):
                return True
    return False


def _start_rank(name: str) -> float | None:
    return vocabulary.start_rank(words_of(name))


def _named_start(table: Table) -> str | None:
    """A column that is named as a time but has no valid times, to complain about it."""
    for name, values in table.items():
        is_hour = _mostly(values, lambda value: clock_minutes(value) is not None)
        if values and not is_hour and vocabulary.is_named_start(words_of(name)) and not _is_container(values[0]):
            return name
    return None


def _is_container(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _later(table: Table, moments: Sequence[str], start: str) -> str | None:
    """The end column: the later one of two times with unknown names."""
    unknown = [name for name in moments if name != start and _start_rank(name) == vocabulary.UNKNOWN]
    if _start_rank(start) != vocabulary.UNKNOWN or len(unknown) != 1:
        return None
    one, other = table[start][0], table[unknown[0]][0]
    is_later = isinstance(one, str | datetime) and type(one) is type(other) and other > one  # type: ignore[operator]
    return unknown[0] if is_later else None


def _clock(table: Table, taken: set[str | None], *, is_end: bool = False) -> str | None:
    """The column with the time of day at which a row starts, or ends."""
    is_such = vocabulary.is_end if is_end else vocabulary.is_hour
    for name, values in table.items():
        is_free = name not in taken and is_such(words_of(name))
        if is_free and _mostly(values, lambda value: clock_minutes(value) is not None):
            return name
    return None


class _Candidate(NamedTuple):
    """A column that may be the price; the smallest candidate is."""

    is_text: bool
    """Whether its values are not numbers: such a column is only good for an error message."""
    rank: int
    is_foreign: bool
    """Whether a currency is set and is not in its name."""
    words: int
    place: int
    name: str


def _value(table: Table, currency: str | None, taken: set[str | None]) -> str | None:
    """The price column; None where there is none, or several with unknown names only."""
    columns = enumerate(table.items())
    found = [_candidate(place, *column, currency) for place, column in columns if column[0] not in taken]
    candidates = sorted(filter(None, found))
    unknown = [one for one in candidates if one.rank == vocabulary.UNKNOWN]
    if not candidates or (candidates[0].rank == vocabulary.UNKNOWN and len(unknown) > 1):
        return None
    return candidates[0].name


def _candidate(place: int, name: str, values: Sequence[object], currency: str | None) -> _Candidate | None:
    words = words_of(name)
    rank = vocabulary.price_rank(words)
    is_text = not _mostly(values, number_of)
    is_sure_to_be_meant = rank < vocabulary.NET and not _mostly(values, _is_container)
    if rank == vocabulary.NEVER or (is_text and not is_sure_to_be_meant):
        return None
    is_foreign = currency is not None and currency.casefold() not in words
    return _Candidate(is_text, rank, is_foreign, len(words), place, name)


def _mostly(values: Sequence[object], test: Callable[[object], object]) -> bool:
    return bool(values) and 2 * sum(bool(test(value)) for value in values) >= len(values)


def _changes(values: Sequence[object]) -> bool:
    """Whether values differ between rows: a time that is the same in all belongs to the list."""
    return len(values) < 2 or any(value != values[0] for value in values)


def _repeats(values: Sequence[object]) -> bool:
    return any(one == other for one, other in pairwise(values))
