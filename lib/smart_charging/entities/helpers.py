"""The helpers in the package for Home Assistant; without MQTT they are how people change settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smart_charging.entities.need import (
    MAX_ENERGY_KWH,
    MINIMUM_ENERGY,
    NO_LIMIT_PER_KWH,
    ONE_BLOCK,
    PRICE_LIMIT,
    READY_BY,
    READY_BY_ONCE,
    TARGET_ENERGY,
)
from smart_charging.mode import Mode

PACKAGE_SWITCH, PACKAGE_START, PACKAGE_STOP = "charge", "start_charging", "stop_charging"
"""How the entity ids in the package for Home Assistant end.

`charge` rather than `charging`, which is the id of our own switch: two entities cannot share an id. The buttons
may have the ids of the MQTT buttons, because with MQTT the package has none.
"""
FIRST_ENERGY_KWH, FIRST_READY_BY = 20, "07:00:00"
"""The package sets these once, in place of a new helper's 0 kWh and midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """One helper of each charger."""

    domain: str
    key: str
    """End of its entity id."""
    name: str
    argument: str
    """The argument that follows it, under one of `chargers` in apps.yaml."""
    traits: Mapping[str, object]
    """Its options in Home Assistant's YAML; never `initial`, which would reset the value at each restart."""
    mqtt_domain: str
    """Of our MQTT entity of the same key, which does the same."""


HELPERS: tuple[Helper, ...] = (
    Helper(
        domain="input_select",
        key="mode",
        name="mode",
        argument="mode",
        traits={"icon": "mdi:robot-outline", "options": tuple(Mode)},
        mqtt_domain="select",
    ),
    Helper(
        domain="input_number",
        key=TARGET_ENERGY,
        name="target energy",
        argument="energy_kwh",
        traits={
            "icon": "mdi:battery-charging-high",
            "unit_of_measurement": "kWh",
            "min": 0,
            "max": MAX_ENERGY_KWH,
            "step": 0.1,
            "mode": "box",
        },
        mqtt_domain="number",
    ),
    Helper(
        domain="input_datetime",
        key=READY_BY,
        name="ready by",
        argument="ready_by",
        traits={"icon": "mdi:clock-end", "has_date": False, "has_time": True},
        mqtt_domain="text",
    ),
    Helper(
        domain="input_datetime",
        key=READY_BY_ONCE,
        name="ready by, once",
        argument="ready_by_once",
        traits={"icon": "mdi:calendar-clock", "has_date": True, "has_time": True},
        mqtt_domain="text",
    ),
    Helper(
        domain="input_number",
        key=MINIMUM_ENERGY,
        name="minimum now",
        argument="minimum_kwh",
        traits={
            "icon": "mdi:battery-alert",
            "unit_of_measurement": "kWh",
            "min": 0,
            "max": MAX_ENERGY_KWH,
            "step": 0.1,
            "mode": "box",
        },
        mqtt_domain="number",
    ),
    Helper(
        domain="input_number",
        key=PRICE_LIMIT,
        name="price limit",
        argument="price_limit",
        traits={
            "icon": "mdi:cash-lock",
            "unit_of_measurement": "per kWh",
            "min": NO_LIMIT_PER_KWH,
            "max": 1000,
            "step": 0.01,
            "mode": "box",
        },
        mqtt_domain="number",
    ),
    Helper(
        domain="input_boolean",
        key=ONE_BLOCK,
        name="in one block",
        argument="one_block",
        traits={"icon": "mdi:ray-start-end"},
        mqtt_domain="switch",
    ),
)


def helpers(*, mqtt: bool) -> Sequence[Helper]:
    """The helpers needed: with MQTT none, for its entities do the same."""
    return () if mqtt else HELPERS
