"""Tables of entities, and the one who keeps them current in Home Assistant."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

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
    entity_id: str = field(init=False)
    """As people write it; with MQTT they may have changed it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "entity_id", f"{self.domain}.{self.device.slug}_{self.key}")


EntityKey = tuple[str, str]
"""Domain and key."""


class Change(NamedTuple):
    """An entity that is to be written."""

    entity: Entity
    """As it is to stand."""
    known: Entity | None
    """As it was written last; None when it may be gone or was never there."""


class StateWriter(Protocol):
    """Where entities go; raises nothing, a Home Assistant that is away gets them later."""

    async def write(self, changes: Sequence[Change]) -> None:
        """Create or replace entities one after the other, attributes included."""
        ...

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        """Take the device away with these entities, also those that were never there."""
        ...


def _always(_: object) -> bool:
    return True


def _nothing(_: object) -> Mapping[str, object]:
    return {}


def _untold(_: object) -> None:
    """When a button was pressed last is Home Assistant's to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityDescription(Generic[T]):
    """How one entity is made of a thing."""

    domain: str
    key: str
    """End of the entity id."""
    name: str
    """What it is, in a person's words; the thing's own name is put before it."""
    value: Callable[[T], Value] = _untold
    digits: int | None = None
    """Decimals that a number is rounded to; 0.0 stands for -0.0, too."""
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
            state=self._state(thing) if has_words else UNAVAILABLE,
            traits=self._traits(thing),
            attributes=self.attributes(thing) if has_words else {},
            needs_listener=self.needs_listener,
        )

    def _state(self, thing: T) -> Value:
        value = self.value(thing)
        return round(value, self.digits) + 0.0 if self.digits is not None and isinstance(value, float) else value

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
        """One word at a time about each device, so that the newest is the last."""

    async def publish(
        self, table: Sequence[EntityDescription[T]], thing: T, device: Device, *, is_available: bool = True
    ) -> None:
        """Bring every entity of the table up to date."""
        entities = [(row, row.render(thing, device, is_available=is_available)) for row in table]
        self._devices[device.id] = device
        async with self._turns[device.id]:
            changes = [change for row, entity in entities if (change := self._change(row, entity))]
            if changes:
                self._shown |= {change.entity.entity_id: change.entity for change in changes}
                await self._writer.write(changes)

    def _change(self, row: EntityDescription[T], entity: Entity) -> Change | None:
        """None when it already stands like this, or has nothing to show yet."""
        known = self._shown.get(entity.entity_id)
        has_nothing_yet = row.is_optional and known is None and entity.state in {None, UNAVAILABLE}
        return None if known == entity or has_nothing_yet else Change(entity, known)

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        """Take a device away that will not come back."""
        async with self._turns[device.id]:
            self._shown = {key: entity for key, entity in self._shown.items() if entity.device.id != device.id}
            await self._writer.remove(device, keys)

    async def republish(self) -> None:
        """Write everything once more: a Home Assistant or a broker that restarted has lost it."""
        for device_id, device in list(self._devices.items()):
            async with self._turns[device_id]:
                shown = [entity for entity in self._shown.values() if entity.device.id == device_id]
                # what an entity says of its device may be older
                await self._writer.write([Change(replace(entity, device=device), None) for entity in shown])


def slug(text: str) -> str:
    """The part of an entity id that people recognise: small letters, digits and single underscores.

    May be empty, for a name without a letter or digit of the Latin alphabet.
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
