"""Entities that show and set the charging mode."""

from __future__ import annotations

from collections.abc import Mapping

from smart_charging.entities.command import OFF, ON
from smart_charging.entities.need import NeedView
from smart_charging.entities.publish import EntityDescription
from smart_charging.mode import Mode

MODE, SMART_CHARGING = "mode", "smart_charging"

MODE_COMMANDS: Mapping[tuple[str, str], str] = {
    **{(MODE, mode): mode for mode in Mode},
    (SMART_CHARGING, ON): Mode.SMART,
    (SMART_CHARGING, OFF): Mode.OFF,
}
"""The mode to set, by key and payload; `smart` also ends a manual override."""

MODE_ENTITIES: tuple[EntityDescription[NeedView], ...] = (
    EntityDescription(
        domain="select",
        key=MODE,
        name="charging mode",
        value=lambda view: view.mode,
        options=tuple(Mode),
        icon="mdi:ev-station",
    ),
    EntityDescription(
        domain="switch",
        key=SMART_CHARGING,
        name="smart charging",
        value=lambda view: view.is_smart,
        icon="mdi:auto-mode",
        needs_listener=True,
        is_disabled_at_first=True,
    ),
)
