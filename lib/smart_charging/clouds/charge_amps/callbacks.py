"""Takes what Charge Amps pushes to those who have an agreement with it."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

from pydantic import SecretStr, ValidationError

from smart_charging.clouds.charge_amps.models import (
    ChargePoint,
    ChargePointStatus,
    ChargingSession,
    ConnectorStatus,
    MeterValue,
    MeterValues,
)
from smart_charging.clouds.charge_amps.reader import ExternalReader

_PATH = re.compile(
    r"/?chargepoints/(?P<point>[^/]+)/"
    r"(?:(?P<kind>boot|heartbeat|metervalue)|connectors/(?P<connector>\d+)/(?P<event>start|stop))/?",
    re.IGNORECASE,
)


class Callbacks:
    """Checks and applies callbacks; the next reading of the chargers then answers from them.

    Args:
        header: The name of the header with the secret.
        secret: None refuses all.
    """

    def __init__(self, reader: ExternalReader, *, header: str, secret: SecretStr | None) -> None:
        self._reader = reader
        self._header = header.lower()
        self._secret = secret.get_secret_value() if secret else ""
        self._changed: Callable[[], None] = lambda: None

    @property
    def are_expected(self) -> bool:
        """Whether there is a secret by which they are known."""
        return bool(self._secret)

    def follow(self, changed: Callable[[], None]) -> None:
        """Set what to call after each callback that was applied."""
        self._changed = changed

    def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Apply one callback; returns the HTTP status to answer with."""
        if not self._is_theirs(headers):
            return HTTPStatus.UNAUTHORIZED
        if not self._reader.is_ready:
            return HTTPStatus.SERVICE_UNAVAILABLE
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        try:
            self._apply(path, content)
        except (ValidationError, _UnknownError):
            return HTTPStatus.UNPROCESSABLE_ENTITY
        self._changed()
        return HTTPStatus.OK

    def _is_theirs(self, headers: Mapping[str, str]) -> bool:
        given = headers.get(self._header, "")
        return bool(self._secret) and hmac.compare_digest(given.encode(), self._secret.encode())

    def _apply(self, path: str, content: object) -> None:
        found = _PATH.fullmatch(path)
        if found is None or not self._reader.knows(found["point"]):
            raise _UnknownError
        point_id, kind = found["point"], (found["kind"] or found["event"]).lower()
        match kind:
            case "boot":
                ChargePoint.model_validate(content)
                self._reader.expire(point_id)
            case "heartbeat":
                self._reader.push(_own(ChargePointStatus.model_validate(content), point_id))
            case "metervalue":
                for value in MeterValues.model_validate(content).meter_value_list:
                    self._merge(point_id, value.connector_id, _flowing(value))
            case _:
                session = ChargingSession.model_validate(content)
                self._merge(point_id, int(found["connector"]), _session(session, is_over=kind == "stop"))

    def _merge(self, point_id: str, connector: int, news: Mapping[str, object]) -> None:
        """Bring one connector of the last status up to date."""
        status = self._reader.pushed(point_id) or ChargePointStatus(id=point_id)
        others = [one for one in status.connector_statuses if one.connector_id != connector]
        old = next((one for one in status.connector_statuses if one.connector_id == connector), None)
        new = (old or ConnectorStatus(connector_id=connector)).model_copy(update=dict(news))
        update = {"connector_statuses": (*others, new), "status": "Online"}
        self._reader.push(status.model_copy(update=update))


class _UnknownError(Exception):
    """A path or a charge point that we do not know."""


def _own(status: ChargePointStatus, point_id: str) -> ChargePointStatus:
    if status.id != point_id:
        raise _UnknownError
    return status


def _flowing(value: MeterValue) -> Mapping[str, object]:
    """Meter values come only while a session charges; 0 and no phases are values, too."""
    return {"status": "Charging", "session_kwh": value.session_kwh, "measurements": value.measurements}


def _session(session: ChargingSession, *, is_over: bool) -> Mapping[str, object]:
    told = {
        "session_id": session.id,
        "start_time": session.start_time,
        "end_time": session.end_time if is_over else None,
        "session_kwh": session.session_kwh,
    }
    return told | ({"status": "Finishing", "measurements": None} if is_over else {"status": "Charging"})
