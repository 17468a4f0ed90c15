"""A stand-in for the Monta cloud: its endpoints, its login, its quota, its delays and its bad days."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto
from typing import TypeVar

from smart_charging.demo import shapes
from smart_charging.demo.doorkeeper import Quota, TokenOffice
from smart_charging.demo.messages import (
    ConnectionCutError,
    ErrorAnswerError,
    LoggedRequest,
    Request,
    Response,
    envelope,
)
from smart_charging.demo.shapes import Json
from smart_charging.demo.site import Car, Charge, ChargePoint, Delays, Site

T = TypeVar("T")

ALL_SCOPES = ("charge-points", "charge-transactions", "control-charging", "wallet-transactions")
_FIRST_TRANSACTION_ID = 55000001
_PERIODS_S = ("3600", "1800", "900", "600", "300")


class Failure(Enum):
    """What can go wrong with a request."""

    SERVER_ERROR = auto()
    HTML = auto()
    """A proxy's page, with status 200."""
    ERROR_ENVELOPE = auto()
    """An error in a body, with status 200."""
    RATE_LIMITED = auto()
    FORBIDDEN = auto()
    HANG = auto()
    """No answer ever, and nothing done."""
    CUT = auto()
    """The line goes dead before anything is done."""
    CUT_AFTER_ACTING = auto()
    """It is done, but the answer gets lost."""


class MontaStandIn:
    """Monta's Public API in memory; no sockets, and no clock but the one it is given.

    The demo mounts it on an HTTP server, tests mount it on respx.

    Args:
        price: The owner's price per kWh for the quarter that begins then.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        client_id: str = "stand-in-id",
        client_secret: str = "stand-in-secret",  # noqa: S107 - opens nothing but this
        quota: int = 10,
        window_s: float = 60,
        start_delay: timedelta = Delays.start,
        start_timeout: timedelta = Delays.start_timeout,
        stop_delay: timedelta = Delays.stop,
        settle_delay: timedelta = Delays.settle,
        price: Callable[[datetime], float] | None = None,
        currency: str = "DKK",
    ) -> None:
        self._now = now
        self.tokens = TokenOffice(client_id=client_id, client_secret=client_secret, now=now)
        self.quota = Quota(quota, timedelta(seconds=window_s), now)
        delays = Delays(start=start_delay, start_timeout=start_timeout, stop=stop_delay, settle=settle_delay)
        self.site = Site(now=now, delays=delays, price=price, on_settled=self._book)
        self.scopes: tuple[str, ...] = ALL_SCOPES
        self.currency = currency
        self.balance = 500.0
        self.credit = 25.0
        self.transactions: list[Json] = []
        self.requests: list[LoggedRequest] = []
        self.outage: Failure | None = None
        """What happens to every request, until set to None."""
        self._failures: deque[tuple[Failure, str]] = deque()

    # What a person in front of the charger does.

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
        """Install one; returns its id."""
        now, point_id = self._now(), 410001 + len(self.site.points)
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
        """Put the cable into a car."""
        self.site.plug_in(self.site.points[charge_point_id], car)

    def unplug(self, charge_point_id: int) -> None:
        """Pull the cable."""
        self.site.unplug(self.site.points[charge_point_id])

    def start_by_hand(self, charge_point_id: int) -> int:
        """Start in Monta's own app or with a card; returns the charge's id."""
        return self.site.start(self.site.points[charge_point_id], by="app").id

    def stop_by_hand(self, charge_point_id: int) -> None:
        """Stop in Monta's own app."""
        if charge := self.site.points[charge_point_id].charge:
            self.site.stop(charge, reason="StoppedByUser")

    def charge_of(self, charge_point_id: int) -> Charge | None:
        """The latest charge there, as it stands now."""
        self.site.catch_up()
        return self.site.points[charge_point_id].charge

    # What goes wrong.

    def fail_next(self, failure: Failure, path: str = "", times: int = 1) -> None:
        """Let the next requests whose path begins like this fail."""
        self._failures.extend((failure, path) for _ in range(times))

    def revoke_tokens(self, *, refresh_too: bool = False) -> None:
        """Refuse all tokens handed out so far."""
        self.tokens.revoke(refresh_too=refresh_too)

    def sent(self, path: str = "", method: str = "") -> list[LoggedRequest]:
        """The requests so far whose path begins like this."""
        return [r for r in self.requests if r.path.startswith(path) and r.method.startswith(method)]

    # What the cloud does.

    async def respond(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            ConnectionCutError: The line goes dead instead.
        """
        await asyncio.sleep(0)  # a real server lets others go first, too
        status: int | None = None
        index, at = len(self.requests), self._now()
        self._log(request, at, status)
        try:
            response = await self._answer_or_fail(request)
            status = response.status
        finally:
            self.requests[index] = self._line(request, at, status)
        headers = {
            "Date": format_datetime(at, usegmt=True),
            "request-id": f"stand-in-{index + 1}",
            **self.quota.headers,
            **response.headers,
        }
        return Response(status=status, headers=headers, body=response.body)

    def _log(self, request: Request, at: datetime, status: int | None) -> None:
        self.requests.append(self._line(request, at, status))

    def _line(self, request: Request, at: datetime, status: int | None) -> LoggedRequest:
        return LoggedRequest(
            method=request.method, path=request.path, query=request.query, json=request.json, at=at, status=status
        )

    async def _answer_or_fail(self, request: Request) -> Response:
        try:
            match self.outage or self._due_failure(request.path):
                case None:
                    return self._answer(request)
                case Failure.CUT_AFTER_ACTING:
                    self._answer(request)
                    raise ConnectionCutError
                case failure:
                    return await self._fail(failure)
        except ErrorAnswerError as error:
            return envelope(error)

    def _due_failure(self, path: str) -> Failure | None:
        for index, (failure, prefix) in enumerate(self._failures):
            if path.startswith(prefix):
                del self._failures[index]
                return failure
        return None

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

    def _answer(self, request: Request) -> Response:
        self.quota.count()
        self.site.catch_up()
        for method, pattern, scope, endpoint in self._endpoints():
            if request.method == method and (found := re.fullmatch(pattern, request.path)):
                if scope != "login":
                    self._let_in(request, scope)
                return Response(body=endpoint(request, *found.groups()))
        raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "no such endpoint")

    def _endpoints(self) -> tuple[tuple[str, str, str, Callable[..., Json]], ...]:
        """Method, path, scope and function of every endpoint."""
        return (
            ("POST", "auth/token", "login", self._login),
            ("POST", "auth/refresh", "login", self._refresh),
            ("GET", "auth/me", "", self._me),
            ("GET", "charge-points", "charge-points", self._charge_points),
            ("GET", r"charge-points/(\d+)", "charge-points", self._charge_point),
            ("GET", "charges", "charge-transactions", self._charges),
            ("POST", "charges", "control-charging", self._start),
            ("GET", r"charges/(\d+)", "charge-transactions", self._charge),
            ("POST", r"charges/(\d+)/stop", "control-charging", self._stop),
            ("GET", r"charges/(\d+)/kwh-consumption", "charge-transactions", self._kwh_consumption),
            ("GET", "wallets/personal", "wallet-transactions", self._wallet),
            ("GET", "wallet-transactions", "wallet-transactions", self._transactions),
            ("GET", r"wallet-transactions/(\d+)", "wallet-transactions", self._transaction),
        )

    def _let_in(self, request: Request, scope: str) -> None:
        self.tokens.check(request.headers.get("authorization"))
        if scope and not {scope, "all"} & set(self.scopes):
            raise ErrorAnswerError(403, "ACCESS_FORBIDDEN", "scope missing")

    def _login(self, request: Request) -> Json:
        body = _object(request)
        return self.tokens.login(body.get("clientId"), body.get("clientSecret"))

    def _refresh(self, request: Request) -> Json:
        return self.tokens.refresh(_object(request).get("refreshToken"))

    def _me(self, _request: Request) -> Json:
        return {
            "id": 77,
            "userId": 1234,
            "name": "Stand-in",
            "clientId": self.tokens.client_id,
            "clientSecret": None,
            "scopes": list(self.scopes),
            "createdAt": "2025-01-10T08:00:00Z",
            "updatedAt": None,
        }

    def _charge_points(self, request: Request) -> Json:
        return _page(request, [shapes.charge_point(point) for point in self.site.points.values()])

    def _charge_point(self, _request: Request, point_id: str) -> Json:
        return shapes.charge_point(_find(self.site.points, point_id))

    def _charges(self, request: Request) -> Json:
        charges = [self._shape(charge) for charge in reversed(self.site.charges.values())]
        return _page(request, [c for c in charges if _matches(c, request.query)])

    def _charge(self, _request: Request, charge_id: str) -> Json:
        return self._shape(_find(self.site.charges, charge_id))

    def _start(self, request: Request) -> Json:
        point = _find(self.site.points, str(_object(request).get("chargePointId")))
        return self._shape(self.site.start(point, by="api"))

    def _stop(self, _request: Request, charge_id: str) -> Json:
        return self._shape(self.site.stop(_find(self.site.charges, charge_id), reason="api"))

    def _kwh_consumption(self, request: Request, charge_id: str) -> Json:
        period = request.query.get("consumptionPeriodSizeInSeconds", "3600")
        if period not in _PERIODS_S:
            raise ErrorAnswerError(400, "BAD_REQUEST", "no such period")
        return shapes.kwh_consumption(_find(self.site.charges, charge_id), int(period))

    def _wallet(self, _request: Request) -> Json:
        return {
            "id": 91,
            "ownerType": "team",
            "ownerId": 1234,
            "balance": {"amount": round(self.balance, 2), "credit": self.credit},
            "currency": shapes.currency(self.currency),
        }

    def _transactions(self, request: Request) -> Json:
        return _page(request, [t for t in reversed(self.transactions) if _matches(t, request.query)])

    def _transaction(self, _request: Request, transaction_id: str) -> Json:
        return _find(dict(enumerate(self.transactions, start=_FIRST_TRANSACTION_ID)), transaction_id)

    def _shape(self, charge: Charge) -> Json:
        return shapes.charge(charge, self.currency)

    def _book(self, charge: Charge) -> None:
        """Pay for a settled charge out of the wallet."""
        if charge.cost is None:
            return
        self.balance -= charge.cost
        stamp, currency = shapes.stamp(charge.updated_at), shapes.currency(self.currency)
        self.transactions.append(
            {
                "id": _FIRST_TRANSACTION_ID + len(self.transactions),
                "state": "complete",
                "summary": "Charge at Hidden Lane 13",
                "note": None,
                "fromAmount": charge.cost,
                "fromCurrency": currency,
                "fromWalletId": 91,
                "toAmount": charge.cost,
                "toCurrency": currency,
                "toWalletId": 92,
                "chargeId": charge.id,
                "exchangeRate": 1.0,
                "createdAt": stamp,
                "updatedAt": stamp,
                "completedAt": stamp,
            }
        )


def _object(request: Request) -> Mapping[str, object]:
    if not isinstance(request.json, dict):
        raise ErrorAnswerError(400, "BAD_REQUEST", "the body is not an object")
    return request.json


def _find(things: Mapping[int, T], thing_id: str) -> T:
    try:
        return things[int(thing_id)]
    except (KeyError, ValueError):
        raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "entity not found") from None


def _page(request: Request, items: list[Json]) -> Json:
    try:
        number, per_page = int(request.query.get("page", "0")), int(request.query.get("perPage", "10"))
    except ValueError:
        number, per_page = -1, 0
    if number < 0 or not 1 <= per_page <= 100:
        raise ErrorAnswerError(400, "BAD_REQUEST", "no such page")
    return shapes.page(items, number, per_page)


def _matches(item: Json, query: Mapping[str, str]) -> bool:
    """Whether an item is what the filters ask for; stamps in one format compare as text."""
    created = str(item["createdAt"])
    return (
        query.get("state", item["state"]) == item["state"]
        and query.get("chargePointId", str(item.get("chargePointId"))) == str(item.get("chargePointId"))
        and query.get("fromDate", created) <= created <= query.get("toDate", created)
    )
