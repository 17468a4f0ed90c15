"""What is shown of the CO2 that charging emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from smart_charging.entities.publish import EntityDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Co2View:
    """Of one charger; None always means that no figure is known."""

    planned_g: float | None = None
    """Of the plan's energy."""
    so_far_g: float | None = None
    """Of the session's energy so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Co2Month:
    """Of a charger's sessions that ended since a month began."""

    emitted_g: float | None = None
    """Of the sessions of which it is known; None where it is of none."""
    less_g: float | None = None
    """How much less than charging right after plugging in; negative where it was more."""
    began_at: datetime | None = None


def _kg(grams: float | None) -> float | None:
    return None if grams is None else round(grams / 1000, 3)


CO2_ENTITIES: tuple[EntityDescription[Co2Month], ...] = (
    EntityDescription(
        domain="sensor",
        key="co2_month",
        name="CO2 this month",
        value=lambda month: _kg(month.emitted_g),
        digits=2,
        attributes=lambda month: {"less_than_at_once_kg": _kg(month.less_g), "last_reset": month.began_at},
        unit="kg",
        device_class="weight",
        state_class="total",
        icon="mdi:molecule-co2",
        is_optional=True,
    ),
)
