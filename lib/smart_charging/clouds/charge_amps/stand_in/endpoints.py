"""The stand-in's endpoints, of both APIs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from smart_charging.clouds.charge_amps.stand_in import shapes
from smart_charging.clouds.charge_amps.stand_in.doorkeeper import Logins, RefusalError
from smart_charging.clouds.charge_amps.stand_in.lifecycle import Lifecycle
from smart_charging.clouds.charge_amps.stand_in.site import ChargePoint, Outlet
from smart_charging.clouds.http.stand_in.messages import Request

Answer = Mapping[str, object] | list[object] | str
_NOTHING = ""
_POINT, _OUTLET = r"v5/chargepoints/([^/]+)", r"v5/chargepoints/([^/]+)/connectors/(\d+)"
_MODES = ("Off", "On", "Schedule")


class Endpoints:
    """One method per endpoint, and `answer`, which finds it."""

    def __init__(self, *, logins: Logins, site: Lifecycle) -> None:
        self.in_numbers = False
        """Whether statuses are told as numbers."""
        self.adds_settings = True
        """Whether `expand=settings` does what it says."""
        self._logins = logins
        self._site = site
        self._open: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
            ("POST", "v5/auth/login", self._login),
            ("POST", "v5/auth/refreshtoken", self._refresh),
            ("POST", "auth/login", self._web_login),
        )
        self._closed: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
            ("GET", "v5/chargepoints/owned", self._owned),
            ("GET", _POINT, self._point),
            ("GET", f"{_POINT}/status", self._status),
            ("GET", f"{_POINT}/settings", self._point_settings),
            ("PUT", f"{_POINT}/settings", self._put_point_settings),
            ("GET", f"{_POINT}/chargingsessions", self._sessions),
            ("PUT", f"{_POINT}/reboot", lambda _request, _point: _NOTHING),
            ("GET", f"{_OUTLET}/settings", self._settings),
            ("PUT", f"{_OUTLET}/settings", self._put_settings),
            ("PUT", f"{_OUTLET}/remotestart", self._remote_start),
            ("PUT", f"{_OUTLET}/remotestop", self._remote_stop),
            ("PUT", f"{_OUTLET}/schedule/override", self._override),
            ("POST", "users/chargepoints/owned", self._web_owned),
            ("PUT", r"chargepoints/([^/]+)/updateusersettings", self._web_current),
            ("PUT", r"chargepoints/([^/]+)/(\d+)/remotestart", self._web_start),
            ("PUT", r"chargepoints/([^/]+)/(\d+)/remotestop", self._web_stop),
        )

    def answer(self, request: Request) -> Answer:
        """Answer one request.

        Raises:
            RefusalError: The request is invalid, or the token is.
        """
        for table, needs_token in ((self._open, False), (self._closed, True)):
            for method, path, endpoint in table:
                if method == request.method and (found := re.fullmatch(path, request.path)):
                    if needs_token:
                        self._logins.check(request.headers.get("authorization"))
                    return endpoint(request, *found.groups())
        raise RefusalError(404, "no such endpoint")

    def _login(self, request: Request) -> Answer:
        body, key = _object(request), request.headers.get("apikey")
        return self._logins.log_in(body.get("email"), body.get("password"), key, is_web=False)

    def _web_login(self, request: Request) -> Answer:
        body = _object(request)
        return self._logins.log_in(body.get("email"), body.get("password"), None, is_web=True)

    def _refresh(self, request: Request) -> Answer:
        body = _object(request)
        return self._logins.refresh(body.get("token"), body.get("refreshToken"))

    def _owned(self, _request: Request) -> Answer:
        return [shapes.charge_point(point) for point in self._site.points.values()]

    def _point(self, request: Request, point_id: str) -> Answer:
        with_settings = self.adds_settings and request.query.get("expand") == "settings"
        return shapes.charge_point(self._find(point_id), with_settings=with_settings)

    def _status(self, _request: Request, point_id: str) -> Answer:
        self._find(point_id)
        return shapes.status(self._site.picture(point_id), in_numbers=self.in_numbers)

    def _point_settings(self, _request: Request, point_id: str) -> Answer:
        return shapes.point_settings(self._find(point_id))

    def _put_point_settings(self, request: Request, point_id: str) -> Answer:
        point = self._find(point_id)
        body = self._taken(request, point, shapes.point_settings(point))
        point.dimmer = str(body["dimmer"])
        point.down_light = None if point.down_light is None else body["downLight"] is True
        return _NOTHING

    def _sessions(self, request: Request, point_id: str) -> Answer:
        self._find(point_id)
        self._site.catch_up()
        since = request.query.get("startTime")
        if since is None and "maxCount" not in request.query:
            raise RefusalError(400, "set at least one")
        rows = [shapes.charging_session(point_id, one) for owner, one in self._site.sessions if owner == point_id]
        return [row for row in rows if since is None or str(row["startTime"]) >= since]

    def _settings(self, _request: Request, point_id: str, number: str) -> Answer:
        point, outlet = self._outlet(point_id, number)
        return shapes.connector_settings(point, outlet)

    def _put_settings(self, request: Request, point_id: str, number: str) -> Answer:
        point, outlet = self._outlet(point_id, number)
        body = self._taken(request, point, shapes.connector_settings(point, outlet))
        current, mode = body.get("maxCurrent"), body.get("mode")
        most_a = max(32.0, outlet.installation_a)
        if not isinstance(current, int | float) or not (current == 0 or 6 <= current <= most_a) or mode not in _MODES:
            raise RefusalError(400, "not possible")
        self._site.catch_up()
        outlet.max_current, outlet.mode = float(current), str(mode)
        outlet.rfid_lock, outlet.cable_lock = body.get("rfidLock") is True, body.get("cableLock") is True
        self._site.settings_changed(point, outlet)
        return _NOTHING

    def _taken(self, request: Request, point: ChargePoint, whole: Mapping[str, object]) -> Mapping[str, object]:
        body = _object(request)
        if point.is_read_only:
            raise RefusalError(403, "read only")
        if not point.takes_settings:
            raise RefusalError(400, "not possible")
        missing = whole.keys() - body.keys() - {"installationCurrent"}
        point.lost_fields += sorted(missing | ({"installationCurrent"} & body.keys()))
        return body

    def _remote_start(self, request: Request, point_id: str, number: str) -> Answer:
        point, outlet = self._outlet(point_id, number)
        body = _object(request)
        if point.is_read_only or not outlet.rfid_lock or body.get("rfidFormat") != "Hex" or not body.get("rfid"):
            raise RefusalError(403 if point.is_read_only else 400, "not possible")
        if outlet.starts_to_ignore:
            outlet.starts_to_ignore -= 1
        else:
            self._site.authorise(point, outlet, by="api")
        return _NOTHING

    def _remote_stop(self, _request: Request, point_id: str, number: str) -> Answer:
        point, outlet = self._outlet(point_id, number)
        if point.is_read_only:
            raise RefusalError(403, "read only")
        if not self._site.stop(point, outlet):
            raise RefusalError(400, "no session")
        return _NOTHING

    def _override(self, _request: Request, point_id: str, number: str) -> Answer:
        point, outlet = self._outlet(point_id, number)
        self._site.catch_up()
        outlet.override = True
        self._site.settings_changed(point, outlet)
        return _NOTHING

    def _web_owned(self, _request: Request) -> Answer:
        ids = list(self._site.points)
        return [shapes.web_charge_point(self._site.picture(one), in_numbers=self.in_numbers) for one in ids]

    def _web_current(self, request: Request, point_id: str) -> Answer:
        for outlet in self._find(point_id).outlets.values():
            text = request.query.get(f"userCurrentConnector{outlet.number}", "")
            if text and not text.isdigit():
                raise RefusalError(400, "not a whole number")
            if text:
                self._site.catch_up()
                outlet.max_current = float(text)
                self._site.settings_changed(self._find(point_id), outlet)
        return _NOTHING

    def _web_start(self, request: Request, point_id: str, number: str) -> Answer:
        point, outlet = self._outlet(point_id, number)
        if not request.query.get("rfidTag") or outlet.is_open:
            raise RefusalError(409 if outlet.is_open else 400, "not possible")
        self._site.authorise(point, outlet, by="api")
        return _NOTHING

    def _web_stop(self, request: Request, point_id: str, number: str) -> Answer:
        return self._remote_stop(request, point_id, number)

    def _find(self, point_id: str) -> ChargePoint:
        try:
            return self._site.points[point_id]
        except KeyError:
            raise RefusalError(404, "no such charge point") from None

    def _outlet(self, point_id: str, number: str) -> tuple[ChargePoint, Outlet]:
        point = self._find(point_id)
        try:
            return point, point.outlets[int(number)]
        except KeyError:
            raise RefusalError(404, "no such connector") from None


def _object(request: Request) -> Mapping[str, object]:
    if not isinstance(request.json, dict):
        raise RefusalError(400, "the body is not an object")
    return request.json
