"""Days of the week, as written in apps.yaml."""

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
        """Like `date.weekday`: 0 is Monday."""
        return list(Weekday).index(self)
