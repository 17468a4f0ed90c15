"""The stand-in's charge points and charges as Monta's JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from smart_charging.clouds.monta.stand_in.site import Charge, ChargePoint

Json = dict[str, object]

_CO2_G_PER_KWH, _RENEWABLE_PERCENT = 91.4, 63.5
"""Of every charge, once it is settled."""


def stamp(at: datetime | None) -> str | None:
    """A timestamp in whole seconds with a Z."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def currency(code: str) -> Json:
    """A currency; Monta writes its code in lower case."""
    return {"identifier": code.lower(), "name": code.upper(), "decimals": 2}


def charge_point(point: ChargePoint) -> Json:
    """An answer of `charge-points/{id}`, including private data."""
    return {
        "id": point.id,
        "name": point.name,
        "serialNumber": point.serial_number,
        "visibility": point.visibility,
        "type": point.type,
        "state": point.state,
        "cablePluggedIn": point.shows_cable,
        "maxKw": point.max_kw,
        "maxKW": point.max_kw,
        "lastMeterReadingKwh": None if point.meter_kwh is None else round(point.meter_kwh, 3),
        "brandName": "StandIn",
        "modelName": "StandIn - Home",
        "firmwareVersion": "1.0.0",
        "note": "Gate code 4711",
        "location": {
            "coordinates": {"latitude": 55.123, "longitude": 11.456},
            "address": {
                "address1": "Hidden Lane 13",
                "address2": None,
                "address3": None,
                "zip": "0000",
                "city": "Secretville",
                "country": "Denmark",
            },
        },
        "connectors": [{"identifier": "type2", "name": "Type 2"}],
        "createdAt": stamp(point.created_at),
        "updatedAt": stamp(point.updated_at),
    }


def charge(charge: Charge, currency_code: str) -> Json:
    """An answer of `charges/{id}`."""
    kwh, price = charge.consumed_kwh, charge.price
    return {
        "id": charge.id,
        "externalId": str(charge.id),
        "humanReadableId": None,
        "chargePointId": charge.point.id,
        "state": charge.state,
        "createdAt": stamp(charge.created_at),
        "updatedAt": stamp(charge.updated_at),
        "cablePluggedInAt": stamp(charge.cable_plugged_in_at),
        "startedAt": stamp(charge.started_at),
        "stoppedAt": stamp(charge.stopped_at),
        "fullyChargedAt": stamp(charge.fully_charged_at),
        "failedAt": stamp(charge.failed_at),
        "timeoutAt": stamp(charge.timeout_at),
        "consumedKwh": None if kwh is None else round(kwh, 3),
        "startMeterKwh": charge.start_meter_kwh,
        "endMeterKwh": charge.end_meter_kwh,
        "kwhLimit": None,
        "priceLimit": None,
        "socLimit": None,
        "cost": charge.cost,
        "price": price,
        "averagePricePerKwh": round(price / kwh, 2) if price is not None and kwh else None,
        "averageCo2PerKwh": _CO2_G_PER_KWH if charge.state == "completed" else None,
        "averageRenewablePerKwh": _RENEWABLE_PERCENT if charge.state == "completed" else None,
        "currency": currency(currency_code),
        "soc": None,
        "failureReason": charge.failure_reason,
        "stopReason": charge.stop_reason,
        "note": None,
    }


def kwh_consumption(charge: Charge, period_s: int) -> Json:
    """An answer of `charges/{id}/kwh-consumption`, in periods that begin with the charge."""
    period, periods = timedelta(seconds=period_s), []
    start, end = (charge.flows[0].start, charge.flows[-1].end) if charge.flows else (charge.created_at,) * 2
    while start < end:
        kwh = sum(flow.kwh_between(start, start + period) for flow in charge.flows)
        periods.append({"time": stamp(start), "value": round(kwh, 3)})
        start += period
    return {"chargeId": charge.id, "consumptionPeriodSizeInSeconds": period_s, "kwhConsumption": periods}


def page(items: Sequence[Json], number: int, per_page: int) -> Json:
    """One page of a list; the first is page 0."""
    shown = list(items[number * per_page : (number + 1) * per_page])
    return {
        "data": shown,
        "meta": {
            "itemCount": len(shown),
            "currentPage": number,
            "perPage": per_page,
            "totalPageCount": -(-len(items) // per_page),
            "totalItemCount": len(items),
        },
    }
