"""The entities of Charge Amps besides those of every cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from smart_charging.charger import Charger
from smart_charging.clouds.charge_amps.charger import ChargeAmpsCharger
from smart_charging.clouds.charge_amps.choices import CABLE_LOCK, DIMMER, DIMMERS, DOWN_LIGHT, MODE, RFID_LOCK
from smart_charging.clouds.charge_amps.station import MODES
from smart_charging.clouds.charge_amps.statuses import OCPP_STATUSES
from smart_charging.entities.charger_view import ChargerView
from smart_charging.entities.cloud_tables import CloudTables
from smart_charging.entities.publish import EntityDescription
from smart_charging.entities.station import StationView

T = TypeVar("T")
_UNTOLD = ChargeAmpsCharger.named("", "")


def _own(charger: Charger) -> ChargeAmpsCharger:
    return charger if isinstance(charger, ChargeAmpsCharger) else _UNTOLD  # type: ignore[return-value]


def _of(view: ChargerView) -> ChargeAmpsCharger:
    return _own(view.charger)


def _first(view: StationView) -> ChargeAmpsCharger:
    """All connectors of a charge point tell the same of it."""
    return _own(view.chargers[0])


def _is_told(value: Callable[[ChargeAmpsCharger], object]) -> Callable[[ChargerView], bool]:
    """An entity for what a charger has and this login may set."""
    return lambda view: _of(view).may_be_set and value(_of(view)) is not None


def _is_there(value: Callable[[ChargeAmpsCharger], object]) -> Callable[[StationView], bool]:
    return lambda view: _first(view).may_be_set and value(_first(view)) is not None


def _is_online(view: ChargerView) -> bool:
    return view.charger.is_reached


def _is_reached(view: StationView) -> bool:
    return _first(view).station_status != "Offline"


_CHARGER: tuple[EntityDescription[ChargerView], ...] = (
    EntityDescription(
        domain="sensor",
        key="connector_status",
        name="connector status",
        value=lambda view: _of(view).connector_status,
        attributes=lambda view: {"cloud_status": view.charger.cloud_state},
        device_class="enum",
        options=list(OCPP_STATUSES),
        icon="mdi:ev-plug-type2",
        is_known=_is_online,
    ),
    EntityDescription(
        domain="select",
        key=MODE,
        name="charger mode",
        value=lambda view: _of(view).mode,
        options=list(MODES),
        icon="mdi:state-machine",
        exists=_is_told(lambda charger: charger.mode),
        is_known=_is_online,
        needs_listener=True,
    ),
    EntityDescription(
        domain="switch",
        key=CABLE_LOCK,
        name="cable lock",
        value=lambda view: _of(view).cable_lock,
        icon="mdi:lock",
        category="config",
        exists=_is_told(lambda charger: charger.cable_lock),
        is_known=_is_online,
        needs_listener=True,
    ),
    EntityDescription(
        domain="switch",
        key=RFID_LOCK,
        name="RFID lock",
        value=lambda view: _of(view).rfid_lock,
        icon="mdi:card-lock",
        category="config",
        exists=_is_told(lambda charger: charger.rfid_lock),
        is_known=_is_online,
        needs_listener=True,
    ),
    EntityDescription(
        domain="button",
        key="override_schedule",
        name="override schedule",
        icon="mdi:calendar-remove",
        exists=lambda view: _of(view).may_be_set and view.charger.held_by is not None,
        needs_listener=True,
    ),
)

_STATION: tuple[EntityDescription[StationView], ...] = (
    EntityDescription(
        domain="sensor",
        key="charger_status",
        name="charger status",
        value=lambda view: _first(view).station_status,
        device_class="enum",
        options=["Online", "Offline", "Error", "Unknown"],
        icon="mdi:cloud-check",
    ),
    EntityDescription(
        domain="sensor",
        key="firmware",
        name="firmware",
        value=lambda view: _first(view).firmware,
        category="diagnostic",
        icon="mdi:chip",
        is_optional=True,
    ),
    EntityDescription(
        domain="select",
        key=DIMMER,
        name="light",
        value=lambda view: _first(view).dimmer,
        options=list(DIMMERS),
        icon="mdi:brightness-6",
        category="config",
        exists=_is_there(lambda charger: charger.dimmer),
        is_known=_is_reached,
        needs_listener=True,
    ),
    EntityDescription(
        domain="switch",
        key=DOWN_LIGHT,
        name="down light",
        value=lambda view: _first(view).down_light,
        icon="mdi:wall-sconce-flat",
        category="config",
        exists=_is_there(lambda charger: charger.down_light),
        is_known=_is_reached,
        needs_listener=True,
    ),
    EntityDescription(
        domain="button",
        key="reboot",
        name="reboot",
        icon="mdi:restart",
        category="config",
        exists=lambda view: _first(view).may_be_set,
        needs_listener=True,
    ),
)

CHARGE_AMPS_TABLES = CloudTables(charger=_CHARGER, station=_STATION)
