"""Entities that show and set how much energy a car needs and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from smart_charging.entities.publish import EntityDescription

TARGET_ENERGY, READY_BY = "target_energy", "ready_by"
MAX_ENERGY_KWH = 500
READY_BY_PATTERN = r"([01]\d|2[0-3]):[0-5]\d"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedView:
    """What these entities show."""

    energy_kwh: float | None
    """None where the need is given as a state of charge or as hours."""
    ready_by: time | None
    """The next departure in local time."""
    mode: str = "smart"
    """`smart`, `now` or `off`."""
    is_smart: bool = True
    """Whether the scheduler follows its plan: the mode is `smart` and there is no manual override."""


NEED_ENTITIES: tuple[EntityDescription[NeedView], ...] = (
    EntityDescription(
        domain="number",
        key=TARGET_ENERGY,
        name="target energy",
        value=lambda view: view.energy_kwh,
        unit="kWh",
        device_class="energy",
        icon="mdi:battery-charging-high",
        limits={"min": 0, "max": MAX_ENERGY_KWH, "step": 0.1, "mode": "box"},
    ),
    EntityDescription(
        domain="text",  # Home Assistant discovers no time entity through MQTT
        key=READY_BY,
        name="ready by",
        value=lambda view: f"{view.ready_by:%H:%M}" if view.ready_by else None,
        icon="mdi:clock-end",
        limits={"min": 5, "max": 5, "pattern": f"^{READY_BY_PATTERN}$"},
    ),
)
