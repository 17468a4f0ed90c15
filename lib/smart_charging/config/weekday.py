"""Days of the week, as people write them."""

from __future__ import annotations

from enum import StrEnum


class Weekday(StrEnum):
    """One day of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    @property
    def number(self) -> int:
        """As the standard library counts: 0 is Monday."""
        return list(Weekday).index(self)
