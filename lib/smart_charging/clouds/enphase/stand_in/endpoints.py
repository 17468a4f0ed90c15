"""The stand-in's endpoints behind the login."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from smart_charging.clouds.enphase.stand_in import shapes
from smart_charging.clouds.enphase.stand_in.habits import START_FORMS, STOP_FORMS, Habits
from smart_charging.clouds.enphase.stand_in.logins import Logins, RefusalError
from smart_charging.clouds.enphase.stand_in.site import GREEN, MANUAL, SCHEDULED, SMART, Outlet
from smart_charging.clouds.http.stand_in.messages import Request

Answer = Mapping[str, object] | list[object]

_EVSE = r"service/evse_controller"
_FOLDER = r"(ev_chargers?)"
_MODE = r"service/evse_scheduler/api/v1/iqevc/charging-mode"
_MESSAGES = {
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
}


class Endpoints:
    """One method per endpoint, and `answer`, which finds it."""

    def __init__(self, *, logins: Logins, habits: Habits, now: Callable[[], datetime]) -> None:
        self._logins = logins
        self._habits = habits
        self._now = now
        self.sites: dict[str, tuple[str, dict[str, Outlet]]] = {}
        """By site id, its name and its chargers by serial number."""
        self.vpp_events: list[Mapping[str, object]] = []
        self.streaming_until: datetime | None = None
        self._all: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
            ("GET", r"app-api/search_sites\.json", self._search),
            ("GET", rf"{_EVSE}/(\w+)/{_FOLDER}/status", self._status),
            ("GET", rf"{_EVSE}/api/v2/(\w+)/ev_chargers/summary", self._summary),
            ("GET", rf"{_MODE}/(\w+)/(\w+)/preference", self._preference),
            ("PUT", rf"{_MODE}/(\w+)/(\w+)/preference", self._set_preference),
            ("", rf"{_EVSE}/(\w+)/{_FOLDER}/(\w+)/start_charging", self._start),
            ("", rf"{_EVSE}/(\w+)/{_FOLDER}/(\w+)/stop_charging", self._stop),
            ("POST", rf"{_EVSE}/(\w+)/ev_charger/(\w+)/trigger_message", self._trigger),
            ("GET", rf"{_EVSE}/(\w+)/ev_chargers/(start|stop)_live_stream", self._stream),
            ("GET", r"vpp-mgr/api/v1/events/get", self._vpp),
        )

    def answer(self, request: Request) -> Answer:
        """Answer one request.

        Raises:
            RefusalError: There is no such endpoint, or it refuses.
        """
        for method, path, endpoint in self._all:
            if method in {"", request.method} and (found := re.fullmatch(path, request.path)):
                return endpoint(request, *found.groups())
        raise RefusalError(404, text="no such page")

    def outlet(self, site: str, serial: str) -> Outlet:
        """One charger as it stands now."""
        outlet = self._site(site).get(serial)
        if outlet is None:
            raise RefusalError(404, text="no such charger")
        outlet.catch_up(self._now())
        return outlet

    def _site(self, site: str) -> dict[str, Outlet]:
        if site not in self.sites:
            raise RefusalError(403 if site.isdecimal() else 400, text="no such site")
        return self.sites[site][1]

    def _search(self, _request: Request) -> Answer:
        return {"sites": [{"id": int(site), "title": name} for site, (name, _) in self.sites.items()]}

    def _status(self, _request: Request, site: str, _folder: str) -> Answer:
        outlets = [self.outlet(site, serial) for serial in self._site(site)]
        return shapes.status(outlets, site, self._now(), new_shape=self._habits.new_shape)

    def _summary(self, _request: Request, site: str) -> Answer:
        rows = [shapes.summary(self.outlet(site, serial)) for serial in self._site(site)]
        return shapes.envelope(rows, self._now())

    def _preference(self, request: Request, site: str, serial: str) -> Answer:
        self._logins.check_bearer(request)
        mode = self.outlet(site, serial).mode if self._habits.tells_mode else "NONE"
        return shapes.envelope(shapes.preference(mode), self._now())

    def _set_preference(self, request: Request, site: str, serial: str) -> Answer:
        self._logins.check_bearer(request)
        mode, outlet = _object(request).get("mode"), self.outlet(site, serial)
        if mode not in {MANUAL, SCHEDULED, GREEN, SMART} or mode == outlet.mode:
            raise RefusalError(400, text="mode is active")
        outlet.mode = str(mode)
        return shapes.envelope(shapes.preference(outlet.mode), self._now())

    def _start(self, request: Request, site: str, folder: str, serial: str) -> Answer:
        self._logins.check_bearer(request)
        level = self._level(request, folder)
        outlet = self.outlet(site, serial)
        if outlet.car is None:
            raise RefusalError(400, code="iqevc_ms-10008", text="The car is not plugged in")
        if outlet.word == "CHARGING":
            raise RefusalError(400, code="iqevc_ms-10012", text="The charger is already in charging state")
        if level is not None and (not self._habits.takes_levels or not 6 <= level <= outlet.max_a):
            raise RefusalError(500, text="Invalid charge level")
        outlet.command(self._now(), on=True, level_a=level)
        if outlet.mode == SCHEDULED and level is not None:
            outlet.mode = MANUAL
        return {"status": "accepted", "chargingLevel": level}

    def _level(self, request: Request, folder: str) -> float | None:
        """The level of a start in the one form that is taken."""
        method, right_folder, (level, connector) = START_FORMS[self._habits.start_form]
        if request.method != method and request.json:
            raise RefusalError(405, text="no such method")
        if folder != right_folder and request.json:
            raise RefusalError(404, text="no such page")
        body = request.json if isinstance(request.json, dict) else {}
        if set(body) - {level, connector}:
            raise RefusalError(400, text="unknown field")
        return float(body[level]) if level in body else None

    def _stop(self, request: Request, site: str, folder: str, serial: str) -> Answer:
        self._logins.check_bearer(request)
        method, right_folder = STOP_FORMS[self._habits.stop_form]
        if request.method != method:
            raise RefusalError(405, text="no such method")
        if folder != right_folder:
            raise RefusalError(404, text="no such page")
        outlet = self.outlet(site, serial)
        if not (outlet.is_asked or outlet.power_kw or outlet.commands):
            raise RefusalError(400, text="nothing is active")
        outlet.command(self._now(), on=False)
        return {"status": "accepted"}

    def _trigger(self, request: Request, site: str, serial: str) -> Answer:
        self._logins.check_bearer(request)
        outlet = self.outlet(site, serial)
        if _object(request).get("requestedMessage") not in _MESSAGES:
            raise RefusalError(400, text="no such message")
        outlet.report()
        return shapes.envelope({"status": "accepted"}, self._now())

    def _stream(self, request: Request, _site: str, what: str) -> Answer:
        self._logins.check_bearer(request)
        if what == "stop":
            self.streaming_until = None
            return shapes.envelope(None, self._now())
        self.streaming_until = self._now() + timedelta(seconds=900)
        topics = ["v1/evse/prod/live-stream/made-up"]
        return shapes.envelope({"liveStreamTopicList": topics, "liveStreamDuration": 900}, self._now())

    def _vpp(self, request: Request) -> Answer:
        if request.headers.get("cookie"):
            raise RefusalError(400, text="cookies are not for here")
        return {"meta": {"rowCount": len(self.vpp_events)}, "data": list(self.vpp_events), "error": {}}


def _object(request: Request) -> Mapping[str, object]:
    if not isinstance(request.json, dict):
        raise RefusalError(400, text="no object")
    return request.json
