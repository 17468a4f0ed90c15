"""Tables of entities, and the one who keeps them current in Home Assistant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

Value = str | float | bool | datetime | None
T = TypeVar("T")

UNAVAILABLE = "unavailable"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity as it is to stand in Home Assistant."""

    entity_id: str
    state: Value
    """None is unknown; `UNAVAILABLE` is Home Assistant's own word."""
    attributes: Mapping[str, object]


class StateWriter(Protocol):
    """Where entities go; raises nothing, a Home Assistant that is away gets them later."""

    async def write(self, entity: Entity) -> None:
        """Create or replace the entity, attributes included."""
        ...


def _nothing(_: object) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityDescription(Generic[T]):
    """How one entity is made of a thing."""

    domain: str
    key: str
    """End of the entity id."""
    name: str
    """What it is, in a person's words; the thing's own name is put before it."""
    value: Callable[[T], Value]
    attributes: Callable[[T], Mapping[str, object]] = _nothing
    unit: Callable[[T], str | None] | str | None = None
    device_class: str | None = None
    state_class: str | None = None
    icon: str | None = None
    options: Sequence[str] = field(default=())
    is_optional: bool = False
    """Whether the entity appears only once there is something to show."""

    def render(self, thing: T, *, slug: str, name: str, is_available: bool = True) -> Entity:
        """The entity of one thing; an unavailable one keeps what it is, not what it last said."""
        return Entity(
            entity_id=f"{self.domain}.{slug}_{self.key}",
            state=self.value(thing) if is_available else UNAVAILABLE,
            attributes={**self._fixed(thing, name), **(self.attributes(thing) if is_available else {})},
        )

    def _fixed(self, thing: T, name: str) -> dict[str, object]:
        found: dict[str, object] = {
            "friendly_name": f"{name} {self.name}",
            "unit_of_measurement": self.unit(thing) if callable(self.unit) else self.unit,
            "device_class": self.device_class,
            "state_class": self.state_class,
            "icon": self.icon,
            "options": list(self.options) or None,
        }
        return {key: value for key, value in found.items() if value is not None}


class Publisher:
    """Writes what changed, and all of it again when Home Assistant has forgotten it."""

    def __init__(self, writer: StateWriter) -> None:
        self._writer = writer
        self._shown: dict[str, Entity] = {}

    async def publish(
        self, table: Sequence[EntityDescription[T]], thing: T, *, slug: str, name: str, is_available: bool = True
    ) -> None:
        """Bring every entity of the table up to date."""
        for description in table:
            entity = description.render(thing, slug=slug, name=name, is_available=is_available)
            if entity.state is not None or not description.is_optional or entity.entity_id in self._shown:
                await self.show(entity)

    async def show(self, entity: Entity) -> None:
        """Write one entity, unless it already stands like this."""
        if self._shown.get(entity.entity_id) != entity:
            self._shown[entity.entity_id] = entity
            await self._writer.write(entity)

    async def republish(self) -> None:
        """Write everything once more: a Home Assistant that restarted has lost it."""
        for entity in list(self._shown.values()):
            await self._writer.write(entity)


def slug(text: str) -> str:
    """The part of an entity id that people recognise: small letters, digits and single underscores.

    May be empty, for a name without a letter or digit of the Latin alphabet.
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
