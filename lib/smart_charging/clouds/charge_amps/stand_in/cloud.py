"""A simulated Charge Amps cloud with both APIs, logins, delays and failures."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from smart_charging.clouds.charge_amps.stand_in import shapes
from smart_charging.clouds.charge_amps.stand_in.doorkeeper import Defence, Logins, RefusalError
from smart_charging.clouds.charge_amps.stand_in.endpoints import Answer, Endpoints
from smart_charging.clouds.charge_amps.stand_in.lifecycle import Delays, Lifecycle
from smart_charging.clouds.charge_amps.stand_in.site import Car, ChargePoint, Outlet
from smart_charging.clouds.http.stand_in.messages import ConnectionCutError, LoggedRequest, Request, Response
from smart_charging.clouds.http.stand_in.planned import PlannedFailures

_FIRST_ID = 9900112233
HANG, CUT = "hang", "cut"
"""Instead of a status: never answer, or cut the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How one installation behaves; nobody knows which of these a given owner has."""

    speaks_ocpp: bool = True
    in_numbers: bool = False
    adds_settings: bool = True
    """Whether settings come along when asked for."""
    takes_settings: bool = True
    rfid_lock: bool = False
    mode: str = "On"
    token_life: timedelta = timedelta(minutes=120)
    start_delay: timedelta = Delays.start
    stop_delay: timedelta = Delays.stop
    report_every: timedelta = Delays.report
    ignored_starts: int = 0

    @classmethod
    def drawn(cls, dice: random.Random) -> Habits:
        """Some installation with which charging is possible."""
        rfid_lock = dice.random() < 0.4
        return cls(
            speaks_ocpp=dice.random() < 0.7,
            in_numbers=dice.random() < 0.3,
            adds_settings=dice.random() < 0.7,
            takes_settings=not rfid_lock or dice.random() < 0.7,
            rfid_lock=rfid_lock,
            mode=dice.choice(["On", "On", "On", "Off"]) if not rfid_lock else "On",
            token_life=timedelta(minutes=dice.choice([15, 60, 120, 120])),
            start_delay=timedelta(seconds=dice.choice([5, 8, 20, 45])),
            report_every=timedelta(seconds=dice.choice([0, 10, 30, 30])),
            ignored_starts=dice.choice([0, 0, 0, 1]) if rfid_lock else 0,
        )


class ChargeAmpsStandIn:
    """Both APIs in memory, without sockets and with the clock it is given.

    Besides them it has methods for what people and cars do: plug in, show a tag, change a setting in the app.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        habits: Habits | None = None,
        email: str = "owner@example.org",
        password: str = "stand-in-password",  # noqa: S107 - only the stand-in accepts it
        api_key: str = "stand-in-key",
    ) -> None:
        self._now = now
        self.habits = habits or Habits()
        self.logins = Logins(
            now=now, email=email, password=password, api_key=api_key, token_life=self.habits.token_life
        )
        self.defence = Defence(now)
        delays = Delays(start=self.habits.start_delay, stop=self.habits.stop_delay, report=self.habits.report_every)
        self.site = Lifecycle(now=now, delays=delays)
        self.endpoints = Endpoints(logins=self.logins, site=self.site)
        self.endpoints.in_numbers = self.habits.in_numbers
        self.endpoints.adds_settings = self.habits.adds_settings
        self.requests: list[LoggedRequest] = []
        self.outage: int | str | None = None
        """Happens to every request until set to None."""
        self._planned = PlannedFailures[int | str]()

    async def respond(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            ConnectionCutError: The connection is cut instead of an answer.
        """
        await asyncio.sleep(0)  # a real server lets other requests run meanwhile, too
        logged = LoggedRequest(request, at=self._now())
        self.requests.append(logged)
        try:
            body = await self._answer(request)
            logged.status = 200
        except RefusalError as refusal:
            logged.status = refusal.status
            body = {"error": str(refusal), "messageCode": "STAND_IN"}
        headers = {"Date": format_datetime(self._now(), usegmt=True)}
        return Response(status=logged.status, headers=headers, body=body)

    def sent(self, path: str = "", method: str = "") -> list[LoggedRequest]:
        """The requests so far whose path and method begin like this."""
        return [r for r in self.requests if r.path.startswith(path) and r.method.startswith(method)]

    def add_charge_point(
        self, name: str = "Garage", *, model: str = "Halo", has_schuko: bool = False, outlets: int = 1
    ) -> str:
        """Add a charge point with the installation's habits; returns its id."""
        point_id = f"{_FIRST_ID + len(self.site.points)}A"
        habits = self.habits
        point = ChargePoint(
            id=point_id,
            name=name,
            model=model,
            speaks_ocpp=habits.speaks_ocpp,
            takes_settings=habits.takes_settings,
            down_light=True if model == "Halo" else None,
        )
        for number in range(1, outlets + 1):
            point.outlets[number] = Outlet(
                number=number, mode=habits.mode, rfid_lock=habits.rfid_lock, starts_to_ignore=habits.ignored_starts
            )
        if has_schuko:
            point.outlets[outlets + 1] = Outlet(number=outlets + 1, kind="Schuko")
        self.site.points[point_id] = point
        return point_id

    def outlet(self, point_id: str, number: int = 1) -> Outlet:
        """One outlet as it stands now."""
        self.site.catch_up()
        return self.site.points[point_id].outlets[number]

    def plug_in(self, point_id: str, car: Car, number: int = 1) -> None:
        """Plug the cable into a car."""
        self.site.plug_in(self.site.points[point_id], self.outlet(point_id, number), car)

    def unplug(self, point_id: str, number: int = 1) -> None:
        """Pull the cable."""
        self.site.unplug(self.site.points[point_id], self.outlet(point_id, number))

    def show_tag(self, point_id: str, number: int = 1) -> None:
        """Start with a card at the charger."""
        self.site.authorise(self.site.points[point_id], self.outlet(point_id, number), by="tag")

    def stop_by_hand(self, point_id: str, number: int = 1) -> None:
        """Stop in Charge Amps' own app."""
        self.site.stop(self.site.points[point_id], self.outlet(point_id, number))

    def set_by_hand(
        self, point_id: str, number: int = 1, *, mode: str | None = None, max_current: float | None = None
    ) -> None:
        """Change settings in Charge Amps' own app."""
        outlet = self.outlet(point_id, number)
        outlet.mode = mode or outlet.mode
        outlet.max_current = outlet.max_current if max_current is None else max_current
        self.site.settings_changed(self.site.points[point_id], outlet)

    def delivered_kwh(self, point_id: str | None = None) -> float:
        """All energy of all sessions."""
        self.site.catch_up()
        return sum(session.kwh for owner, session in self.site.sessions if point_id in {None, owner})

    def fail_next(self, how: int | str, target: str = "", times: int = 1, *, method: str = "") -> None:
        """Let the next requests fail whose path begins like this: with a status, `HANG` or `CUT`."""
        self._planned.add(
            how, lambda request: request.path.startswith(target) and method in {"", request.method}, times
        )

    def heartbeat(self, point_id: str) -> tuple[str, bytes]:
        """Path and body of the callback that comes while nothing charges."""
        told = shapes.status(self.site.picture(point_id), in_numbers=self.endpoints.in_numbers)
        return f"chargepoints/{point_id}/heartbeat", json.dumps(told).encode()

    def meter_value(self, point_id: str, number: int = 1) -> tuple[str, bytes]:
        """Path and body of the callback that comes while a session charges, in its other spelling."""
        outlet = self.outlet(point_id, number)
        value = {
            "chargePointId": point_id,
            "connectorId": number,
            "totalConsumptionKWh": outlet.session.kwh if outlet.session else 0.0,
            "measurements": shapes.measurements(outlet),
            "timestamp": shapes.stamp(self._now()),
        }
        return f"chargepoints/{point_id}/metervalue", json.dumps({"meterValueList": [value]}).encode()

    def session_event(self, point_id: str, event: str, number: int = 1) -> tuple[str, bytes]:
        """Path and body of the callback for a session's `Start` or `Stop`."""
        session = self.outlet(point_id, number).session
        told: Mapping[str, object] = shapes.charging_session(point_id, session) if session else {}
        return f"chargepoints/{point_id}/connectors/{number}/{event}", json.dumps(told).encode()

    async def _answer(self, request: Request) -> Answer:
        how = self.outage or self._planned.due(request)
        if how == HANG:
            await asyncio.Event().wait()
        if how == CUT:
            raise ConnectionCutError
        if isinstance(how, int):
            raise RefusalError(how, "as planned")
        self.defence.count()
        return self.endpoints.answer(request)
