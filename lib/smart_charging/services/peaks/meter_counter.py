"""The house's power, from counters of the energy that comes in from the grid."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.errors import ConfigError
from smart_charging.services.cars.followed_values import in_kilo
from smart_charging.services.home_assistant import Entities
from smart_charging.services.outage import Outage

_GRACE = timedelta(minutes=2)
_OVER = timedelta(minutes=5)
"""A mean is taken over so long at least, as counters have coarse steps and lag behind."""
_SILENT = timedelta(hours=2)
"""A counter that has stood still for so long says nothing any more."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What had come in, and what cars had taken, when the counters moved."""

    at: datetime
    import_kwh: float
    cars_kwh: float


class MeterCounter:
    """Takes the power from how fast counters grow; several add up, such as those of a day and a night tariff."""

    def __init__(self, entity_ids: Sequence[str], entities: Entities, log: logging.Logger) -> None:
        self._entity_ids = entity_ids
        self._entities = entities
        self._readings: deque[_Reading] = deque()
        self._cars_kwh = 0.0
        self._seen_at: datetime | None = None
        self._outage = Outage(f"Reading {', '.join(entity_ids)}", log, _GRACE)

    async def house_kw(self, cars_kw: float, now: datetime) -> float | None:
        """What the house took without its cars in the last minutes; None while that is not known."""
        if self._seen_at is not None:
            self._cars_kwh += cars_kw * max(timedelta(0), now - self._seen_at) / _HOUR
        self._seen_at = now
        try:
            import_kwh = sum([await self._kwh(entity_id) for entity_id in self._entity_ids])
        except ConfigError as err:
            self._outage.failed(err, now)
            return None
        self._outage.worked(now)
        self._note(_Reading(at=now, import_kwh=import_kwh, cars_kwh=self._cars_kwh))
        return self._mean_kw(now)

    def _note(self, reading: _Reading) -> None:
        """Keep what is needed for the mean; a counter that falls was set back or replaced."""
        if self._readings and reading.import_kwh < self._readings[-1].import_kwh:
            self._readings.clear()
        if not self._readings or reading.import_kwh > self._readings[-1].import_kwh:
            self._readings.append(reading)
        while len(self._readings) > 2 and self._readings[-1].at - self._readings[1].at >= _OVER:
            self._readings.popleft()

    def _mean_kw(self, now: datetime) -> float | None:
        first, last = self._readings[0], self._readings[-1]
        if last.at - first.at < _OVER or now - last.at > _SILENT:
            return None
        house_kwh = (last.import_kwh - first.import_kwh) - (last.cars_kwh - first.cars_kwh)
        return max(0.0, house_kwh / ((last.at - first.at) / _HOUR))

    async def _kwh(self, entity_id: str) -> float:
        entity = await self._entities.entity(entity_id)
        if entity is None:
            raise ConfigError(f"there is no entity {entity_id} any more; the usual load is taken")
        try:
            return float(in_kilo(entity))
        except ValueError:
            raise ConfigError(f"{entity_id} is {entity.state or 'empty'}; the usual load is taken") from None
