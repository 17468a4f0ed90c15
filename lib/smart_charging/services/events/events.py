"""Reads all entities named under `events`, and outlives that some of them say nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from smart_charging.errors import ActionError, ConfigError
from smart_charging.services.events.event_entities import EventEntity, entity_of
from smart_charging.services.events.forbidden_time import ForbiddenTime
from smart_charging.services.home_assistant import Actions, Entities
from smart_charging.services.outage import Outage

_GRACE = timedelta(minutes=1)
"""After a start of Home Assistant many entities appear later than these apps."""


class Events:
    """The times in which nothing may be charged but the minimum."""

    def __init__(
        self,
        entity_ids: Sequence[str],
        entities: Entities,
        actions: Actions,
        *,
        zone: tzinfo,
        log: logging.Logger,
    ) -> None:
        """Nothing is read before `times` is asked for."""
        self._watched: Sequence[tuple[EventEntity, Outage]] = [
            (entity_of(entity_id, entities, actions, zone), Outage(f"Event {entity_id}", log, _GRACE))
            for entity_id in entity_ids
        ]

    async def times(self, now: datetime) -> Sequence[ForbiddenTime]:
        """Those that hold or are to come, in order; an entity that says nothing counts as before for a while."""
        found: list[ForbiddenTime] = []
        for entity, outage in self._watched:
            try:
                await entity.read(now)
            except (ConfigError, ActionError) as err:
                outage.failed(err, now)
            else:
                outage.worked(now)
            found += entity.times(now)
        return sorted(found, key=lambda one: (one.start, one.end, one.name))
