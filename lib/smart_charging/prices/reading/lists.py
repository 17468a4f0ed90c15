"""A price list as it was found, before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from smart_charging.prices.reading import vocabulary
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
    words: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """Of all names on the way."""
    is_forecast: bool = field(init=False, compare=False, repr=False)
    """Whether they are estimates where another list stands beside them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", Place(self.path).words)
        object.__setattr__(self, "is_forecast", vocabulary.is_forecast(self.words))

    @property
    def place(self) -> str:
        """Where they are, as `price_keys` would name it."""
        return Place(self.path).name
