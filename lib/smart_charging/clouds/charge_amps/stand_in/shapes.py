"""The stand-in's charge points and sessions as Charge Amps' JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from smart_charging.clouds.charge_amps.stand_in.site import VOLTS, ChargePoint, Outlet, Session

Json = dict[str, object]

_OCPP = (
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEVSE",
    "SuspendedEV",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
    "Unknown",
)
_CAPI = ("Available", "Charging", "Connected", "Error", "Unknown")


def stamp(at: datetime | None) -> str | None:
    """A timestamp in whole seconds with a Z."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def status_of(point: ChargePoint, outlet: Outlet) -> str:
    """What an outlet is doing, in the words of the protocol it speaks."""
    if outlet.status_override:
        return outlet.status_override
    if outlet.car is None:
        return "Available"
    if outlet.is_flowing:
        return "Charging"
    return _resting(outlet) if point.speaks_ocpp else "Connected"


def _resting(outlet: Outlet) -> str:
    if outlet.is_open:
        return "SuspendedEV" if outlet.is_full or not outlet.car or not outlet.car.max_a else "SuspendedEVSE"
    return "Finishing" if outlet.was_stopped else "Preparing"


def charge_point(point: ChargePoint, *, with_settings: bool = False) -> Json:
    """An answer of `chargepoints/{id}`, with what nobody should see."""
    return {
        "id": point.id,
        "name": point.name,
        "password": "the-chargers-own-secret",
        "type": point.model,
        "isLoadbalanced": False,
        "firmwareVersion": point.firmware,
        "hardwareVersion": None,
        "ownerReadOnly": point.is_read_only,
        "ocppVersion": "1.6" if point.speaks_ocpp else None,
        "settings": point_settings(point) if with_settings else None,
        "connectors": [
            {
                "chargePointId": point.id,
                "connectorId": outlet.number,
                "type": outlet.kind,
                "settings": connector_settings(point, outlet) if with_settings else None,
                "connectorUserId": None,
            }
            for outlet in point.outlets.values()
        ],
    }


def point_settings(point: ChargePoint) -> Json:
    """An answer of `chargepoints/{id}/settings`."""
    return {
        "id": point.id,
        "dimmer": point.dimmer,
        "downLight": point.down_light,
        "maxCurrent": None,
        "installationCurrent": 16,
        **point.extra,
    }


def connector_settings(point: ChargePoint, outlet: Outlet) -> Json:
    """An answer of `chargepoints/{id}/connectors/{n}/settings`."""
    return {
        "chargePointId": point.id,
        "connectorId": outlet.number,
        "maxCurrent": outlet.max_current,
        "rfidLock": outlet.rfid_lock,
        "mode": outlet.mode,
        "cableLock": outlet.cable_lock,
        "installationCurrent": outlet.installation_a,
        **point.extra,
    }


def status(point: ChargePoint, *, in_numbers: bool) -> Json:
    """An answer of `chargepoints/{id}/status`."""
    return {
        "id": point.id,
        "status": "Online" if point.is_online else "Offline",
        "connectorStatuses": [connector_status(point, one, in_numbers=in_numbers) for one in point.outlets.values()],
    }


def connector_status(point: ChargePoint, outlet: Outlet, *, in_numbers: bool) -> Json:
    """One row of it; the energy is that of the running session."""
    word, session = status_of(point, outlet), outlet.session if outlet.is_open else None
    codes = _OCPP if point.speaks_ocpp else _CAPI
    return {
        "chargePointId": point.id,
        "connectorId": outlet.number,
        "totalConsumptionKwh": round(session.kwh, 3) if session else 0.0,
        "chargingPowerKw": round(outlet.power_kw, 2) if outlet.is_flowing else 0.0,
        "sessionType": "ThreePhase" if outlet.car and outlet.car.phases == 3 else "OnePhase",
        "status": codes.index(word) if in_numbers and word in codes else word,
        "measurements": measurements(outlet) if outlet.is_flowing else None,
        "startTime": stamp(session.began_at) if session else None,
        "endTime": None,
        "sessionId": session.id if session else None,
    }


def measurements(outlet: Outlet) -> list[Json]:
    """What flows on each phase that the car uses."""
    phases = outlet.car.phases if outlet.car else 0
    current_a = outlet.power_kw * 1000 / sum(VOLTS[:phases]) if phases else 0.0
    return [
        {"phase": f"L{number + 1}", "current": round(current_a, 2), "voltage": VOLTS[number]}
        for number in range(phases)
    ]


def charging_session(point_id: str, session: Session) -> Json:
    """One row of the history."""
    return {
        "id": session.id,
        "chargePointId": point_id,
        "connectorId": session.outlet,
        "userId": "0f0e0d0c-0000-4000-8000-000000000001",
        "rfid": "0A0B0C0D",
        "sessionType": "ThreePhase",
        "startTime": stamp(session.began_at),
        "endTime": stamp(session.ended_at),
        "totalConsumptionKwh": round(session.kwh, 3),
        "externalTransactionId": None,
    }


def web_charge_point(point: ChargePoint, *, in_numbers: bool) -> Json:
    """A row of what the web app reads; it counts for life."""
    return {
        "id": point.id,
        "name": point.name,
        "serialNumber": f"SN-{point.id}",
        "productName": point.model.upper(),
        "chargePointStatus": "Online" if point.is_online else "Offline",
        "connectors": [web_connector(point, one, in_numbers=in_numbers) for one in point.outlets.values()],
    }


def web_connector(point: ChargePoint, outlet: Outlet, *, in_numbers: bool) -> Json:
    """One connector of it; numbers come as text now and then."""
    word = status_of(point, outlet)
    word = {"Connected": "Preparing", "Error": "Faulted"}.get(word, word)
    flowing = {one["phase"]: one for one in measurements(outlet)} if outlet.is_flowing else {}
    told: Json = {
        "connectorId": outlet.number,
        "name": str(outlet.number),
        "mode": outlet.mode,
        "isCharging": outlet.is_flowing,
        "ocppStatus": _WEB.index(word) if in_numbers else word,
        "errorCode": None,
        "enabled": outlet.mode != "Off",
        "totalConsumptionKwh": str(round(outlet.lifetime_kwh, 3)),
    }
    for number in (1, 2, 3):
        row = flowing.get(f"L{number}", {})
        told[f"current{number}"] = row.get("current", 0.0)
        told[f"voltage{number}"] = row.get("voltage", VOLTS[number - 1])
    return told


_WEB = (
    "Unknown",
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEV",
    "SuspendedEVSE",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
)
