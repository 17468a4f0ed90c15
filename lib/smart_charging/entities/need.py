"""Entities that show and set what a car needs, by when, and with which reservations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from smart_charging.entities.publish import EntityDescription

TARGET_ENERGY, READY_BY = "target_energy", "ready_by"
MAX_ENERGY_KWH = 500
READY_BY_PATTERN = r"([01]\d|2[0-3]):[0-5]\d"
READY_BY_ONCE, MINIMUM_ENERGY, PRICE_LIMIT, ONE_BLOCK = "ready_by_once", "minimum_energy", "price_limit", "one_block"
NOT_SET = "none"
"""Entered in place of a moment."""
NO_LIMIT_PER_KWH = -1
"""The price limit's minimum, where a new helper starts: it means no limit, so that the car is charged.

Whatever a helper's `min` is counts as no limit; where prices can be as low as -1, `min` has to be lower.
"""


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
    ready_by_once: datetime | None = None
    """In local time; None where none is set, or it has passed."""
    minimum_kwh: float | None = None
    price_limit: float | None = None
    one_block: bool = False


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
    EntityDescription(
        domain="text",
        key=READY_BY_ONCE,
        name="ready by, once",
        value=lambda view: f"{view.ready_by_once:%Y-%m-%d %H:%M}" if view.ready_by_once else NOT_SET,
        icon="mdi:calendar-clock",
        category="config",
        limits={"min": 4, "max": 16, "pattern": rf"^(\d{{4}}-\d\d-\d\d {READY_BY_PATTERN}|{NOT_SET})$"},
    ),
    EntityDescription(
        domain="number",
        key=MINIMUM_ENERGY,
        name="minimum now",
        value=lambda view: view.minimum_kwh,
        unit="kWh",
        device_class="energy",
        icon="mdi:battery-alert",
        category="config",
        limits={"min": 0, "max": MAX_ENERGY_KWH, "step": 0.1, "mode": "box"},
    ),
    EntityDescription(
        domain="number",
        key=PRICE_LIMIT,
        name="price limit",
        value=lambda view: view.price_limit,
        unit="per kWh",
        icon="mdi:cash-lock",
        category="config",
        limits={"min": NO_LIMIT_PER_KWH, "max": 1000, "step": 0.01, "mode": "box"},
    ),
    EntityDescription(
        domain="switch",
        key=ONE_BLOCK,
        name="in one block",
        value=lambda view: view.one_block,
        icon="mdi:ray-start-end",
        category="config",
        needs_listener=True,
    ),
)
