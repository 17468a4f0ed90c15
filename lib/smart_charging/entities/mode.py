"""How much the scheduler may do, as a person sees and sets it."""

from __future__ import annotations

from collections.abc import Mapping

from smart_charging.entities.mqtt import OFF, ON
from smart_charging.entities.need import NeedView
from smart_charging.entities.publish import EntityDescription

SMART_MODE, NOW_MODE, OFF_MODE = "smart", "now", "off"
MODES = (SMART_MODE, NOW_MODE, OFF_MODE)
"""The first is what a new helper of Home Assistant shows."""
MODE, SMART_CHARGING = "mode", "smart_charging"

MODE_COMMANDS: Mapping[tuple[str, str], str] = {
    **{(MODE, mode): mode for mode in MODES},
    (SMART_CHARGING, ON): SMART_MODE,
    (SMART_CHARGING, OFF): OFF_MODE,
}
"""The mode that a person asks for, by key and payload; `smart` also ends what a person's hand began."""

MODE_ENTITIES: tuple[EntityDescription[NeedView], ...] = (
    EntityDescription(
        domain="select",
        key=MODE,
        name="charging mode",
        value=lambda view: view.mode,
        options=MODES,
        icon="mdi:ev-station",
    ),
    EntityDescription(
        domain="switch",
        key=SMART_CHARGING,
        name="smart charging",
        value=lambda view: view.is_smart,
        icon="mdi:auto-mode",
        needs_listener=True,
    ),
)
