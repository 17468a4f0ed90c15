"""Descriptions of entities, and the publisher that keeps them up to date in Home Assistant."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

Value = str | float | bool | datetime | None
T = TypeVar("T")

UNAVAILABLE = "unavailable"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The device that entities belong to: a charger, or the account."""

    id: str
    """Stays the same when the device is renamed."""
    slug: str
    """Its entity ids begin with it, after the domain."""
    name: str
    model: str
    manufacturer: str = ""
    firmware: str | None = None
    portal: str | None = None
    """Where people manage it, as a URL."""
    via: str | None = None
    """The id of the device it is a part of, which has entities already."""
    is_available: bool = True
    """False makes all its entities unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity as it should be in Home Assistant."""

    device: Device
    domain: str
    key: str
    """Together with the domain unique in its device."""
    name: str
    """Without the device's name."""
    state: Value
    """None is written as `unknown`; `UNAVAILABLE` as it is."""
    traits: Mapping[str, object]
    """Unit, device class, icon and so on, under Home Assistant's names."""
    attributes: Mapping[str, object]
    """Its state attributes."""
    needs_listener: bool = False
    """Whether it is useless without a listener for commands."""
    is_stand_in: bool = False
    """Whether it stands in for an entity that only some writers can have, such as an image."""
    entity_id: str = field(init=False)
    """As we propose it; with MQTT people can change it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "entity_id", f"{self.domain}.{self.device.slug}_{self.key}")


EntityKey = tuple[str, str]
"""Domain and key."""


class Change(NamedTuple):
    """An entity to be written."""

    entity: Entity
    """The new version."""
    known: Entity | None
    """The version written last; None for a new entity, or when Home Assistant may have lost it."""


class StateWriter(Protocol):
    """Writes entities to Home Assistant; raises nothing, and while Home Assistant is away they are written later."""

    async def write(self, changes: Sequence[Change]) -> None:
        """Create or replace entities in this order, attributes included."""
        ...

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        """Remove the device with these entities, including those that never existed."""
        ...


def _always(_: object) -> bool:
    return True


def _nothing(_: object) -> Mapping[str, object]:
    return {}


def _untold(_: object) -> None:
    """Buttons have no value: Home Assistant itself keeps when one was pressed last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityDescription(Generic[T]):
    """How one entity is made of a view such as `ChargerView`."""

    domain: str
    key: str
    """End of the entity id."""
    name: str
    """Home Assistant puts the device's name before it."""
    value: Callable[[T], Value] = _untold
    digits: int | None = None
    """Decimals that a number is rounded to; -0.0 becomes 0.0."""
    attributes: Callable[[T], Mapping[str, object]] = _nothing
    unit: Callable[[T], str | None] | str | None = None
    device_class: str | None = None
    state_class: str | None = None
    icon: str | None = None
    category: str | None = None
    """`config` or `diagnostic`, for what Home Assistant shows apart from the rest."""
    options: Callable[[T], Sequence[str]] | Sequence[str] = field(default=())
    limits: Callable[[T], Mapping[str, object]] | Mapping[str, object] = field(default_factory=dict)
    """Limits on what people may enter: a number's min, max and step, a text's pattern."""
    exists: Callable[[T], bool] = _always
    """Whether the thing has this at all; if it once had, the entity is unavailable."""
    is_known: Callable[[T], bool] = _always
    """Whether the value can be known; the entity is unavailable while it cannot."""
    is_optional: bool = False
    """Whether the entity appears only once there is something to show."""
    needs_listener: bool = False
    """Whether a writer that receives no commands leaves it out."""
    is_stand_in: bool = False
    """Whether it stands in for an entity that only some writers can have; those leave it out."""
    is_disabled_at_first: bool = False
    """Whether people who want it have to enable it, because another entity does the same."""
    _traits: Mapping[str, object] = field(init=False, repr=False)
    """Those that do not depend on the view; made once, as every read renders every entity."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_traits", self._lasting_traits())

    def render(self, thing: T, device: Device, *, is_available: bool = True) -> Entity:
        """The entity for one view; an unavailable one keeps its traits but not its state and attributes."""
        has_state = device.is_available and is_available and self.exists(thing) and self.is_known(thing)
        return Entity(
            device=device,
            domain=self.domain,
            key=self.key,
            name=self.name,
            state=self._state(thing) if has_state else UNAVAILABLE,
            traits={**self._traits, **changing} if (changing := self._changing_traits(thing)) else self._traits,
            attributes=self.attributes(thing) if has_state else {},
            needs_listener=self.needs_listener,
            is_stand_in=self.is_stand_in,
        )

    def _state(self, thing: T) -> Value:
        value = self.value(thing)
        return round(value, self.digits) + 0.0 if self.digits is not None and isinstance(value, float) else value

    def _changing_traits(self, thing: T) -> Mapping[str, object]:
        found: dict[str, object] = {
            **({"unit_of_measurement": self.unit(thing)} if callable(self.unit) else {}),
            **({"options": list(self.options(thing))} if callable(self.options) else {}),
            **(self.limits(thing) if callable(self.limits) else {}),
        }
        return {key: value for key, value in found.items() if value is not None}

    def _lasting_traits(self) -> Mapping[str, object]:
        found: dict[str, object] = {
            "unit_of_measurement": None if callable(self.unit) else self.unit,
            "device_class": self.device_class,
            "state_class": self.state_class,
            "icon": self.icon,
            "entity_category": self.category,
            "enabled_by_default": False if self.is_disabled_at_first else None,
            "options": None if callable(self.options) else list(self.options) or None,
            **({} if callable(self.limits) else self.limits),
        }
        return {key: value for key, value in found.items() if value is not None}


class Publisher:
    """Writes the entities that changed, and all of them again when Home Assistant has lost them."""

    def __init__(self, writer: StateWriter) -> None:
        self._writer = writer
        self._shown: dict[str, Entity] = {}
        self._devices: dict[str, Device] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """One write at a time per device, so that the newest comes last."""
        self._last: dict[tuple[object, ...], tuple[object, Device, bool]] = {}
        """By device and first row of the table: what was published last."""

    @property
    def shown(self) -> Collection[Entity]:
        """All entities as last written."""
        return self._shown.values()

    async def publish(
        self, table: Sequence[EntityDescription[T]], thing: T, device: Device, *, is_available: bool = True
    ) -> None:
        """Bring every entity of the table up to date.

        Args:
            thing: Never changed later: what is equal to the last one is not looked at again.
        """
        place, news = (device.id, *((row.domain, row.key) for row in table[:1])), (thing, device, is_available)
        if self._last.get(place) == news:  # most reads bring nothing new, and rendering takes time
            return
        entities = [(row, row.render(thing, device, is_available=is_available)) for row in table]
        self._devices[device.id] = device
        async with self._turns[device.id]:
            changes = [change for row, entity in entities if (change := self._change(row, entity, thing))]
            self._last[place] = news
            if changes:
                self._shown |= {change.entity.entity_id: change.entity for change in changes}
                await self._writer.write(changes)

    def _change(self, row: EntityDescription[T], entity: Entity, thing: T) -> Change | None:
        """None when nothing changed, or when an entity that may be missing has nothing to show yet."""
        known = self._shown.get(entity.entity_id)
        has_nothing_yet = row.is_optional and entity.state in {None, UNAVAILABLE}
        if known is None and (has_nothing_yet or not row.exists(thing)):
            return None
        return None if known == entity else Change(entity, known)

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        """Remove a device that will not come back."""
        async with self._turns[device.id]:
            self._shown = {key: entity for key, entity in self._shown.items() if entity.device.id != device.id}
            self._last = {place: last for place, last in self._last.items() if place[0] != device.id}
            await self._writer.remove(device, keys)

    async def republish(self) -> None:
        """Write everything again after Home Assistant or the broker restarted."""
        for device_id, device in list(self._devices.items()):
            async with self._turns[device_id]:
                shown = [entity for entity in self._shown.values() if entity.device.id == device_id]
                # the entity's own copy of the device may be out of date
                await self._writer.write([Change(replace(entity, device=device), None) for entity in shown])


def slug(text: str) -> str:
    """A name as part of an entity id: small letters, digits and single underscores.

    Empty for a name without any Latin letter or digit.
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
