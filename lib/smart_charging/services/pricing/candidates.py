"""Finds price sources in Home Assistant that could be used without configuration."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from smart_charging.config.prices import PriceActionSettings, PriceSettings
from smart_charging.entities.price import WITH_TARIFF
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.words import words_of
from smart_charging.services.home_assistant import EntityState, PriceHome
from smart_charging.services.pricing.action_arguments import KNOWN
from smart_charging.services.pricing.entity_source import EntitySource

_DOMAINS = ("sensor.", "binary_sensor.", "event.")
_NOT_TO_BUY_AT = re.compile("export|sell|sold|feed|inject|production|return|outgoing", re.IGNORECASE)
"""In names of prices paid for energy that is fed into the grid, also within a word."""
_TOMORROW = re.compile("tomorrow|next_day")
_OURS = frozenset({"charge_point_id", WITH_TARIFF})
"""Attributes of our own entities, whose plans contain prices, too."""
_MANY_ATTRIBUTES = 20
"""An entity with this many attributes may have one for every hour's price."""
_NOT_LOOKED_FOR = frozenset({"nordpool.get_price_indices_for_date", "tibber_prices.get_price"})
"""Another action of the same integration answers the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A price source, with the settings that would name it."""

    price_entity: Sequence[str] = ()
    price_action: PriceActionSettings | None = None
    entry: str | None = None
    """Its config entry; None for entities without one, such as templates."""
    curve: PriceCurve = NO_PRICES
    """The prices of entities now."""

    @property
    def name(self) -> str:
        """Its name for messages."""
        return self.price_action.action if self.price_action else " and ".join(self.price_entity)

    @property
    def line(self) -> str:
        """The line for apps.yaml that selects it."""
        if self.price_action is None:
            ids = ", ".join(self.price_entity)
            return f"price_entity: {ids if len(self.price_entity) == 1 else f'[{ids}]'}"
        data = ", ".join(f"{key}: {value}" for key, value in self.price_action.data.items())
        with_data = f", data: {{{data}}}" if data else ""
        return f"price_action: {{action: {self.price_action.action}{with_data}}}"

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store."""
        if self.price_action:
            return {"price_action": self.price_action.model_dump(mode="json")}
        return {"price_entity": list(self.price_entity)}


async def candidates(home: PriceHome, settings: PriceSettings, zone: tzinfo, now: datetime) -> Sequence[Candidate]:
    """All sources that can be read now; where an integration has an action and entities, only the action."""
    actions = [action async for action in _actions(home)]
    asked = {action.entry for action in actions}
    entities = [entity async for entity in _entities(home, settings, zone, now)]
    return [*actions, *_different(entity for entity in entities if entity.entry is None or entity.entry not in asked)]


async def _actions(home: PriceHome) -> AsyncIterator[Candidate]:
    there = set(await home.action_names())
    for action, takes in KNOWN.items():
        if action not in there or action in _NOT_LOOKED_FOR or _NOT_TO_BUY_AT.search(action):
            continue
        entries = await home.entries_of(action.partition(".")[0])
        for entry in entries if takes.entry else entries[:1]:
            data = {takes.entry: entry} if takes.entry else {}
            yield Candidate(price_action=PriceActionSettings(action=action, data=data), entry=entry)


async def _entities(home: PriceHome, settings: PriceSettings, zone: tzinfo, now: datetime) -> AsyncIterator[Candidate]:
    there = {key: entity for key, entity in (await home.all_entities()).items() if _may_have_prices(key, entity)}
    for entity_id in sorted(there):
        if (await _read([entity_id], there, settings, zone, now)).price_at(now) is None:
            continue
        entry = await home.config_entry_of(entity_id)
        partners = [other for other in sorted(there) if _is_tomorrow_of(entity_id, other, there)]
        ids = [entity_id, *[other for other in partners if entry and await home.config_entry_of(other) == entry]]
        yield Candidate(price_entity=ids, entry=entry, curve=await _read(ids, there, settings, zone, now))


def _may_have_prices(entity_id: str, entity: EntityState) -> bool:
    name = f"{entity_id} {entity.attributes.get('friendly_name', '')}"
    is_bought = not _NOT_TO_BUY_AT.search(name) and vocabulary.is_bought(words_of(name))
    if not entity_id.startswith(_DOMAINS) or not is_bought or _OURS & entity.attributes.keys():
        return False
    values = entity.attributes.values()
    return len(entity.attributes) > _MANY_ATTRIBUTES or any(isinstance(value, list | dict) for value in values)


def _is_tomorrow_of(entity_id: str, other: str, there: Mapping[str, EntityState]) -> bool:
    """Whether another entity has the same list attributes for tomorrow; they may be empty until the afternoon."""
    is_other = other != entity_id and _TOMORROW.search(other) and not _TOMORROW.search(entity_id)
    return bool(is_other) and _lists_of(there[entity_id]) == _lists_of(there[other])


def _lists_of(entity: EntityState) -> set[str]:
    return {key for key, value in entity.attributes.items() if isinstance(value, list)}


async def _read(
    entity_ids: Sequence[str], there: Mapping[str, EntityState], settings: PriceSettings, zone: tzinfo, now: datetime
) -> PriceCurve:
    """What would be read if these entities were configured."""
    named = settings.model_copy(update={"price_entity": list(entity_ids)})
    reading = await EntitySource(named, _Snapshot(there), zone).read(now, NO_PRICES)
    return PriceCurve([slot for slot in reading.curve if not slot.is_estimate], reading.curve.currency)


class _Snapshot:
    """The states of entities at one moment."""

    def __init__(self, there: Mapping[str, EntityState]) -> None:
        self._there = there

    async def entity(self, entity_id: str) -> EntityState | None:
        return self._there.get(entity_id)


def _different(entities: Iterable[Candidate]) -> Sequence[Candidate]:
    """Without entities that have the same prices as another one of the same config entry."""
    found: list[Candidate] = []
    for one in entities:
        if not any(one.entry and (one.entry, one.curve) == (other.entry, other.curve) for other in found):
            found.append(one)
    return found
