"""What Home Assistant shows of a charger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.entities.publish import UNKNOWN, EntityDescription

CHARGER_ENTITIES: tuple[EntityDescription[Charger], ...] = (
    EntityDescription(
        domain="sensor",
        key="state",
        name="state",
        value=lambda charger: charger.state,
        attributes=lambda charger: {
            "charge_point_id": charger.id,
            "cloud_state": charger.cloud_state,
            "max_power_kw": charger.max_power_kw,
        },
        device_class="enum",
        options=[state.value for state in ChargerState],
        icon="mdi:ev-station",
    ),
    EntityDescription(
        domain="binary_sensor",
        key="cable",
        name="cable",
        value=lambda charger: charger.is_plugged_in,
        device_class="plug",
    ),
    EntityDescription(
        domain="sensor",
        key="meter",
        name="meter",
        value=lambda charger: charger.meter_kwh,
        unit="kWh",
        device_class="energy",
        state_class="total_increasing",  # Home Assistant takes a fall for a new meter, which is what some chargers do
    ),
    EntityDescription(
        domain="sensor",
        key="last_charge",
        name="last charge",
        value=lambda charger: charger.last_charge.state if charger.last_charge else None,
        attributes=lambda charger: charge_attributes(charger.last_charge),
        device_class="enum",
        options=[state.value for state in ChargeState],
        icon="mdi:car-electric",
    ),
    EntityDescription(
        domain="sensor",
        key="visibility",
        name="visibility",
        value=lambda charger: charger.visibility,
        device_class="enum",
        options=["public", "private", UNKNOWN],
        icon="mdi:eye",
    ),
    EntityDescription(
        domain="sensor",
        key="type",
        name="type",
        value=lambda charger: charger.type,
        device_class="enum",
        options=["ac", "dc", UNKNOWN],
        icon="mdi:current-ac",
    ),
)


def charge_attributes(charge: Charge | None) -> Mapping[str, object]:
    """Every fact the cloud told about the charge; what it did not tell is left out."""
    if charge is None:
        return {}
    facts = {key: value for key, value in asdict(charge).items() if value is not None and key not in ("id", "state")}
    return {"charge_id": charge.id, "charge_point_id": facts.pop("charger_id")} | facts
