"""A simulated Monta cloud with its endpoints, login, quota, delays and failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime

from smart_charging.clouds.monta.stand_in.doorkeeper import Quota, TokenOffice
from smart_charging.clouds.monta.stand_in.endpoints import Endpoints
from smart_charging.clouds.monta.stand_in.failures import Failure, Failures
from smart_charging.clouds.monta.stand_in.habits import USUAL, Habits
from smart_charging.clouds.monta.stand_in.lifecycle import Delays, Lifecycle
from smart_charging.clouds.monta.stand_in.messages import (
    ConnectionCutError,
    ErrorAnswerError,
    LoggedRequest,
    Request,
    Response,
    envelope,
)
from smart_charging.clouds.monta.stand_in.reporting import Reporting
from smart_charging.clouds.monta.stand_in.site import Car, Charge, ChargePoint
from smart_charging.clouds.monta.stand_in.wallet import Wallet

_FIRST_CHARGE_POINT_ID = 410001


class MontaStandIn:
    """Monta's Public API in memory, without sockets and with the clock it is given.

    The demo mounts it on an HTTP server, tests mount it on respx. Besides the API it
    has methods for what people and cars do: plug in, start in Monta's app, pause.

    Args:
        price: What a kWh costs the owner in the quarter that begins then; None without cost tracking,
            and charges then have no cost.
        driver_price: What the driver pays per kWh; 0 at a charger of one's own.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        client_id: str = "stand-in-id",
        client_secret: str = "stand-in-secret",  # noqa: S107 - only the stand-in accepts it
        quota: int = 10,
        window_s: float = 60,
        start_delay: timedelta = Delays.start,
        start_timeout: timedelta = Delays.start_timeout,
        stop_delay: timedelta = Delays.stop,
        settle_delay: timedelta = Delays.settle,
        price: Callable[[datetime], float] | None = None,
        driver_price: float = 0.0,
        currency: str = "DKK",
        habits: Habits = USUAL,
    ) -> None:
        self.habits = habits
        self._outside_now = now
        self.tokens = TokenOffice(client_id=client_id, client_secret=client_secret, now=self._now)
        self.quota = Quota(quota, timedelta(seconds=window_s), self._now)
        self.wallet = Wallet(currency=currency)
        delays = Delays(start=start_delay, start_timeout=start_timeout, stop=stop_delay, settle=settle_delay)
        self.site = Lifecycle(
            now=self._now, delays=delays, price=price, driver_price=driver_price, on_settled=self.wallet.pay
        )
        self.reporting = Reporting(
            site=self.site, currency=self.wallet.currency, now=self._now, habits=lambda: self.habits
        )
        self.endpoints = Endpoints(tokens=self.tokens, site=self.site, reporting=self.reporting, wallet=self.wallet)
        self.failures = Failures()
        self.requests: list[LoggedRequest] = []

    async def respond(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            ConnectionCutError: The connection is cut instead of an answer.
        """
        await asyncio.sleep(0)  # a real server lets other requests run meanwhile, too
        logged = LoggedRequest(request, at=self._now())
        self.requests.append(logged)
        self._note()
        try:
            response = await self._answer_or_fail(request)
        finally:
            self._note()
        logged.status = response.status
        headers = {
            "Date": format_datetime(self._now(), usegmt=True),
            "request-id": f"stand-in-{len(self.requests)}",
            **self._quota_headers(request),
        }
        return Response(status=response.status, headers=headers, body=response.body)

    def sent(self, path: str = "", method: str = "") -> list[LoggedRequest]:
        """The requests so far whose path and method begin like this."""
        return [r for r in self.requests if r.path.startswith(path) and r.method.startswith(method)]

    def add_charge_point(
        self,
        name: str | None = "Garage",
        *,
        max_kw: float | None = 11.0,
        serial_number: str | None = "SN-PRIVATE-1",
        visibility: str = "private",
        type: str | None = "ac",  # noqa: A002 - Monta's word
        meter_kwh: float | None = 1000.0,
        starts_by_itself: bool = False,
    ) -> int:
        """Add a charge point; returns its id."""
        now, point_id = self._now(), _FIRST_CHARGE_POINT_ID + len(self.site.points)
        self.site.points[point_id] = ChargePoint(
            id=point_id,
            name=name,
            serial_number=serial_number,
            max_kw=max_kw,
            visibility=visibility,
            type=type,
            created_at=now,
            updated_at=now,
            meter_kwh=meter_kwh,
            starts_by_itself=starts_by_itself,
        )
        return point_id

    def plug_in(self, charge_point_id: int, car: Car) -> None:
        """Plug the cable into a car."""
        self._note()
        self.site.plug_in(self.site.points[charge_point_id], car)
        self._note()

    def unplug(self, charge_point_id: int) -> None:
        """Pull the cable."""
        self._note()
        self.site.unplug(self.site.points[charge_point_id])
        self._note()

    def start_by_hand(self, charge_point_id: int) -> int:
        """Start in Monta's own app or with a card; returns the charge's id."""
        return self.site.start(self.site.points[charge_point_id], by="app").id

    def stop_by_hand(self, charge_point_id: int) -> None:
        """Stop in Monta's own app."""
        if charge := self.site.points[charge_point_id].charge:
            self.site.stop(charge, reason="StoppedByUser")

    def break_off(self, charge_point_id: int, reason: str | None = "PowerLoss") -> None:
        """End the charge at once, as the hardware does; the reason is one of OCPP's, or None."""
        self.site.break_off(self.site.points[charge_point_id], reason)

    def schedule_by_cloud(self, charge_point_id: int, begins_at: datetime) -> int:
        """Let Monta's own smart charging plan a charge; returns its id."""
        return self.site.schedule(self.site.points[charge_point_id], begins_at).id

    def pause_by_car(self, charge_point_id: int) -> None:
        """Let the car stop taking energy, full or not."""
        self.site.pause(self.site.points[charge_point_id])

    def resume_by_car(self, charge_point_id: int, more_kwh: float = 0) -> None:
        """Let the car take energy again, and more of it."""
        self.site.resume(self.site.points[charge_point_id], more_kwh)

    def lose(self, charge_point_id: int) -> None:
        """Let the charger go offline, whatever it is doing."""
        point = self.site.points[charge_point_id]
        self.site.go_offline(point)
        self.reporting.freeze(point)

    def find(self, charge_point_id: int) -> None:
        """Let it come back."""
        point = self.site.points[charge_point_id]
        self.site.come_back(point, with_commands=self.habits.keeps_commands)
        self.reporting.thaw(point)

    def hold(self, charge_point_id: int) -> None:
        """Let load management pause whatever charges there, or begins to."""
        self.site.hold(self.site.points[charge_point_id])

    def let_go(self, charge_point_id: int) -> None:
        """Let energy flow again."""
        self.site.let_go(self.site.points[charge_point_id])

    def charge_of(self, charge_point_id: int) -> Charge | None:
        """The charge point's latest charge."""
        self.catch_up()
        return self.site.points[charge_point_id].charge

    def catch_up(self) -> None:
        """Carry out what is due by now; lists that lag tell of it later, however often somebody looks."""
        self._note()
        self.site.catch_up()

    def fail_next(self, failure: Failure, target: str = "", times: int = 1, *, method: str = "") -> None:
        """Let the next requests fail whose path and query begin like this."""
        self.failures.add(failure, target, times, method)

    def revoke_tokens(self, *, refresh_too: bool = False) -> None:
        """Refuse all tokens issued so far."""
        self.tokens.revoke(refresh_too=refresh_too)

    def _now(self) -> datetime:
        return self._outside_now() + self.habits.clock_ahead

    def _note(self) -> None:
        """How all stands, for lists that lag."""
        lags = {lag for lag in (self.habits.list_lag, self.habits.state_lag, self.habits.cable_lag) if lag}
        if lags:
            now = self._now()
            for moment in [*self.site.due_by(now, *(now - lag for lag in lags)), now]:
                self.site.catch_up_to(moment)
                self.reporting.note(moment)

    async def _answer_or_fail(self, request: Request) -> Response:
        try:
            match self.failures.due(request.method, request.target):
                case None:
                    return self._answer(request)
                case Failure.CUT_AFTER_ACTING:
                    self._answer(request)
                    raise ConnectionCutError
                case failure:
                    return await self._fail(failure)
        except ErrorAnswerError as error:
            return envelope(error)

    def _quota_headers(self, _request: Request) -> Mapping[str, str]:
        return self.quota.headers

    def _answer(self, request: Request) -> Response:
        self.quota.count()
        self.site.catch_up()
        return Response(body=self.endpoints.answer(request))

    async def _fail(self, failure: Failure) -> Response:
        match failure:
            case Failure.SERVER_ERROR:
                raise ErrorAnswerError(500, "UNKNOWN", "Unknown Error")
            case Failure.FORBIDDEN:
                raise ErrorAnswerError(403, "ACCESS_FORBIDDEN", "no access to this resource")
            case Failure.RATE_LIMITED:
                self.quota.refuse()
            case Failure.ERROR_ENVELOPE:
                return envelope(ErrorAnswerError(200, "UNKNOWN", "Unknown Error"))
            case Failure.HTML:
                return Response(body="<html><body>Down for maintenance</body></html>")
            case Failure.HANG:
                await asyncio.Event().wait()
            case _:
                pass
        raise ConnectionCutError
