"""Entities that say when nothing may be charged: calendars know it ahead, others are on as long as it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from smart_charging.errors import ActionError, ConfigError
from smart_charging.services.events.forbidden_time import ForbiddenTime, listed, named, shown
from smart_charging.services.home_assistant import Actions, Entities, EntityState

_KEPT = timedelta(hours=1)
"""How long an entity that says nothing still counts as on; after that the car goes before."""
_CALENDAR_KEPT = timedelta(days=1)
"""How long the events of a calendar that says nothing count."""
_STEP = timedelta(minutes=5)
_AHEAD = timedelta(days=4)
_ASKED_EVERY, _ASKED_AGAIN_AFTER = timedelta(minutes=15), timedelta(minutes=3)


class EventEntity(Protocol):
    """One entity named under `events`."""

    async def read(self, now: datetime) -> None:
        """Take in what it says now.

        Raises:
            ConfigError: It says nothing.
            ActionError: A calendar does not list its events.
        """
        ...

    def times(self, now: datetime) -> Sequence[ForbiddenTime]:
        """The times it has told of that are not over."""
        ...


class OnOffEntity:
    """Holds as long as its state is `on`."""

    def __init__(self, entity_id: str, entities: Entities) -> None:
        self._entity_id = entity_id
        self._entities = entities
        self._name = entity_id
        self._on_since: datetime | None = None
        self._heard_at: datetime | None = None

    async def read(self, now: datetime) -> None:
        """See whether it is on."""
        entity = await _said(self._entity_id, self._entities)
        if entity.state not in {"on", "off"}:
            raise ConfigError(f"{self._entity_id} is {entity.state[:40]}, neither on nor off")
        self._name = named(entity.attributes.get("friendly_name"), instead=self._entity_id)
        self._heard_at = now
        self._on_since = (self._on_since or now) if entity.state == "on" else None

    def times(self, now: datetime) -> Sequence[ForbiddenTime]:
        """From when it went on to a moment that moves on with the clock, in steps so that plans stay in between."""
        if self._on_since is None or self._heard_at is None or now - self._heard_at > _KEPT:
            return ()
        into_step = timedelta(minutes=now.minute % (_STEP // timedelta(minutes=1)), seconds=now.second)
        end = (now - into_step).replace(microsecond=0) + 2 * _STEP
        return [ForbiddenTime(start=self._on_since, end=end, name=self._name, is_open_ended=True)]


@dataclass(frozen=True, slots=True)
class _Told:
    """Events, and when they were told."""

    at: datetime
    times: Sequence[ForbiddenTime]

    def still(self, now: datetime) -> Sequence[ForbiddenTime]:
        """Those that are not over, unless nothing has been told for too long."""
        return [one for one in self.times if now < one.end] if now - self.at <= _CALENDAR_KEPT else ()


class CalendarEntity:
    """Every event of the calendar holds; those to come are asked for by an action."""

    def __init__(self, entity_id: str, entities: Entities, actions: Actions, zone: tzinfo) -> None:
        self._entity_id = entity_id
        self._entities = entities
        self._actions = actions
        self._zone = zone
        self._entity: EntityState | None = None
        self._shown: _Told | None = None
        self._listed: _Told | None = None
        self._ask_at: datetime | None = None
        self._refusal: ActionError | None = None
        """Why the action was not answered the last time."""

    async def read(self, now: datetime) -> None:
        """Look at the entity, and ask for the events to come when it has changed or some time has passed."""
        before, self._entity = self._entity, await _said(self._entity_id, self._entities)
        self._shown = _Told(now, list(shown(self._entity.attributes, self._entity_id, self._zone)))
        if self._entity != before or self._ask_at is None or now >= self._ask_at:
            self._refusal = await self._ask(now)
            self._ask_at = now + (_ASKED_AGAIN_AFTER if self._refusal else _ASKED_EVERY)
        if self._refusal:
            raise self._refusal

    async def _ask(self, now: datetime) -> ActionError | None:
        span = {"start_date_time": now.isoformat(), "end_date_time": (now + _AHEAD).isoformat()}
        try:
            answer = await self._actions.call_action("calendar.get_events", {"entity_id": self._entity_id, **span})
        except ActionError as err:
            return err.with_traceback(None)
        if self._entity_id not in answer:
            return ActionError(f"calendar.get_events says nothing about {self._entity_id}")
        self._listed = _Told(now, list(listed(answer, self._entity_id, self._zone)))
        return None

    def times(self, now: datetime) -> Sequence[ForbiddenTime]:
        """What the action and the attributes tell, which may be the same."""
        return [*{one for told in (self._shown, self._listed) if told for one in told.still(now)}]


def entity_of(entity_id: str, entities: Entities, actions: Actions, zone: tzinfo) -> EventEntity:
    """How to read an entity, by its domain."""
    if entity_id.startswith("calendar."):
        return CalendarEntity(entity_id, entities, actions, zone)
    return OnOffEntity(entity_id, entities)


async def _said(entity_id: str, entities: Entities) -> EntityState:
    entity = await entities.entity(entity_id)
    if entity is None:
        raise ConfigError(f"there is no entity {entity_id}; look its id up in Home Assistant's developer tools")
    if entity.state in {"unknown", "unavailable", ""}:
        raise ConfigError(f"{entity_id} is {entity.state or 'empty'}")
    return entity
