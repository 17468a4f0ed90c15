"""What a car needs, as a person sees and sets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from smart_charging.entities.publish import EntityDescription

TARGET_ENERGY, READY_BY = "target_energy", "ready_by"
MAX_ENERGY_KWH = 500
READY_BY_PATTERN = r"([01]\d|2[0-3]):[0-5]\d"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedView:
    """A need as its entities show it."""

    energy_kwh: float | None
    """None where state of charge or hours say it."""
    ready_by: time | None
    """Local wall time of the next departure."""
    mode: str = "smart"
    """`smart`, `now` or `off`."""
    is_smart: bool = True
    """Whether the scheduler goes by its plan: the mode is `smart`, and no person's hand overrules it."""


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
