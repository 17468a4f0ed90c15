"""Entities for a charge point whose connectors are chargers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smart_charging.charger import Charger
from smart_charging.entities.publish import EntityDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """What a charge point's entities show."""

    id: str
    name: str
    chargers: Sequence[Charger]
    """Its connectors, at least one."""

    @property
    def is_online(self) -> bool:
        """Whether the cloud reaches it."""
        return any(charger.is_reached for charger in self.chargers)


STATION_ENTITIES: tuple[EntityDescription[StationView], ...] = (
    EntityDescription(
        domain="binary_sensor",
        key="station_online",
        name="online",
        value=lambda view: view.is_online,
        attributes=lambda view: {
            "station_id": view.id,
            "connectors": [charger.id for charger in view.chargers],
        },
        device_class="connectivity",
    ),
)
