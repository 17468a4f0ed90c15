"""Reads charge points over either API, each thing no more often than it changes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from smart_charging.charger import ChargerState, Phase
from smart_charging.clouds.charge_amps import models
from smart_charging.clouds.charge_amps.lifetime import SessionTotals
from smart_charging.clouds.charge_amps.redaction import shortened
from smart_charging.clouds.charge_amps.station import SCHEDULE, Outlet, OutletSettings, Station
from smart_charging.clouds.charge_amps.statuses import (
    CAPI_CODES,
    NO_CODES,
    OCPP_CODES,
    WEB_CODES,
    point_status,
    state_of,
)
from smart_charging.clouds.http.budget import Urgency
from smart_charging.errors import AuthError, CloudError, NotFoundError, TransportError

if TYPE_CHECKING:
    from smart_charging.clouds.charge_amps.client import ExternalClient
    from smart_charging.clouds.charge_amps.web_client import WebClient

RARELY = timedelta(minutes=10)
"""How often charge points and settings are read again."""
PUSHED_FOR = timedelta(seconds=45)
"""How long a pushed status stands in for a read one: Charge Amps pushes every half minute."""
_SCHUKO = "schuko"


class Reader(Protocol):
    """One of the two APIs."""

    async def stations(self) -> Sequence[Station]:
        """All charge points."""
        ...

    async def station(self, station_id: str) -> Station:
        """One charge point, as urgent as the command that needs it."""
        ...


class ExternalReader:
    """The External API: a request per charge point and reading; charge points and settings are read rarely."""

    def __init__(self, client: ExternalClient, *, logger: logging.Logger) -> None:
        self._client = client
        self._log = logger
        self._listed: dict[str, models.ChargePoint] = {}
        self._listed_at: datetime | None = None
        self._detailed: dict[str, tuple[models.ChargePoint, datetime]] = {}
        self._pushed: dict[str, tuple[models.ChargePointStatus, datetime]] = {}
        self._left_out: set[str] = set()

    @property
    def is_ready(self) -> bool:
        """Whether the charge points are known."""
        return self._listed_at is not None

    async def stations(self) -> Sequence[Station]:
        """All charge points; one that cannot be read alone is shown as offline."""
        await self._list(Urgency.POLL)
        return [await self._station_or_offline(point) for point in self._listed.values()]

    async def station(self, station_id: str) -> Station:
        """One charge point, read now."""
        if station_id not in self._listed:
            await self._list(Urgency.COMMAND)
        if (point := self._listed.get(station_id)) is None:
            raise NotFoundError(f"charge point {shortened(station_id)}: Charge Amps does not know it")
        return await self._station(point, Urgency.COMMAND)

    def expire(self, station_id: str) -> None:
        """The settings have changed: read them again with the next reading."""
        self._detailed.pop(station_id, None)

    def knows(self, station_id: str) -> bool:
        """Whether the account has this charge point."""
        return station_id in self._listed

    def push(self, status: models.ChargePointStatus) -> None:
        """Take a status that Charge Amps has pushed, in place of the next read one."""
        self._pushed[status.id] = status, self._client.now()

    def pushed(self, station_id: str) -> models.ChargePointStatus | None:
        """The newest status, pushed or read, to bring up to date by a push that tells a part of it."""
        return self._pushed[station_id][0] if station_id in self._pushed else None

    async def sessions(self, station_id: str, totals: SessionTotals) -> Sequence[models.ChargingSession]:
        """The part of the history that may be new."""
        return await self._client.sessions(station_id, since=totals.since, urgency=Urgency.SPARE)

    async def _list(self, urgency: Urgency) -> None:
        now = self._client.now()
        if self._listed_at is not None and urgency is Urgency.POLL and now - self._listed_at < RARELY:
            return
        self._listed = {point.id: point for point in await self._client.owned(urgency)}
        self._listed_at = now

    async def _station_or_offline(self, point: models.ChargePoint) -> Station:
        try:
            station = await self._station(point, Urgency.POLL)
        except (TransportError, AuthError):
            raise
        except CloudError as err:
            if len(self._listed) == 1:
                raise
            if point.id not in self._left_out:
                self._log.warning("A charge point is shown as offline: %s", err)
            self._left_out.add(point.id)
            return station_from(point, models.ChargePointStatus(id=point.id, status="Offline"))
        self._left_out.discard(point.id)
        return station

    async def _station(self, point: models.ChargePoint, urgency: Urgency) -> Station:
        detailed = await self._details(point, urgency)
        status = await self._status(point.id, urgency)
        return station_from(detailed, status)

    async def _status(self, point_id: str, urgency: Urgency) -> models.ChargePointStatus:
        now = self._client.now()
        if urgency is Urgency.POLL and point_id in self._pushed:
            status, at = self._pushed[point_id]
            if now - at < PUSHED_FOR and status.status is not None:
                return status
        status = await self._client.status(point_id, urgency)
        self._pushed[point_id] = status, now - PUSHED_FOR
        return status

    async def _details(self, point: models.ChargePoint, urgency: Urgency) -> models.ChargePoint:
        """The charge point with its settings; they are asked for singly where the cloud does not add them."""
        known = self._detailed.get(point.id)
        if known and self._client.now() - known[1] < RARELY:
            return known[0]
        detailed = await self._client.charge_point(point.id, urgency)
        if any(one.settings is None or one.settings.installation_current is None for one in detailed.connectors):
            parts = [await self._with_settings(detailed, one, urgency) for one in detailed.connectors]
            detailed = detailed.model_copy(update={"connectors": tuple(parts)})
        self._detailed[point.id] = detailed, self._client.now()
        return detailed

    async def _with_settings(
        self, point: models.ChargePoint, connector: models.Connector, urgency: Urgency
    ) -> models.Connector:
        """Some connectors have none: then there is nothing to set."""
        try:
            told = await self._client.settings(point.id, connector.connector_id, urgency=urgency)
        except (TransportError, AuthError):
            raise
        except CloudError as err:
            self._log.debug("A connector is read without its settings: %s", err)
            return connector
        return connector.model_copy(update={"settings": models.ConnectorSettings.model_validate(told)})


def station_from(point: models.ChargePoint, status: models.ChargePointStatus) -> Station:
    """A charge point as the External API tells it."""
    speaks_ocpp = point.ocpp_version is not None
    codes = OCPP_CODES if speaks_ocpp else CAPI_CODES
    told = {one.connector_id: one for one in status.connector_statuses}
    shown = point_status(status.status)
    empty = models.ConnectorStatus(connector_id=0)
    outlets = [
        _outlet(connector, told.get(connector.connector_id, empty), codes, speaks_ocpp=speaks_ocpp)
        for connector in point.connectors
    ]
    return Station(
        id=point.id,
        name=point.name or point.id,
        model=point.type,
        status=shown,
        firmware=point.firmware_version,
        speaks_ocpp=speaks_ocpp,
        is_read_only=point.owner_read_only,
        dimmer=point.settings.dimmer if point.settings else None,
        down_light=point.settings.down_light if point.settings else None,
        outlets=[_offline(one) for one in outlets] if shown == "Offline" else outlets,
    )


def _outlet(
    connector: models.Connector, told: models.ConnectorStatus, codes: Sequence[ChargerState], *, speaks_ocpp: bool
) -> Outlet:
    settings = _settings(connector.settings) if connector.settings else None
    outlet = Outlet(
        number=connector.connector_id,
        is_for_cars=(connector.type or "").lower() != _SCHUKO,
        told=told.status,
        state=state_of(told.status, codes),
        session_id=told.session_id,
        session_began_at=told.start_time,
        session_ended_at=told.end_time,
        session_kwh=told.session_kwh,
        phases=[
            Phase(name=one.phase.upper(), voltage_v=one.voltage, current_a=one.current)
            for one in told.measurements or ()
        ],
        reported_kw=told.charging_power_kw,
        settings=settings,
    )
    return outlet if speaks_ocpp else _capi(outlet)


def _capi(outlet: Outlet) -> Outlet:
    """CAPI calls a car `Connected` whether it is full or waits; with an open session it has begun and rests."""
    has_session = outlet.session_id is not None and outlet.session_ended_at is None
    if outlet.state is not ChargerState.PREPARING or not has_session:
        return outlet
    waits = outlet.settings is not None and outlet.settings.mode == SCHEDULE
    return replace(outlet, state=ChargerState.SUSPENDED_EVSE if waits else ChargerState.SUSPENDED_EV)


def _settings(told: models.ConnectorSettings) -> OutletSettings:
    return OutletSettings(
        mode=told.mode,
        max_current_a=told.max_current,
        installation_a=told.installation_current,
        rfid_lock=told.rfid_lock,
        cable_lock=told.cable_lock,
    )


def _offline(outlet: Outlet) -> Outlet:
    """Without what it told last, which may be hours old."""
    return Outlet(
        number=outlet.number,
        is_for_cars=outlet.is_for_cars,
        told=outlet.told,
        state=ChargerState.OFFLINE,
        settings=outlet.settings,
    )


class WebReader:
    """The web app's API: one request for all charge points.

    Args:
        trusts_codes: Whether statuses that are numbers are taken to be those of its table.
    """

    def __init__(self, client: WebClient, *, trusts_codes: bool = False) -> None:
        self._client = client
        self._codes = WEB_CODES if trusts_codes else NO_CODES

    async def stations(self) -> Sequence[Station]:
        """All charge points."""
        return await self._read(Urgency.POLL)

    async def station(self, station_id: str) -> Station:
        """One of them; there is no request for less than all."""
        for station in await self._read(Urgency.COMMAND):
            if station.id == station_id:
                return station
        raise NotFoundError(f"charge point {shortened(station_id)}: Charge Amps does not know it")

    async def _read(self, urgency: Urgency) -> Sequence[Station]:
        return [self._station(point) for point in await self._client.owned(urgency)]

    def _station(self, point: models.WebChargePoint) -> Station:
        shown = point_status(point.charge_point_status)
        outlets = [self._outlet(point, one) for one in point.connectors]
        return Station(
            id=point.id,
            name=point.name or point.id,
            model=point.product_name,
            status=shown,
            firmware=point.firmware_version,
            outlets=[_offline(one) for one in outlets] if shown == "Offline" else outlets,
        )

    def _outlet(self, point: models.WebChargePoint, told: models.WebConnector) -> Outlet:
        state = state_of(told.ocpp_status, self._codes)
        return Outlet(
            number=told.connector_id,
            is_for_cars=not _is_schuko(point, told),
            told=told.ocpp_status,
            state=ChargerState.CHARGING if state is ChargerState.UNKNOWN and told.is_charging else state,
            counter_kwh=told.total_kwh,
            phases=[
                Phase(name=name, voltage_v=volts, current_a=amps)
                for name, (volts, amps) in told.measurements.items()
                if (volts, amps) != (None, None)
            ],
            settings=OutletSettings(mode=told.mode) if told.mode else None,
        )


def _is_schuko(point: models.WebChargePoint, told: models.WebConnector) -> bool:
    """This API does not say; of a Halo the second outlet is one."""
    return (point.product_name or "").lower() == "halo" and told.connector_id == 2
