"""A price list as found in a source, before its rows are read."""

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
    """The rows' path in the source."""
    shape: str
    """Their original format, in words."""
    rows: Sequence[Row]
    columns: Columns
    """Without a time column they are plain numbers, spread over the day."""
    around: Sequence[Node] = ()
    """The mappings they are in, innermost first: units and currencies may be there."""
    day: date | None = None
    """The day of rows without a date."""
    is_bare: bool = False
    """Whether the rows have no dates; such lists are used only where there are no others."""
    words: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The words of all names in the path."""
    is_forecast: bool = field(init=False, compare=False, repr=False)
    """Whether they are estimates, if there is another list beside them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", Place(self.path).words)
        object.__setattr__(self, "is_forecast", vocabulary.is_forecast(self.words))

    @property
    def place(self) -> str:
        """The path as `price_keys` would give it."""
        return Place(self.path).name
