"""The grid's CO2 over time, read from an entity."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta, tzinfo

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.quarters import quarter_of
from smart_charging.prices.reading.co2 import read_co2
from smart_charging.services.home_assistant import Entities
from smart_charging.services.outage import Outage

_KEPT = timedelta(days=2)
"""Figures of the past, for energy that is reported late."""
_AHEAD = timedelta(hours=1)
"""With figures for less than this there is nothing to choose between."""
_GRACE = timedelta(minutes=2)


class Co2Feed:
    """Reads `co2_entity`; while it cannot be read, figures read before go on to count for their times."""

    def __init__(self, settings: PriceSettings, entities: Entities, *, zone: tzinfo, log: logging.Logger) -> None:
        self._entity_id = settings.co2_entity
        self._area = settings.price_area
        self._entities = entities
        self._zone = zone
        self._outage = Outage(f"Reading CO2 from {self._entity_id}", log, _GRACE)
        self._error: PriceError | None = None
        self._last: tuple[datetime, str, Mapping[str, object]] | None = None
        """The quarter of an hour and the entity as last read."""
        self.grams = NO_PRICES
        """Per kWh, in a curve's place for prices: of the last days, and as far ahead as the entity tells."""

    @property
    def followed(self) -> Sequence[str]:
        """The entity, where one is named."""
        return [self._entity_id] if self._entity_id else []

    async def read(self, now: datetime) -> None:
        """Read the entity as it stands now."""
        if self._entity_id is None:
            return
        try:
            await self._read(self._entity_id, now)
        except PriceError as err:
            self._error = err
            self._outage.failed(err, now)
            return
        self._error = None
        self._outage.worked(now)

    def problem(self, now: datetime) -> str | None:
        """Why plans cannot regard CO2, once that has been so for longer than a start takes."""
        if self._error:
            return str(self._error) if self._outage.is_told else None
        until = self.grams.known_until
        if self._entity_id is None or (until and until > now + _AHEAD):
            return None
        return f"{self._entity_id} has no forecast, so that plans go by prices alone"

    async def _read(self, entity_id: str, now: datetime) -> None:
        entity = await self._entities.entity(entity_id)
        if entity is None:
            raise PriceError(f"there is no entity {entity_id}; write another one as co2_entity")
        quarter = quarter_of(now)
        if self._last == (quarter, entity.state, entity.attributes):
            return
        try:
            fresh = read_co2(entity.state, entity.attributes, zone=self._zone, now=now, area=self._area)
        except PriceError as err:
            raise PriceError(f"{entity_id}: {err}") from err
        self._last = quarter, entity.state, deepcopy(entity.attributes)  # lists may be changed in place
        kept = fresh.filled_from(self.grams)
        self.grams = PriceCurve([slot for slot in kept if slot.end > quarter - _KEPT])
