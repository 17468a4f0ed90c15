"""Entities for a charger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter

from smart_charging.charger import Charge, ChargerState, ChargeState
from smart_charging.entities.charger_view import ChargerView
from smart_charging.entities.measured import MEASURED_ENTITIES
from smart_charging.entities.publish import UNKNOWN, EntityDescription

_sees_charges: Callable[[ChargerView], bool] = attrgetter("charger.may_see_charges")

CHARGER_ENTITIES: tuple[EntityDescription[ChargerView], ...] = (
    EntityDescription(
        domain="sensor",
        key="state",
        name="state",
        value=lambda view: view.charger.state,
        attributes=lambda view: {
            "charge_point_id": view.charger.id,
            "cloud_state": view.charger.cloud_state,
            "max_power_kw": view.charger.max_power_kw,
            **({"held_by": view.charger.held_by} if view.charger.held_by else {}),
        },
        device_class="enum",
        options=[state.value for state in ChargerState],
        icon="mdi:ev-station",
    ),
    EntityDescription(
        domain="binary_sensor",
        key="cable",
        name="cable",
        value=lambda view: view.charger.is_plugged_in,
        device_class="plug",
    ),
    EntityDescription(
        domain="binary_sensor",
        key="charging",
        name="charging",
        value=lambda view: view.charger.state is ChargerState.CHARGING,
        device_class="battery_charging",
    ),
    EntityDescription(
        domain="binary_sensor",
        key="online",
        name="online",
        value=lambda view: view.charger.is_reached,
        device_class="connectivity",
        category="diagnostic",
    ),
    EntityDescription(
        domain="binary_sensor",
        key="problem",
        name="problem",
        value=lambda view: view.problem is not None,
        attributes=lambda view: {"reason": view.problem},
        device_class="problem",
    ),
    EntityDescription(
        domain="sensor",
        key="power",
        name="power",
        is_known=_sees_charges,
        value=lambda view: view.power_kw,
        digits=2,
        attributes=lambda view: {"is_estimate": view.is_power_estimated},
        unit="kW",
        device_class="power",
        state_class="measurement",
    ),
    EntityDescription(
        domain="sensor",
        key="energy",
        name="energy",
        is_known=_sees_charges,
        value=lambda view: view.total_kwh,
        digits=3,
        unit="kWh",
        device_class="energy",
        state_class="total_increasing",
    ),
    EntityDescription(
        domain="sensor",
        key="session_energy",
        name="session energy",
        is_known=_sees_charges,
        value=lambda view: view.session_kwh,
        digits=3,
        unit="kWh",
        device_class="energy",
        state_class="total_increasing",
    ),
    EntityDescription(
        domain="sensor",
        key="session_duration",
        name="session charging time",
        is_known=_sees_charges,
        value=lambda view: view.session_minutes,
        digits=0,
        unit="min",
        device_class="duration",
    ),
    EntityDescription(
        domain="sensor",
        key="session_cost",
        name="session cost",
        is_known=_sees_charges,
        value=lambda view: view.session_cost,
        digits=2,
        unit=lambda view: view.currency,
        device_class="monetary",
        state_class="total",
    ),
    EntityDescription(
        domain="sensor",
        key="session_price",
        name="session average price",
        is_known=_sees_charges,
        value=lambda view: view.session_price_per_kwh,
        digits=4,
        unit=lambda view: f"{view.currency}/kWh" if view.currency else None,
        icon="mdi:cash",
    ),
    EntityDescription(
        domain="sensor",
        key="session_paid",
        name="session paid",
        is_known=_sees_charges,
        value=lambda view: view.session_paid,
        digits=2,
        unit=lambda view: view.currency,
        device_class="monetary",
        state_class="total",
        is_optional=True,
    ),
    EntityDescription(
        domain="sensor",
        key="soc",
        name="state of charge",
        is_known=_sees_charges,
        value=lambda view: view.last_charge.soc_percent if view.last_charge else None,
        unit="%",
        device_class="battery",
        state_class="measurement",
        is_optional=True,
    ),
    EntityDescription(
        domain="sensor",
        key="meter",
        name="meter",
        value=lambda view: view.charger.meter_kwh,
        unit="kWh",
        device_class="energy",
        state_class="total_increasing",  # Home Assistant takes a drop for a reset; some chargers count each charge anew
        category="diagnostic",
    ),
    EntityDescription(
        domain="sensor",
        key="last_charge",
        name="last charge",
        is_known=_sees_charges,
        value=lambda view: view.last_charge.state if view.last_charge else None,
        attributes=lambda view: charge_attributes(view.last_charge),
        device_class="enum",
        options=[state.value for state in ChargeState],
        icon="mdi:car-electric",
    ),
    EntityDescription(
        domain="sensor",
        key="visibility",
        name="visibility",
        value=lambda view: view.charger.visibility,
        device_class="enum",
        options=["public", "private", UNKNOWN],
        icon="mdi:eye",
        category="diagnostic",
    ),
    EntityDescription(
        domain="sensor",
        key="type",
        name="type",
        value=lambda view: view.charger.type,
        device_class="enum",
        options=["ac", "dc", UNKNOWN],
        icon="mdi:current-ac",
        category="diagnostic",
    ),
    *MEASURED_ENTITIES,
)

_CHARGE_ATTRIBUTES = tuple(field.name for field in fields(Charge) if field.name not in {"id", "state", "updated_at"})


def charge_attributes(charge: Charge | None) -> Mapping[str, object]:
    """All the cloud reports about the charge; what it does not report is left out."""
    if charge is None:
        return {}
    named = ((key, getattr(charge, key)) for key in _CHARGE_ATTRIBUTES)  # asdict would copy every value deeply
    known = {key: value for key, value in named if value is not None}
    return {"charge_id": charge.id, "charge_point_id": known.pop("charger_id")} | known
