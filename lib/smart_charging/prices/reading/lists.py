"""A price list as it was found, before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from smart_charging.prices.reading.columns import Columns, Row
from smart_charging.prices.reading.place import Node, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Rows with a price each."""

    path: tuple[str, ...]
    """Where in the source they are."""
    shape: str
    """What they were, in words."""
    rows: Sequence[Row]
    columns: Columns
    """Without a time they are numbers in a row, spread over the day."""
    around: Sequence[Node] = ()
    """What they are in, the nearest first: units and currencies may be there."""
    day: date | None = None
    """What rows without a date are of."""
    is_bare: bool = False
    """Whether they have no dates of their own, and count only where nothing else is there."""

    @property
    def place(self) -> str:
        """Where they are, as `price_keys` would name it."""
        return Place(self.path).name

    @property
    def words(self) -> tuple[str, ...]:
        """Of all names on the way."""
        return Place(self.path).words
