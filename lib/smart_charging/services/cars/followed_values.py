"""The entities that settings follow, with the last valid value of each."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from smart_charging.config.followed import EntityRef, OrEntity
from smart_charging.errors import ConfigError
from smart_charging.services.home_assistant import Entities, EntityState
from smart_charging.services.outage import Outage
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import moment, text

STARTUP_GRACE = timedelta(minutes=1)
"""After a start of Home Assistant many entities appear later than these apps."""

NO_VALUE = "none"
"""The value of a helper that is set to no value at all."""

_NO_WORD = {"unavailable", "unknown", "none", ""}
_SCALES = {"Wh": 1e-3, "MWh": 1e3, "W": 1e-3, "MW": 1e3}
"""Units of energy and power, into kWh and kW."""


class FollowedEntities:
    """Follows the entities that some settings name; their last valid values are kept over a restart.

    Args:
        references: By the key in apps.yaml, the entity and how to read its state.
        place: What the settings belong to, for the log.
    """

    def __init__(
        self,
        references: Mapping[str, tuple[EntityRef, OrEntity]],
        entities: Entities,
        store: Store,
        *,
        place: str,
        log: logging.Logger,
    ) -> None:
        self._references = references
        self._entities = entities
        self._store = store
        self._store_key = f"values_{place.replace(' ', '_')}"
        self._outages = {key: Outage(f"Setting {key} of {place}", log, STARTUP_GRACE) for key in references}
        self._words: dict[str, str] = {}
        self._said_at: dict[str, datetime] = {}
        self._since: dict[str, datetime] = {}
        self._problems: dict[str, str] = {}
        self._is_recalled = False

    @property
    def entity_ids(self) -> Sequence[str]:
        """The entities to listen to."""
        return sorted({reference.entity_id for reference, _ in self._references.values()})

    @property
    def problems(self) -> Sequence[str]:
        """A sentence for every value that has been missing or invalid for longer than a start takes."""
        return [text for key, text in self._problems.items() if self._outages[key].is_told]

    def word(self, key: str) -> str | None:
        """The last valid value as text; None when there never was one."""
        return self._words.get(key)

    def value(self, key: str) -> Any:
        """The last valid value, parsed; None when there never was one."""
        word = self._words.get(key)
        return None if word in {None, NO_VALUE} else self._references[key][1].read(str(word))

    def said_at(self, key: str) -> datetime | None:
        """When the entity was last read with a valid value; None until then after a restart."""
        return self._said_at.get(key)

    def since(self, key: str) -> datetime | None:
        """Since when the last valid value has been unchanged; None when there never was one."""
        return self._since.get(key)

    def is_awaited(self, key: str) -> bool:
        """Whether there is no value yet, but one may still come: Home Assistant has only just started."""
        return key in self._references and key not in self._words and not self._outages[key].is_told

    async def read(self, now: datetime) -> None:
        """Read every entity."""
        await self._recall()
        before = dict(self._words)
        for key, (reference, reader) in self._references.items():
            try:
                entity = await self._entities.entity(reference.entity_id)
                self._hear(key, _word(reference, entity, reader), now)
            except ConfigError as err:
                self._outages[key].failed(self._complaint(key, err), now)
            else:
                self._said_at[key] = now
                self._problems.pop(key, None)
                self._outages[key].worked(now)
        if self._words != before:
            facts = {key: self._fact(key, word) for key, word in self._words.items()}
            await self._store.remember(self._store_key, facts)

    def _hear(self, key: str, word: str, now: datetime) -> None:
        if word != self._words.get(key):
            self._words[key], self._since[key] = word, now
        self._since.setdefault(key, now)

    def _fact(self, key: str, word: str) -> Mapping[str, str]:
        return {"of": self._entity_id(key), "word": word, "since": self._since[key].isoformat()}

    def _complaint(self, key: str, error: ConfigError) -> ConfigError:
        word = self._words.get(key)
        instead = "its default stands in" if word is None else f"its last good value, {word}, stands in"
        self._problems[key] = f"{key}: {error}; {instead}"
        return ConfigError(f"{error}; {instead}")

    async def _recall(self) -> None:
        """Read the values stored before a restart; apps.yaml may name other entities now."""
        if self._is_recalled:
            return
        self._is_recalled = True
        facts = await self._store.recall(self._store_key)
        for key in self._references:
            if key not in facts:
                continue
            if kept := recalled_part(self._store, self._store_key, facts[key], partial(self._kept, key), key):
                self._words[key], self._since[key] = kept

    def _kept(self, key: str, fact: Mapping[str, str]) -> tuple[str, datetime] | None:
        """A stored value and since when it holds, if it is of the same entity; raises where it cannot be parsed."""
        if fact["of"] != self._entity_id(key):
            return None
        word = text(fact["word"])
        if word != NO_VALUE:
            self._references[key][1].read(word)
        return word, moment(fact["since"])

    def _entity_id(self, key: str) -> str:
        return self._references[key][0].entity_id


def _word(reference: EntityRef, entity: EntityState | None, reader: OrEntity) -> str:
    if entity is None:
        raise ConfigError(f"there is no entity {reference}; look its id up in Home Assistant's developer tools")
    if entity.state.lower() in _NO_WORD:
        raise ConfigError(f"{reference} is {entity.state or 'empty'}")
    word = in_kilo(entity)
    try:
        reader.read(word)
    except ConfigError as err:
        raise ConfigError(f"{reference}: {err}") from None
    return NO_VALUE if reader.is_none_at_lowest and _is_lowest(word, entity) else word


def _is_lowest(word: str, entity: EntityState) -> bool:
    lowest = entity.attributes.get("min")
    return isinstance(lowest, int | float) and float(word) == lowest


def in_kilo(entity: EntityState) -> str:
    """The state, in kW or kWh where its unit is another of power or energy."""
    scale = _SCALES.get(str(entity.attributes.get("unit_of_measurement")))
    try:
        return f"{float(entity.state) * scale:g}" if scale else entity.state
    except ValueError:
        return entity.state
