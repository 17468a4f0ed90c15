"""A simulated Enlighten with its login, both forms of its answers, delays and failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from smart_charging.clouds.enphase.stand_in.endpoints import Endpoints
from smart_charging.clouds.enphase.stand_in.habits import Habits
from smart_charging.clouds.enphase.stand_in.logins import Logins, RefusalError, cookies_of
from smart_charging.clouds.enphase.stand_in.site import Car, Outlet
from smart_charging.clouds.http.stand_in.messages import ConnectionCutError, LoggedRequest, Request, Response
from smart_charging.clouds.http.stand_in.planned import PlannedFailures

SITE = "7654321"
HANG, CUT = "hang", "cut"
"""Instead of a status: never answer, or cut the connection."""
_OPEN = {"login/login.json", "login/login", "app-api/validate_login_otp", "tokens"}


class EnphaseStandIn:
    """Enlighten in memory, without sockets and with the clock it is given.

    Besides the API it has methods for what people and cars do: plug in, start in Enphase's app.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        habits: Habits | None = None,
        email: str = "owner@example.org",
        password: str = "stand-in-password",  # noqa: S107 - only the stand-in accepts it
    ) -> None:
        self._now = now
        self.habits = habits or Habits()
        self.logins = Logins(now=now, habits=self.habits, email=email, password=password)
        self.endpoints = Endpoints(logins=self.logins, habits=self.habits, now=now)
        self.requests: list[LoggedRequest] = []
        self.outage: int | str | None = None
        """Happens to every request until set to None."""
        self._planned = PlannedFailures[int | str | RefusalError]()

    async def respond(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            ConnectionCutError: The connection is cut instead of an answer.
        """
        await asyncio.sleep(0)  # a real server lets other requests run meanwhile, too
        logged = LoggedRequest(request, at=self._now())
        self.requests.append(logged)
        try:
            response = await self._answer(request)
        except RefusalError as refusal:
            response = refusal.response
        logged.status = response.status
        return replace(response, headers={**response.headers, "Date": format_datetime(self._now(), usegmt=True)})

    def sent(self, part: str = "", method: str = "") -> list[LoggedRequest]:
        """The requests so far that have this in their path."""
        return [r for r in self.requests if part in r.path and r.method.startswith(method)]

    def add_charger(self, name: str = "Garage", *, site: str = SITE, site_name: str = "Home", phases: int = 3) -> str:
        """Add a charger; returns its serial number."""
        _, outlets = self.endpoints.sites.setdefault(site, (site_name, {}))
        serial = f"4824{sum(len(chargers) for _, chargers in self.endpoints.sites.values()) + 1:08d}"
        outlets[serial] = Outlet(
            serial=serial, name=name, habits=self.habits, at=self._now(), mode=self.habits.mode, phases=phases
        )
        return serial

    def outlet(self, serial: str) -> Outlet:
        """One charger as it stands now."""
        site = next(site for site, (_, outlets) in self.endpoints.sites.items() if serial in outlets)
        return self.endpoints.outlet(site, serial)

    def plug_in(self, serial: str, car: Car) -> None:
        """Plug the cable into a car."""
        self.outlet(serial).plug_in(car, self._now())

    def unplug(self, serial: str) -> None:
        """Pull the cable."""
        self.outlet(serial).unplug(self._now())

    def start_by_hand(self, serial: str, level_a: float | None = None) -> None:
        """Start in Enphase's own app."""
        self.outlet(serial).command(self._now(), on=True, level_a=level_a)

    def stop_by_hand(self, serial: str) -> None:
        """Stop in Enphase's own app."""
        self.outlet(serial).command(self._now(), on=False)

    def delivered_kwh(self, serial: str) -> float:
        """All energy so far."""
        return self.outlet(serial).lifetime_kwh - 1000

    def fail_next(self, how: int | str, part: str = "", times: int = 1) -> None:
        """Let the next requests with this in their path fail: with a status, `HANG`, `CUT`, or this as the answer."""
        self._planned.add(how, lambda request: part in request.path, times)

    def refuse_next(
        self, status: int, part: str = "", *, code: str = "", text: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Refuse the next request with this in its path, in Enlighten's words."""
        refusal = RefusalError(status, code=code, text=text, headers=headers)
        self._planned.add(refusal, lambda request: part in request.path)

    async def _answer(self, request: Request) -> Response:
        how = self.outage or self._planned.due(request)
        if how == HANG:
            await asyncio.Event().wait()
        if how == CUT:
            raise ConnectionCutError
        if isinstance(how, RefusalError):
            raise how
        if isinstance(how, int):
            raise RefusalError(how, text="as planned")
        if how:
            return Response(body=how)
        self.logins.count()
        if request.path in _OPEN:
            return self._let_in(request)
        if not request.path.startswith("vpp-mgr") and (refusal := self.logins.check(request)):
            return refusal
        return Response(body=self.endpoints.answer(request))

    def _let_in(self, request: Request) -> Response:
        form: Mapping[str, str] = request.json if isinstance(request.json, dict) else {}
        match request.path:
            case "tokens":
                return self.logins.token(form)
            case "app-api/validate_login_otp":
                return self.logins.check_code(form, cookies_of(request))
            case _:
                return self.logins.log_in(form)
