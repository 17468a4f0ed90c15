"""Names the entities in apps.yaml that Home Assistant does not have, soon after a start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches

from smart_charging.config.followed import EntityRef, VehicleRef
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.services.home_assistant import Inventory

LOOK_AFTER = timedelta(seconds=10)
"""By then a Home Assistant that was up before us has told all entities."""


async def name_missing(settings: SchedulerSettings, home: Inventory, log: logging.Logger) -> None:
    """Log each entity that is missing; what becomes of its setting is told later, if it does not turn up."""
    named = named_entities(settings)
    there: Collection[str] = ()
    while named and not there:
        await asyncio.sleep(LOOK_AFTER.total_seconds())
        there = await home.all_entities()
    for entity_id, argument in named.items():
        if entity_id not in there:
            log.warning("There is no entity %s yet, which %s names; %s", entity_id, argument, _advice(entity_id, there))


def named_entities(settings: SchedulerSettings) -> Mapping[str, str]:
    """The entities that the scheduler's arguments name, each with the first argument that does."""
    named: dict[str, str] = {}
    for entity_id, argument in _named(settings):
        named.setdefault(entity_id, argument)
    return named


def _named(settings: SchedulerSettings) -> Iterator[tuple[str, str]]:
    for entity_id in settings.price_entity:
        yield entity_id, "price_entity"
    if settings.price_action and settings.price_action.entity:
        yield settings.price_action.entity, "price_action"
    if isinstance(settings.fuse_kw, EntityRef):
        yield settings.fuse_kw.entity_id, "fuse_kw"
    if settings.house_meter:
        yield settings.house_meter, "house_meter"
    for entity_id in settings.events:
        yield entity_id, "events"
    if settings.co2_entity:
        yield settings.co2_entity, "co2_entity"
    for car in settings.cars:
        place = f"charger {car.charge_point_id}" if car in settings.chargers else "charger_defaults"
        for key, (reference, _) in car.references().items():
            if not isinstance(reference, VehicleRef):
                yield reference.entity_id, f"{key} of {place}"


def _advice(entity_id: str, there: Collection[str]) -> str:
    alike = get_close_matches(entity_id, there, n=1, cutoff=0.8)
    return f"did you mean {alike[0]}?" if alike else "look its id up under Developer tools, States"
