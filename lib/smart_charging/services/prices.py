"""The latest prices that could be read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.sources import read_prices
from smart_charging.services.home import Entities
from smart_charging.services.outage import Outage
from smart_charging.services.polling import Clock

PATIENCE = timedelta(minutes=1)
"""After a start of Home Assistant its price integrations come later than we do."""


class PriceFeed:
    """Reads a price entity; while that makes no sense the last good prices stand."""

    def __init__(self, entities: Entities, entity_id: str, zone: tzinfo, *, clock: Clock, log: logging.Logger) -> None:
        self._entities = entities
        self._entity_id = entity_id
        self._zone = zone
        self._clock = clock
        self._outage = Outage("Reading the prices", log, PATIENCE)
        self._last = PriceCurve()

    async def read(self) -> PriceCurve:
        """The prices as of now; empty when there never were any."""
        now = self._clock()
        try:
            self._last = read_prices(await self._attributes(), zone=self._zone, now=now)
        except PriceError as err:
            self._outage.failed(err, now)
        else:
            self._outage.worked(now)
        return self._last

    def estimated(self, curve: PriceCurve, start: datetime, end: datetime) -> PriceCurve:  # noqa: D102
        return curve

    async def _attributes(self) -> Mapping[str, Any]:
        entity = await self._entities.entity(self._entity_id)
        if entity is None:
            raise PriceError(f"there is no entity {self._entity_id}; name one as price_entity in apps.yaml")
        return entity.attributes
