"""The stand-in's endpoints; the quota is checked before, the token here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from smart_charging.clouds.monta.stand_in.doorkeeper import TokenOffice
from smart_charging.clouds.monta.stand_in.lifecycle import Lifecycle
from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError, Request
from smart_charging.clouds.monta.stand_in.reporting import Reporting
from smart_charging.clouds.monta.stand_in.shapes import Json
from smart_charging.clouds.monta.stand_in.wallet import Wallet

T = TypeVar("T")

ALL_SCOPES = ("charge-points", "charge-transactions", "control-charging", "wallet-transactions")
_NO_LOGIN = "no login"
_PERIODS_S = ("3600", "1800", "900", "600", "300")


class Endpoints:
    """One method per endpoint, and `answer`, which finds it."""

    def __init__(self, *, tokens: TokenOffice, site: Lifecycle, reporting: Reporting, wallet: Wallet) -> None:
        self.scopes: tuple[str, ...] = ALL_SCOPES
        self._tokens = tokens
        self._site = site
        self._reporting = reporting
        self._wallet = wallet
        self._all: tuple[tuple[str, str, str, Callable[..., Json]], ...] = (
            ("POST", "auth/token", _NO_LOGIN, self._login),
            ("POST", "auth/refresh", _NO_LOGIN, self._refresh),
            ("GET", "auth/me", "", self._me),
            ("GET", "charge-points", "charge-points", self._charge_points),
            ("GET", r"charge-points/(\d+)", "charge-points", self._charge_point),
            ("GET", "charges", "charge-transactions", self._charges),
            ("POST", "charges", "control-charging", self._start),
            ("GET", r"charges/(\d+)", "charge-transactions", self._charge),
            ("POST", r"charges/(\d+)/stop", "control-charging", self._stop),
            ("GET", r"charges/(\d+)/kwh-consumption", "charge-transactions", self._kwh_consumption),
            ("GET", "wallets/personal", "wallet-transactions", self._personal_wallet),
            ("GET", "wallet-transactions", "wallet-transactions", self._transactions),
            ("GET", r"wallet-transactions/(\d+)", "wallet-transactions", self._transaction),
        )

    def answer(self, request: Request) -> Json:
        """Answer one request.

        Raises:
            ErrorAnswerError: The request is invalid, or the token does not permit it.
        """
        for method, path, scope, endpoint in self._all:
            if method == request.method and (found := re.fullmatch(path, request.path)):
                if scope is not _NO_LOGIN:
                    self._let_in(request, scope)
                return endpoint(request, *found.groups())
        raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "no such endpoint")

    def _let_in(self, request: Request, scope: str) -> None:
        self._tokens.check(request.headers.get("authorization"))
        if scope and not {scope, "all"} & set(self.scopes):
            raise ErrorAnswerError(403, "ACCESS_FORBIDDEN", "scope missing")

    def _login(self, request: Request) -> Json:
        body = _object(request)
        return self._tokens.login(body.get("clientId"), body.get("clientSecret"))

    def _refresh(self, request: Request) -> Json:
        return self._tokens.refresh(_object(request).get("refreshToken"))

    def _me(self, _request: Request) -> Json:
        return {
            "id": 77,
            "userId": 1234,
            "name": "Stand-in",
            "clientId": self._tokens.client_id,
            "clientSecret": None,
            "scopes": list(self.scopes),
            "createdAt": "2025-01-10T08:00:00Z",
            "updatedAt": None,
        }

    def _charge_points(self, request: Request) -> Json:
        return self._page(request, self._reporting.charge_points())

    def _charge_point(self, _request: Request, point_id: str) -> Json:
        return self._reporting.charge_point(_find(self._site.points, point_id))

    def _charges(self, request: Request) -> Json:
        return self._page(request, [charge for charge in self._reporting.charges() if _matches(charge, request.query)])

    def _charge(self, _request: Request, charge_id: str) -> Json:
        charge = _find(self._site.charges, charge_id)
        if not self._reporting.is_found(charge):
            raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "entity not found")
        return self._reporting.charge(charge)

    def _start(self, request: Request) -> Json:
        point = _find(self._site.points, str(_object(request).get("chargePointId")))
        return self._reporting.charge(self._site.start(point, by="api"))

    def _stop(self, _request: Request, charge_id: str) -> Json:
        charge = self._site.stop(_find(self._site.charges, charge_id), reason="api")
        return self._reporting.charge(charge)

    def _kwh_consumption(self, request: Request, charge_id: str) -> Json:
        period = request.query.get("consumptionPeriodSizeInSeconds", "3600")
        if period not in _PERIODS_S:
            raise ErrorAnswerError(400, "BAD_REQUEST", "no such period")
        return self._reporting.kwh_consumption(_find(self._site.charges, charge_id), int(period))

    def _personal_wallet(self, _request: Request) -> Json:
        return self._wallet.as_json()

    def _transactions(self, request: Request) -> Json:
        newest_first = reversed(self._wallet.transactions.values())
        return self._page(request, [one for one in newest_first if _matches(one, request.query)])

    def _transaction(self, _request: Request, transaction_id: str) -> Json:
        return _find(self._wallet.transactions, transaction_id)

    def _page(self, request: Request, items: Sequence[Json]) -> Json:
        try:
            number, per_page = int(request.query.get("page", "0")), int(request.query.get("perPage", "10"))
        except ValueError:
            number, per_page = -1, 0
        if number < 0 or not 1 <= per_page <= 100:
            raise ErrorAnswerError(400, "BAD_REQUEST", "no such page")
        return self._reporting.page(items, number, per_page)


def _object(request: Request) -> Mapping[str, object]:
    if not isinstance(request.json, dict):
        raise ErrorAnswerError(400, "BAD_REQUEST", "the body is not an object")
    return request.json


def _find(things: Mapping[int, T], thing_id: str) -> T:
    try:
        return things[int(thing_id)]
    except (KeyError, ValueError):
        raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "entity not found") from None


def _matches(item: Json, query: Mapping[str, str]) -> bool:
    """Whether an item matches the filters; timestamps of one format compare as text."""
    created = str(item["createdAt"])
    return (
        query.get("state", item["state"]) == item["state"]
        and query.get("chargePointId", str(item.get("chargePointId"))) == str(item.get("chargePointId"))
        and query.get("fromDate", created) <= created <= query.get("toDate", created)
    )
