"""Entities for what only some clouds measure, and for the current where it can be set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from smart_charging.charger import Phase
from smart_charging.entities.charger_view import ChargerView
from smart_charging.entities.publish import EntityDescription

_PHASES = ("L1", "L2", "L3")


def _is_reached(view: ChargerView) -> bool:
    """What was measured before a charger went offline says nothing of now."""
    return view.charger.is_reached


def _of_each_phase(
    key: str, unit: str, *, digits: int, read: Callable[[Phase], float | None]
) -> Sequence[EntityDescription[ChargerView]]:
    return [
        EntityDescription(
            domain="sensor",
            key=f"{key}_{name.lower()}",
            name=f"{key} {name}",
            value=partial(_in_phase, name, read),
            is_known=_is_reached,
            digits=digits,
            unit=unit,
            device_class=key,
            state_class="measurement",
            is_optional=True,
        )
        for name in _PHASES
    ]


def _in_phase(name: str, read: Callable[[Phase], float | None], view: ChargerView) -> float | None:
    return next((read(phase) for phase in view.charger.phases if phase.name == name), None)


def _measured_w(view: ChargerView) -> float | None:
    return None if view.power_kw is None or view.is_power_estimated else view.power_kw * 1000


MEASURED_ENTITIES: tuple[EntityDescription[ChargerView], ...] = (
    EntityDescription(
        domain="sensor",
        key="measured_power",
        name="measured power",
        value=_measured_w,
        is_known=_is_reached,
        digits=0,
        unit="W",
        device_class="power",
        state_class="measurement",
        is_optional=True,
    ),
    EntityDescription(
        domain="sensor",
        key="lifetime_energy",
        name="lifetime energy",
        value=lambda view: view.charger.lifetime_kwh,
        digits=3,
        unit="kWh",
        device_class="energy",
        state_class="total_increasing",
        is_optional=True,
    ),
    EntityDescription(
        domain="sensor",
        key="current_limit",
        name="current limit",
        value=lambda view: view.charger.current_limit_a,
        digits=1,
        unit="A",
        device_class="current",
        is_optional=True,
    ),
    *_of_each_phase("voltage", "V", digits=1, read=lambda phase: phase.voltage_v),
    *_of_each_phase("current", "A", digits=2, read=lambda phase: phase.current_a),
)
"""What only some clouds measure; the entities appear with the first value."""

CURRENT, LOWEST_CURRENT_A, USUAL_MOST_CURRENT_A = "charging_current", 6.0, 32.0
"""Less than 6 A ends a charge: IEC 61851."""

CURRENT_ENTITIES: tuple[EntityDescription[ChargerView], ...] = (
    EntityDescription(
        domain="number",
        key=CURRENT,
        name="charging current",
        value=lambda view: view.charger.current_limit_a,
        digits=1,
        unit="A",
        device_class="current",
        icon="mdi:current-ac",
        limits=lambda view: {
            "min": view.charger.min_current_a or LOWEST_CURRENT_A,
            "max": view.charger.max_current_a or USUAL_MOST_CURRENT_A,
            "step": 1,
            "mode": "box",
        },
        exists=lambda view: view.charger.may_be_commanded,
    ),
)
"""Of clouds that set the current."""
