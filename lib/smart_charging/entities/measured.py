"""Entities for what only some clouds measure, and for the current where it can be set."""

from __future__ import annotations

from smart_charging.charger import ChargerState, Phase
from smart_charging.entities.charger_view import ChargerView
from smart_charging.entities.publish import EntityDescription

_PHASES = ("L1", "L2", "L3")


def _is_reached(view: ChargerView) -> bool:
    """What was measured before a charger went offline says nothing of now."""
    return view.charger.state is not ChargerState.OFFLINE


def _phase(view: ChargerView, name: str) -> Phase | None:
    return next((phase for phase in view.charger.phases if phase.name == name), None)


def _voltage(name: str) -> EntityDescription[ChargerView]:
    return EntityDescription(
        domain="sensor",
        key=f"voltage_{name.lower()}",
        name=f"voltage {name}",
        value=lambda view: phase.voltage_v if (phase := _phase(view, name)) else None,
        is_known=_is_reached,
        digits=1,
        unit="V",
        device_class="voltage",
        state_class="measurement",
        is_optional=True,
    )


def _current(name: str) -> EntityDescription[ChargerView]:
    return EntityDescription(
        domain="sensor",
        key=f"current_{name.lower()}",
        name=f"current {name}",
        value=lambda view: phase.current_a if (phase := _phase(view, name)) else None,
        is_known=_is_reached,
        digits=2,
        unit="A",
        device_class="current",
        state_class="measurement",
        is_optional=True,
    )


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
    *(_voltage(name) for name in _PHASES),
    *(_current(name) for name in _PHASES),
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
