"""Days of the week, as people write them."""

from __future__ import annotations

from enum import StrEnum


class Weekday(StrEnum):
    """In the order of Python's `date.weekday`."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"
