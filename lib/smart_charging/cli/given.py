"""Parses command line options one by one."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from smart_charging.cli.complaints import did_you_mean
from smart_charging.config.numbers import advice_on
from smart_charging.errors import ConfigError
from smart_charging.prices.wall_time import moments_of

MOST = 1e6
"""No energy, power, price or length of time in minutes is larger."""
_SHOWN = 60
"""Characters of a wrong value in an error."""
_FIRST_YEAR = 1970
"""At the calendar's beginning not even a zone's offset can be added."""
_LOCALTIME = Path("/etc/localtime")


class Given:
    """The options as given on the command line.

    All methods raise `ConfigError` with the option and what to write if a value is invalid.
    """

    def __init__(self, arguments: Mapping[str, object]) -> None:
        self._arguments = arguments

    def text(self, name: str) -> str | None:
        """An option's text, None if it was not given."""
        value = self._arguments.get(name.replace("-", "_"))
        return value if isinstance(value, str) else None

    def has(self, flag: str) -> bool:
        """Whether a flag was given."""
        return self._arguments.get(flag.replace("-", "_")) is True

    def lacks(self, *names: str) -> bool:
        """Whether none of these options was given."""
        return not any(self._arguments.get(name.replace("-", "_")) for name in names)

    def number(
        self, name: str, otherwise: float = 0.0, *, like: str = "", least: float = -math.inf, most: float = MOST
    ) -> float:
        """A number of sensible size, written as in apps.yaml.

        Args:
            name: Of the option.
            otherwise: What it is if it was not given.
            like: An argument of apps.yaml in the same unit, such as `power_kw`.
            least: The smallest that makes sense.
            most: The largest.
        """
        text = self.text(name)
        if text is None:
            return otherwise
        try:
            number = float(text)
        except ValueError:
            wanted = advice_on(like, text) or f"write a number{_within(least)}"
            raise ConfigError(f"--{name} {text[:_SHOWN]}: {wanted}") from None
        if not max(least, -MOST) <= number <= most:
            too_much = f", at most {most:.0f}" if number > most else ""
            advice = f"; {advice}" if (advice := advice_on(like, number)) else ""
            raise ConfigError(f"--{name} {text[:_SHOWN]}: write a number{_within(least)}{too_much}{advice}")
        return number

    def zone(self, name: str) -> ZoneInfo:
        """A time zone, by default the machine's."""
        text = self.text(name) or os.environ.get("TZ") or _machine_zone()
        if text is None:
            raise ConfigError(
                f"write --{name} and a time zone such as Europe/Copenhagen; Windows has other names for its own"
            )
        try:
            return ZoneInfo(text)
        except (OSError, ValueError, ZoneInfoNotFoundError) as err:
            meant = did_you_mean(text, available_timezones())
            raise ConfigError(f"--{name} {text[:_SHOWN]}: write a time zone such as Europe/Copenhagen{meant}") from err

    def time(self, name: str) -> time | datetime:
        """A time of day, or a date and time."""
        text = self.text(name)
        if text is None:
            raise ConfigError(f"write --{name} and a time such as 07:00 or 2026-01-21T07:00")
        for read in (time.fromisoformat, datetime.fromisoformat):
            try:
                return read(text)
            except ValueError:
                continue
        raise ConfigError(f"--{name} {text[:_SHOWN]}: write a time such as 07:00 or 2026-01-21T07:00")

    def now(self, zone: tzinfo) -> datetime:
        """The moment given as `--now`, today if it has no date; the current time if not given."""
        present = datetime.now(UTC)
        if self.text("now") is None:
            return present
        written = self.time("now")
        if isinstance(written, time):
            written = datetime.combine(present.astimezone(zone), written)
        return moment_of(written, zone)


def moment_of(wall: datetime, zone: tzinfo) -> datetime:
    """The moment, in UTC, of a date and time, which is local in `zone` unless it has an offset.

    Raises:
        ConfigError: It is outside the years that can be computed with.
    """
    try:
        if wall.year >= _FIRST_YEAR:
            return (wall if wall.tzinfo else moments_of(wall, zone)[0]).astimezone(UTC)
    except OverflowError:
        pass
    raise ConfigError(f"{wall:%Y-%m-%dT%H:%M}: write a time nearer to the present")


def _within(least: float) -> str:
    return "" if least == -math.inf else f", {least:g} or more"


def _machine_zone() -> str | None:
    """The machine's time zone; None on Windows, which names time zones differently."""
    if sys.platform == "win32":
        return None
    _, _, name = str(_LOCALTIME.resolve()).partition("zoneinfo/")
    return name or "UTC"
