"""Finds the price lists in a source's data, wherever they are and in whatever format.

Every format is turned into rows with keys: lists of rows or of pairs, columns side by side, mappings by time, an
attribute per hour, and lists of numbers; those without dates are used only where there are no others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple, TypeGuard

from smart_charging.errors import PriceError
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.asked import Asked, PriceKeys
from smart_charging.prices.reading.columns import Columns, Row, columns_of
from smart_charging.prices.reading.hours import by_moment, hours_of, starts_on
from smart_charging.prices.reading.lists import PriceList
from smart_charging.prices.reading.moments import day_of, is_date_only, looks_like_moment
from smart_charging.prices.reading.numbers import number_of
from smart_charging.prices.reading.place import Node, Place, followed
from smart_charging.prices.reading.saying import short, shown
from smart_charging.prices.reading.texts import unpacked
from smart_charging.prices.reading.units import unit_of
from smart_charging.prices.reading.words import words_of

MOST_ROWS = 20_000
"""More than five-minute prices of two months."""
_MOST_NAMES = 3_000
_MOST_PARTS = 40
_MOST_VISITS = 300
_MOST_COLUMNS = 30
_DEEPEST = 10
_UNIT_NAMES = ("unit_of_measurement", "unit", "currency", "price_unit")
_BY_START = Columns(start="start", value="value")


class Found(NamedTuple):
    """The lists that are prices by their format."""

    lists: Sequence[PriceList]
    """To be used."""
    others: Sequence[PriceList]
    """Something else by their names, such as feed-in prices."""


def price_lists(source: Node, asked: Asked) -> Found:
    """All price lists of a source.

    Raises:
        PriceError: A list is too long, or what `price_keys` names is not a list.
    """
    search = _Search(asked)
    if asked.keys.list:
        found = [one for name in asked.keys.list for one in search.named(source, name)]
    else:
        found = list(search.in_mapping(source, Place()))
    if search.complaint and not found:
        raise search.complaint
    if asked.keys.list:
        return Found(found, [])
    prices = [one for one in found if vocabulary.may_be_prices(one.words)]
    others = [one for one in found if not vocabulary.may_be_prices(one.words)]
    dated = [one for one in prices if not one.is_bare] or prices
    return Found([one for one in dated if one.columns.is_known] or dated, others)


def is_list_of_prices(value: object) -> bool:
    """Whether this is a list whose entries look like rows with a price."""
    columns = columns_of(value, PriceKeys(), None) if isinstance(value, list | tuple) else None
    return columns is not None and columns.start is not None


@dataclass(slots=True)
class _Search:
    """A bounded search through a source's data."""

    asked: Asked
    complaint: PriceError | None = None
    """About rows without the keys of `price_keys`; other rows may have them."""
    visits: Iterator[int] = field(default_factory=lambda: iter(range(_MOST_VISITS)))

    def named(self, source: Node, name: str) -> Iterator[PriceList]:
        """The lists at a name from `price_keys`, which need not be in every source."""
        here, value = followed(source, name)
        if isinstance(value, Mapping):
            yield from self.in_mapping(value, here)
        elif isinstance(value, list | tuple):
            yield from self.in_list(value, here, is_named=True)
        elif value is not None:
            raise PriceError(f"price_keys: {shown(name)} is {shown(value)} and no list")

    def in_mapping(self, node: Node, here: Place) -> Iterator[PriceList]:
        if len(here.path) > _DEEPEST or next(self.visits, None) is None:
            return
        if len(node) > _MOST_NAMES:
            if looks_like_moment(next(iter(node))):
                raise PriceError(f"{here.name} has {len(node)} entries, more than prices can have")
            return
        here = here.inside(node)
        yield from self._by_moment(node, here)
        yield from self._by_hour(node, here)
        yield from self._side_by_side(node, here)
        if all(short(key).isdecimal() for key in node):  # a list that became a mapping by index
            yield from self._of_rows(list(node.values()), here, "rows")
        for key, value in node.items():
            inner = unpacked(value)
            if isinstance(inner, Mapping):
                yield from self.in_mapping(inner, here.at(key))
            elif isinstance(inner, list | tuple):
                yield from self.in_list(inner, here.at(key))

    def in_list(self, values: Sequence[object], here: Place, *, is_named: bool = False) -> Iterator[PriceList]:
        first = next((value for value in values[:200] if value is not None), None)
        if isinstance(first, Mapping):
            found = list(self._of_rows(values, here, "rows"))
            yield from found or self._in_parts(values, here)
        elif isinstance(first, list | tuple):
            yield from self._of_rows(_paired(values), here, "pairs")
        elif number_of(first) and (is_named or self._has_day(here)) and (day := self._day(here)):
            _refuse_too_many(values, here)
            rows = [{"value": value} for value in values]
            yield _list(here, "numbers of a day", rows, Columns(value="value"), day=day, is_bare=True)

    def _of_rows(self, values: Sequence[object], here: Place, shape: str) -> Iterator[PriceList]:
        columns = self._columns(values)
        if columns and (columns.is_known or self._is_told(here)):
            _refuse_too_many(values, here)
            rows = [row for row in values if isinstance(row, Mapping)]
            yield _list(here, shape, rows, columns, day=self._day(here))

    def _in_parts(self, values: Sequence[object], here: Place) -> Iterator[PriceList]:
        """The lists inside the entries of a list, such as days or homes."""
        for place, value in enumerate(values[:_MOST_PARTS]):
            if isinstance(value, Mapping):
                yield from self.in_mapping(value, here.at(place))

    def _by_moment(self, node: Node, here: Place) -> Iterator[PriceList]:
        rows = by_moment(node, self.asked.zone)
        columns = self._columns(rows)
        is_named = columns is not None and (columns.value != "value" or vocabulary.names_prices(here.words))
        if columns and (is_named or self._is_told(here)):
            yield _list(here, "times as keys", rows, replace(columns, is_known=is_named))

    def _by_hour(self, node: Node, here: Place) -> Iterator[PriceList]:
        for pattern, hours in hours_of(node).items():
            there = here.at(pattern)
            if self._is_told(there) and (day := self._day(there)):
                starts = starts_on(day, [minute for minute, _ in hours], self.asked.zone)
                both = zip(starts, hours, strict=True)
                rows = [{"start": start, "value": value} for start, (_, value) in both if start]
                yield _list(there, "an attribute per hour", rows, _BY_START, is_bare=True)

    def _side_by_side(self, node: Node, here: Place) -> Iterator[PriceList]:
        """Parallel lists of equal length, one of them with times."""
        lists = [(key, value) for key, value in node.items() if _is_column(value)]
        times = next((value for _, value in lists if looks_like_moment(value[0])), None)
        if times is None or len(times) > MOST_ROWS:
            return
        together = {key: value for key, value in lists[:_MOST_COLUMNS] if len(value) == len(times)}
        rows = [dict(zip(together, row, strict=True)) for row in zip(*together.values(), strict=True)]
        if columns := self._columns(rows):
            yield _list(here, "columns side by side", rows, columns)

    def _columns(self, rows: Sequence[object]) -> Columns | None:
        try:
            return columns_of(rows, self.asked.keys, self.asked.currency) if rows else None
        except PriceError as err:
            self.complaint = self.complaint or err
            return None

    def _is_told(self, here: Place) -> bool:
        """Whether settings, names or units around say that numbers without a known name are prices."""
        if self.asked.unit or self.asked.keys.list or self.asked.keys.value:
            return True
        units = (node.get(key) for node in here.around for key in _UNIT_NAMES)
        return vocabulary.names_prices(here.words) or any(_is_money(unit) for unit in units)

    def _has_day(self, here: Place) -> bool:
        """Whether a name in the path gives the day."""
        return here.day_offset is not None or any(is_date_only(name) for name in here.path)

    def _day(self, here: Place) -> date | None:
        """The day of hours without a date: from beside them or their path, else today; `tomorrow` in it adds one."""
        now, zone = self.asked.now, self.asked.zone
        beside = [(words_of(short(key)), value) for key, value in (here.around[0].items() if here.around else ())]
        written = (day_of(value, now) for words, value in beside if vocabulary.is_day(words))
        named = (day_of(name, now) for name in reversed(here.path))
        day = next(filter(None, (*written, *named)), now and now.astimezone(zone).date())
        return day and day + timedelta(days=here.day_offset or 0)


def _list(
    here: Place, shape: str, rows: Sequence[Row], columns: Columns, *, day: date | None = None, is_bare: bool = False
) -> PriceList:
    return PriceList(
        path=here.path, shape=shape, rows=rows, columns=columns, around=here.around, day=day, is_bare=is_bare
    )


def _paired(values: Sequence[object]) -> list[Row]:
    names = {2: ("start", "value"), 3: ("start", "end", "value")}
    return [
        dict(zip(names[len(value)], value, strict=True))
        for value in values[: MOST_ROWS + 1]
        if isinstance(value, list | tuple) and len(value) in names
    ]


def _is_column(value: object) -> TypeGuard[Sequence[object]]:
    """Whether this is a list of plain values."""
    if not isinstance(value, list | tuple):
        return False
    return bool(value) and not any(isinstance(one, Mapping | list | tuple) for one in value[:_MOST_PARTS])


def _refuse_too_many(values: Sequence[object], here: Place) -> None:
    if len(values) > MOST_ROWS:
        raise PriceError(f"{here.name} has {len(values)} rows; prices are at most {MOST_ROWS}")


def _is_money(unit: object) -> bool:
    try:
        return isinstance(unit, str) and unit_of(unit).scale is not None
    except PriceError:
        return False
