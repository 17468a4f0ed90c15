"""A charger as the dashboard shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from smart_charging.charger import Charger
from smart_charging.entities.helpers import HELPERS
from smart_charging.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCharger:
    """Its name, and the ids of its entities."""

    label: str
    """Never empty, and on one line."""
    slug: str
    settings: Mapping[str, str]
    """By argument, the entity that a person sets it with; what has none is not shown."""
    has_mqtt: bool

    @classmethod
    def of(cls, charger: Charger, slug: str, settings: Mapping[str, str], *, has_mqtt: bool) -> Self:
        """With MQTT its settings are entities of its own."""
        rows = HELPERS if has_mqtt else ()
        own = {helper.argument: f"{helper.mqtt_domain}.{slug}_{helper.key}" for helper in rows}
        label = printable(charger.name) or charger.id
        return cls(label=label, slug=slug, settings={**settings, **own}, has_mqtt=has_mqtt)

    @property
    def path(self) -> str:
        """Of its view."""
        return self.slug.replace("_", "-")

    def entity(self, key: str, domain: str = "sensor") -> str:
        """The id of one of its entities."""
        return f"{domain}.{self.slug}_{key}"
