"""Tables of entities, and the one who keeps them current in Home Assistant."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

Value = str | float | bool | datetime | None
T = TypeVar("T")

UNAVAILABLE = "unavailable"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What entities belong to: a charger, or the account."""

    id: str
    """Stays, whatever the name becomes."""
    slug: str
    """The word its entity ids begin with."""
    name: str
    model: str
    manufacturer: str = ""
    firmware: str | None = None
    is_available: bool = True
    """False takes all its entities along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity as it is to stand in Home Assistant."""

    device: Device
    domain: str
    key: str
    """With the domain, unique in its device."""
    name: str
    """Without the device's own."""
    state: Value
    """None is unknown; `UNAVAILABLE` is Home Assistant's own word."""
    traits: Mapping[str, object]
    """What it is: unit, classes, icon and such, under Home Assistant's names."""
    attributes: Mapping[str, object]
    """What it tells beside its state."""
    needs_listener: bool = False
    """Whether it is of no use where nobody hears what people do to it."""

    @property
    def entity_id(self) -> str:
        """As people write it; with MQTT they may have changed it."""
        return f"{self.domain}.{self.device.slug}_{self.key}"


EntityKey = tuple[str, str]
"""Domain and key."""


class StateWriter(Protocol):
    """Where entities go; raises nothing, a Home Assistant that is away gets them later."""

    async def write(self, entity: Entity, *, known: Entity | None) -> None:
        """Create or replace the entity, attributes included.

        Args:
            entity: As it is to stand.
            known: As it was written last; None when it may be gone or was never there.
        """
        ...

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        """Take the device away with these entities, also those that were never there."""
        ...


def _always(_: object) -> bool:
    return True


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
    limits: Mapping[str, object] = field(default_factory=dict)
    """Of what people may set: a number's min, max and step, a text's pattern."""
    is_known: Callable[[T], bool] = _always
    """Whether there is any way to tell; the entity is unavailable while there is none."""
    is_optional: bool = False
    """Whether the entity appears only once there is something to show."""
    needs_listener: bool = False
    """Whether it is left out by a writer that hears nothing back."""

    def render(self, thing: T, device: Device, *, is_available: bool = True) -> Entity:
        """The entity of one thing; an unavailable one keeps what it is, not what it last said."""
        has_words = device.is_available and is_available and self.is_known(thing)
        return Entity(
            device=device,
            domain=self.domain,
            key=self.key,
            name=self.name,
            state=self.value(thing) if has_words else UNAVAILABLE,
            traits=self._traits(thing),
            attributes=self.attributes(thing) if has_words else {},
            needs_listener=self.needs_listener,
        )

    def _traits(self, thing: T) -> dict[str, object]:
        found: dict[str, object] = {
            "unit_of_measurement": self.unit(thing) if callable(self.unit) else self.unit,
            "device_class": self.device_class,
            "state_class": self.state_class,
            "icon": self.icon,
            "options": list(self.options) or None,
            **self.limits,
        }
        return {key: value for key, value in found.items() if value is not None}


class Publisher:
    """Writes what changed, and all of it again when Home Assistant has forgotten it."""

    def __init__(self, writer: StateWriter) -> None:
        self._writer = writer
        self._shown: dict[str, Entity] = {}
        self._devices: dict[str, Device] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """One word at a time about each entity, so that the newest is the last."""

    async def publish(
        self, table: Sequence[EntityDescription[T]], thing: T, device: Device, *, is_available: bool = True
    ) -> None:
        """Bring every entity of the table up to date."""
        for description in table:
            entity = description.render(thing, device, is_available=is_available)
            is_new = entity.entity_id not in self._shown
            if not (description.is_optional and is_new and entity.state in {None, UNAVAILABLE}):
                await self.show(entity)

    async def show(self, entity: Entity) -> None:
        """Write one entity, unless it already stands like this."""
        self._devices[entity.device.id] = entity.device
        async with self._turns[entity.entity_id]:
            known = self._shown.get(entity.entity_id)
            if known != entity:
                self._shown[entity.entity_id] = entity
                await self._writer.write(entity, known=known)

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        """Take a device away that will not come back."""
        self._shown = {key: entity for key, entity in self._shown.items() if entity.device.id != device.id}
        await self._writer.remove(device, keys)

    async def republish(self) -> None:
        """Write everything once more: a Home Assistant or a broker that restarted has lost it."""
        for entity_id in list(self._shown):
            async with self._turns[entity_id]:
                if entity := self._shown.get(entity_id):
                    device = self._devices[entity.device.id]  # what an entity says of it may be older
                    await self._writer.write(replace(entity, device=device), known=None)


def slug(text: str) -> str:
    """The part of an entity id that people recognise: small letters, digits and single underscores.

    May be empty, for a name without a letter or digit of the Latin alphabet.
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
