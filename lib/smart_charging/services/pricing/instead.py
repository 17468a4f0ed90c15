"""Looks for the sources that could be named in place of an entity that holds no prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ActionError, NoPricesError
from smart_charging.services.home_assistant import PriceHome
from smart_charging.services.pricing.candidates import candidates
from smart_charging.services.pricing.source import PriceReading

_LOOKED_FOR = timedelta(minutes=10)
"""Between two looks; each reads all entities."""


class Instead:
    """Adds to the complaint about such an entity the lines to write in apps.yaml."""

    def __init__(self, settings: PriceSettings, home: PriceHome, zone: tzinfo) -> None:
        self._settings = settings
        self._home = home
        self._zone = zone
        self._lines = ""
        self._looked_at: datetime | None = None

    async def advised(self, reading: PriceReading, now: datetime) -> PriceReading:
        """The reading with that advice in its problem; unchanged where it has prices, or says what to write."""
        problem = reading.problem
        if reading.curve.slots or not isinstance(problem, NoPricesError) or problem.says_what_to_write:
            return reading
        if self._looked_at is None or now - self._looked_at >= _LOOKED_FOR:
            self._looked_at, self._lines = now, await self._found(now)
        return replace(reading, problem=NoPricesError(f"{problem}{self._lines}"))

    async def _found(self, now: datetime) -> str:
        try:
            found = await candidates(self._home, self._settings, self._zone, now)
        except ActionError:  # Home Assistant is away
            return ""
        lines = ", or ".join(one.line for one in found)
        return f". Home Assistant has prices elsewhere: write {lines}" if lines else ""
