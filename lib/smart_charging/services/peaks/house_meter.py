"""The house's power, from the sensor of its meter."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from smart_charging.errors import ConfigError
from smart_charging.services.cars.followed_values import in_kilo
from smart_charging.services.home_assistant import Entities
from smart_charging.services.outage import Outage

_GRACE = timedelta(minutes=2)
_MOST_KW = 500.0
_CHANGE_KW = 1.0
_SETTLES_IN = timedelta(minutes=2)
"""How long meter and cloud may take to show the same charge."""


class HouseMeter:
    """Reads the power that comes in from the grid, with the cars in it; what goes out counts as 0."""

    def __init__(self, entity_id: str, entities: Entities, log: logging.Logger) -> None:
        self._entity_id = entity_id
        self._entities = entities
        self._cars_kw = 0.0
        self._settles_at: datetime | None = None
        self._likelier: Callable[[float, float], float] = max
        """Of the load seen and that of before, while they are not settled."""
        self._house_kw: float | None = None
        self._outage = Outage(f"Reading {entity_id}", log, _GRACE)

    async def house_kw(self, cars_kw: float, now: datetime) -> float | None:
        """What the house takes without its cars; None while the meter says nothing that can be."""
        try:
            import_kw = await self._import_kw()
        except ConfigError as err:
            self._outage.failed(err, now)
            return None
        self._outage.worked(now)
        return self._settled(max(0.0, import_kw - cars_kw), cars_kw, now)

    def _settled(self, house_kw: float, cars_kw: float, now: datetime) -> float | None:
        """The load without cars, for a while after one began or ended beside that of before: meter and cloud differ.

        A meter that lags says too little when cars take more, and too much when they take less.
        """
        if abs(change_kw := cars_kw - self._cars_kw) > _CHANGE_KW:
            self._cars_kw, self._settles_at = cars_kw, now + _SETTLES_IN
            self._likelier = max if change_kw > 0 else min
        if self._settles_at is None or self._house_kw is None or now >= self._settles_at:
            self._house_kw = house_kw
        return self._likelier(house_kw, self._house_kw)

    async def _import_kw(self) -> float:
        entity = await self._entities.entity(self._entity_id)
        if entity is None:
            raise ConfigError(f"there is no entity {self._entity_id}; write another one as house_meter")
        try:
            power_kw = float(in_kilo(entity))
        except ValueError:
            raise ConfigError(f"{self._entity_id} is {entity.state or 'empty'}; the usual load is taken") from None
        if not abs(power_kw) <= _MOST_KW:
            raise ConfigError(f"{self._entity_id} says {power_kw:g} kW, which no house takes; the usual load is taken")
        return max(0.0, power_kw)
