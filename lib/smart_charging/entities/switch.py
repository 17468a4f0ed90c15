"""A charger's switch and buttons; the switch shows the last command until the charger has carried it out."""

from __future__ import annotations

from dataclasses import dataclass

from smart_charging.charger import Charger
from smart_charging.entities.publish import EntityDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchView:
    """What a charger's switch shows."""

    charger: Charger
    is_on: bool
    is_pending: bool
    """A command is on its way; `is_on` is what it asks for."""
    started_by: str | None = None
    """`us`, `person` or `other`; None when no charge runs."""


def _may_be_commanded(view: SwitchView) -> bool:
    return view.charger.may_be_commanded


CHARGING_SWITCH: tuple[EntityDescription[SwitchView], ...] = (
    EntityDescription(
        domain="switch",
        key="charging",
        name="charging",
        value=lambda view: view.is_on,
        attributes=lambda view: {
            "charge_point_id": view.charger.id,
            "pending": view.is_pending,
            "started_by": view.started_by,
        },
        icon="mdi:ev-plug-type2",
        exists=_may_be_commanded,
    ),
)

CHARGING_BUTTONS: tuple[EntityDescription[SwitchView], ...] = (
    EntityDescription(
        domain="button", key="start_charging", name="start charging", icon="mdi:play", exists=_may_be_commanded
    ),
    EntityDescription(
        domain="button", key="stop_charging", name="stop charging", icon="mdi:stop", exists=_may_be_commanded
    ),
)

CHARGING_CONTROLS = (*CHARGING_SWITCH, *CHARGING_BUTTONS)
