"""The entities that Enphase has besides those of every cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from smart_charging.clouds.enphase.actions import LOG_IN_AGAIN, START_STREAM, STOP_STREAM
from smart_charging.clouds.enphase.charger import MODES_TO_CHOOSE, EnphaseCharger, Mode
from smart_charging.clouds.enphase.cloud import CHARGE_MODE
from smart_charging.clouds.enphase.vpp import EnphaseLink
from smart_charging.entities.account import AccountView
from smart_charging.entities.charger_view import ChargerView
from smart_charging.entities.cloud_tables import CloudTables
from smart_charging.entities.publish import EntityDescription

T = TypeVar("T")


def _of(read: Callable[[EnphaseCharger], T]) -> Callable[[ChargerView], T | None]:
    """A value of the charger; None for one that is known by name only."""
    return lambda view: read(view.charger) if isinstance(view.charger, EnphaseCharger) else None


def _link(view: AccountView) -> EnphaseLink | None:
    return view.link if isinstance(view.link, EnphaseLink) else None


def _modes(view: ChargerView) -> list[str]:
    """Those to choose, and the smart one for as long as it is on: it can be left, not chosen."""
    is_smart = _of(lambda charger: charger.mode)(view) is Mode.SMART
    return [*MODES_TO_CHOOSE, *([Mode.SMART] if is_smart else [])]


def _amps(key: str, name: str, read: Callable[[EnphaseCharger], float | None]) -> EntityDescription[ChargerView]:
    return EntityDescription(
        domain="sensor", key=key, name=name, value=_of(read), digits=1, unit="A", device_class="current"
    )


CHARGER_TABLE: tuple[EntityDescription[ChargerView], ...] = (
    EntityDescription(
        domain="select",
        key=CHARGE_MODE,
        name="charge mode",
        value=_of(lambda charger: charger.mode),
        options=_modes,
        icon="mdi:car-clock",
    ),
    EntityDescription(
        domain="sensor",
        key=CHARGE_MODE,
        name="charge mode",
        value=_of(lambda charger: charger.mode),
        attributes=lambda view: {"held_by": view.charger.held_by},
        device_class="enum",
        options=[*Mode],
        icon="mdi:car-clock",
    ),
    _amps("set_amps", "set amps", lambda charger: charger.level_a),
    _amps("min_amps", "min amps", lambda charger: charger.min_current_a),
    _amps("max_amps", "max amps", lambda charger: charger.max_current_a),
    EntityDescription(
        domain="sensor",
        key="daily_energy",
        name="daily energy",
        value=_of(lambda charger: charger.today_kwh),
        digits=3,
        unit="kWh",
        device_class="energy",
        state_class="total_increasing",
    ),
    EntityDescription(
        domain="sensor",
        key="phase_mode",
        name="phase mode",
        value=_of(lambda charger: charger.phase_mode),
        icon="mdi:sine-wave",
        category="diagnostic",
    ),
    EntityDescription(
        domain="sensor",
        key="status",
        name="status",
        value=_of(lambda charger: charger.service_status),
        attributes=lambda view: {"reported_at": _of(lambda charger: charger.reported_at)(view)},
        icon="mdi:information-outline",
    ),
    EntityDescription(
        domain="binary_sensor",
        key="faulted",
        name="faulted",
        value=_of(lambda charger: charger.is_faulted),
        device_class="problem",
    ),
    EntityDescription(
        domain="sensor",
        key="connector_status",
        name="connector status",
        value=_of(lambda charger: charger.connector_status),
        attributes=lambda view: {
            "reason": _of(lambda charger: charger.connector_reason)(view),
            "info": _of(lambda charger: charger.connector_info)(view),
            "safe_limit": _of(lambda charger: charger.is_at_safe_limit)(view),
        },
        icon="mdi:ev-plug-type2",
        category="diagnostic",
    ),
    EntityDescription(
        domain="binary_sensor",
        key="dynamic_load_balancing",
        name="dynamic load balancing",
        value=_of(lambda charger: charger.has_load_balancing),
        attributes=lambda view: {"acts_now": _of(lambda charger: charger.is_load_balanced)(view)},
        icon="mdi:scale-balance",
        category="diagnostic",
    ),
    EntityDescription(
        domain="sensor",
        key="connection_interface",
        name="connection interface",
        value=_of(lambda charger: charger.connection),
        icon="mdi:lan",
        category="diagnostic",
    ),
    EntityDescription(
        domain="sensor",
        key="ip_address",
        name="IP address",
        value=_of(lambda charger: charger.ip_address),
        icon="mdi:ip-network",
        category="diagnostic",
    ),
    EntityDescription(
        domain="sensor",
        key="reporting_interval",
        name="reporting interval",
        value=_of(lambda charger: charger.reporting_interval_s),
        digits=0,
        unit="s",
        device_class="duration",
        category="diagnostic",
    ),
)

ACCOUNT_TABLE: tuple[EntityDescription[AccountView], ...] = (
    EntityDescription(
        domain="sensor",
        key="vpp_events",
        name="VPP events",
        value=lambda view: None if (link := _link(view)) is None or link.vpp_events is None else len(link.vpp_events),
        attributes=lambda view: link.vpp_attributes if (link := _link(view)) else {},
        icon="mdi:transmission-tower",
        is_optional=True,
    ),
    EntityDescription(domain="button", key=LOG_IN_AGAIN, name="login again", icon="mdi:login", category="config"),
    EntityDescription(domain="button", key=START_STREAM, name="start live stream", icon="mdi:play-speed"),
    EntityDescription(domain="button", key=STOP_STREAM, name="stop live stream", icon="mdi:stop"),
)

ENPHASE_TABLES = CloudTables(charger=CHARGER_TABLE, account=ACCOUNT_TABLE)
