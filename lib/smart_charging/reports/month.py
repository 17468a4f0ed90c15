"""A month of the calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Self

from smart_charging.errors import ConfigError
from smart_charging.prices.wall_time import midnight

_WRITTEN = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year; shown as it is written, such as 2026-11."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> Self:
        """The month in a text.

        Raises:
            ConfigError: It is none, or none of this century.
        """
        if not (found := _WRITTEN.fullmatch(text.strip())):
            raise ConfigError(f"--month {text[:40]}: write a year and a month, such as 2026-11")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> Self:
        """The month that a moment belongs to by the clock in `zone`."""
        local = moment.astimezone(zone)
        return cls(local.year, local.month)

    def start(self, zone: tzinfo) -> datetime:
        """Its first midnight, in UTC."""
        return midnight(date(self.year, self.month, 1), zone)

    def end(self, zone: tzinfo) -> datetime:
        """The first midnight of the next month, in UTC."""
        return midnight(date(self.year + self.month // 12, self.month % 12 + 1, 1), zone)

    @property
    def title(self) -> str:
        """Such as November 2026."""
        return f"{date(self.year, self.month, 1):%B %Y}"

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"
