"""The stand-in's answers in Enlighten's shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from smart_charging.clouds.enphase.stand_in.site import GREEN, MANUAL, SCHEDULED, SMART, Outlet

Json = dict[str, object]
ZONE = "Europe/Copenhagen"


def stamp(at: datetime | None) -> str | None:
    """A time as it is written in the newer form."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z[UTC]" if at else None


def envelope(data: object, now: datetime) -> Json:
    """What the newer form is wrapped in."""
    return {"meta": {"serverTimeStamp": int(now.timestamp() * 1000)}, "data": data, "error": {}}


def status(outlets: Sequence[Outlet], site: str, now: datetime, *, new_shape: bool) -> Json:
    """All chargers of a site."""
    if new_shape:
        chargers = [_new_charger(outlet) for outlet in outlets]
        return envelope({"site": site, "tz": ZONE, "chargers": chargers}, now)
    return {"evChargerData": [_old_charger(outlet) for outlet in outlets], "ts": int(now.timestamp())}


def _flags(outlet: Outlet) -> Json:
    return {
        "sn": outlet.serial,
        "name": outlet.name,
        "connected": outlet.is_connected,
        "pluggedIn": outlet.car is not None,
        "charging": outlet.word == "CHARGING",
        "faulted": outlet.is_faulted,
    }


def _old_charger(outlet: Outlet) -> Json:
    began = outlet.charging_since
    session = {
        "e_c": round(outlet.told_session_kwh, 2),
        "start_time": int(began.timestamp()) if began else None,
    }
    return {
        **_flags(outlet),
        "connectorStatusType": outlet.word,
        "session_d": session if outlet.plugged_in_at else {},
        "chargingLevel": outlet.level_a,
    }


def _new_charger(outlet: Outlet) -> Json:
    began = outlet.charging_since
    session = {
        "plg_in_at": stamp(outlet.plugged_in_at),
        "strt_chrg": int(began.timestamp() * 1000) if began else 0,
        "plg_out_at": stamp(outlet.plugged_out_at),
        "e_c": round(outlet.told_session_kwh * 1000),
        "auth_status": 4,
        "charge_level": outlet.level_a,
    }
    connector = {
        "connectorId": 1,
        "connectorStatusType": outlet.word,
        "connectorStatusInfo": "",
        "connectorStatusReason": outlet.reason,
        "safeLimitState": 0,
        "dlbActive": False,
        "pluggedIn": outlet.car is not None,
    }
    return {
        **_flags(outlet),
        "lst_rpt_at": stamp(outlet.told_at),
        "mode": {MANUAL: 0, GREEN: 1}.get(outlet.mode, 2),
        "session_d": session,
        "connectors": [connector],
    }


def summary(outlet: Outlet) -> Json:
    """What changes seldom about a charger."""
    network = "netmask=255.255.255.0,interface_name=eth0,connectionStatus=1,ipaddr=192.0.2.17,bootproto=dhcp"
    return {
        "serialNumber": outlet.serial,
        "displayName": outlet.name,
        "isConnected": outlet.is_connected,
        "chargeLevelDetails": {"min": "6", "max": f"{outlet.max_a:g}", "granularity": "1"},
        "activeConnection": "ethernet",
        "networkConfig": f'[\n"{network}",\n"netmask=,interface_name=mlan0,connectionStatus=0,ipaddr="\n]',
        "reportingInterval": 300,
        "dlbEnabled": 1,
        "maxCurrent": outlet.max_a,
        "operatingVoltage": "230",
        "phaseMode": outlet.phases,
        "phaseCount": outlet.phases,
        "lifeTimeConsumption": round(outlet.told_lifetime_kwh * 1000, 2),
        "firmwareVersion": "25.40.2.8",
        "lastReportedAt": stamp(outlet.told_at),
        "status": "NORMAL",
    }


def preference(mode: str) -> Mapping[str, object]:
    """Which mode a charger is in."""
    names = {MANUAL: "manualCharging", SCHEDULED: "scheduledCharging", GREEN: "greenCharging", SMART: "smartCharging"}
    modes = {name: {"enabled": word == mode, "chargingMode": word} for word, name in names.items()}
    return {"modes": modes}
