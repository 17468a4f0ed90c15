"""Reads prices from the attributes of entities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import date, datetime, tzinfo

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import NoPricesError, PriceError
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.reading.understanding import Source, Understanding, understood
from smart_charging.services.home_assistant import Entities
from smart_charging.services.pricing.source import PriceReading, asked_of

Read = Callable[[Sequence[Source]], Understanding]


class EntitySource:
    """Reads one entity, or several whose prices complement each other, such as today's and tomorrow's.

    Args:
        argument: Which names them in apps.yaml.
    """

    next_ask = None
    """None: entities are read when they change."""

    def __init__(
        self, settings: PriceSettings, entities: Entities, zone: tzinfo, *, argument: str = "price_entity"
    ) -> None:
        self._settings = settings
        self._entities = entities
        self._zone = zone
        self._argument = argument
        self.followed: Sequence[str] = tuple(settings.price_entity)
        self.name = " and ".join(self.followed)
        self._last: tuple[date, dict[str, Source], Sequence[str]] | None = None
        self._last_reading = PriceReading(curve=NO_PRICES)

    async def read(self, now: datetime, _known: PriceCurve) -> PriceReading:
        """All prices that can be read, and the first problem."""
        found: dict[str, Source] = {}
        problems: list[PriceError] = []
        for entity_id in self.followed:
            try:
                found[entity_id] = await self._attributes(entity_id)
            except PriceError as err:
                problems.append(err)
        today = now.astimezone(self._zone).date()
        messages = [str(problem) for problem in problems]
        try:
            if self._last != (today, found, messages):
                self._last = (today, deepcopy(found), messages)  # lists may be changed in place
                self._last_reading = self._reading_of(found, problems, now)
        except RecursionError:
            return PriceReading(problem=PriceError(f"{self.name}: the attributes are nested too deeply"))
        return self._last_reading

    def _reading_of(self, found: dict[str, Source], problems: list[PriceError], now: datetime) -> PriceReading:
        readings = _read(found, lambda sources: self._read(sources, now), problems) if found else []
        curve, *others = [one.curve for one in readings] or [NO_PRICES]
        for other in others:
            curve = curve.filled_from(other)
        return PriceReading(
            curve=curve,
            has_fees_inside=any(one.are_fees_inside for one in readings),
            problem=problems[0] if problems else None,
        )

    async def _attributes(self, entity_id: str) -> Source:
        entity = await self._entities.entity(entity_id)
        if entity is None:
            raise PriceError(f"there is no entity {entity_id}; name one as {self._argument} in apps.yaml")
        if entity.state == "unavailable":
            raise PriceError(f"{entity_id} is unavailable")
        return entity.attributes

    def _read(self, sources: Sequence[Source], now: datetime) -> Understanding:
        asked = asked_of(self._settings, zone=self._zone, now=now)
        return understood(sources, asked, names=self.followed)


def _read(found: dict[str, Source], read: Read, problems: list[PriceError]) -> Sequence[Understanding]:
    """Read all entities together, as some may be empty; if that fails, each one by itself."""
    try:
        return [read(list(found.values()))]
    except PriceError as err:
        problems.append(_told_of(" and ".join(found), err))
    readings = []
    for entity_id, source in found.items():
        try:
            readings.append(read([source]))
        except PriceError as err:
            problems.append(_told_of(entity_id, err))
    return readings


def _told_of(name: str, error: PriceError) -> PriceError:
    return error.told_of(name) if isinstance(error, NoPricesError) else PriceError(f"{name}: {error}")
