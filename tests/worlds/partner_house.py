"""A house at Monta's Partner API, with events delivered to AppDaemon's endpoint where they are subscribed to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smart_charging.clouds.http.stand_in.messages import LoggedRequest, Request, Response
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.client import BASE_URL
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.clouds.monta_partner.stand_in.webhooks import EVERY
from worlds.virtual_apps import VirtualHouse
from worlds.virtual_time import Clock

_LOGIN = "auth/token"
_OVER_THE_NET_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
    """A request as AppDaemon's endpoint gets it."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]

    async def read(self) -> bytes:
        return self.body


class PartnerHouse:
    """One charger."""

    base_url = BASE_URL

    def __init__(self, clock: Clock, **arguments: Any) -> None:
        self.cloud = PartnerStandIn(now=clock)
        self.point_id = self.cloud.add_charge_point("Garage")
        self.charger_id = str(self.point_id)
        tokens = self.cloud.tokens
        self.credentials = (
            f"monta_partner_client_id: {tokens.client_id}\nmonta_partner_client_secret: {tokens.client_secret}\n"
        )
        self.arguments: Mapping[str, Any] = {"cloud": "monta_partner", **arguments}
        self.clients: Mapping[str, Any] = {}
        self._is_down = False

    async def respond(self, request: Request) -> Response:
        response = await self.cloud.respond(request)
        return Response(status=503, body="") if self._is_down else response

    @property
    def requests(self) -> Sequence[LoggedRequest]:
        return self.cloud.requests

    def plug_in(self, wants_kwh: float) -> None:
        self.cloud.plug_in(self.point_id, Car(wants_kwh=wants_kwh))

    def unplug(self) -> None:
        self.cloud.unplug(self.point_id)

    def fail(self, *, is_down: bool) -> None:
        self._is_down = is_down

    @property
    def delivered_kwh(self) -> float:
        self.cloud.site.catch_up()
        return sum(charge.consumed_kwh or 0.0 for charge in self.cloud.site.charges.values())

    @property
    def logins(self) -> int:
        return len(self.cloud.sent(_LOGIN))

    @property
    def refusals(self) -> int:
        return self.cloud.quota.refused


async def deliver_events(cloud: PartnerStandIn, house: VirtualHouse) -> None:
    """Until cancelled; while AppDaemon is away the proxy answers with an error."""

    async def post(_url: str, headers: Mapping[str, str], body: bytes) -> int:
        await asyncio.sleep(_OVER_THE_NET_S)
        if not house.is_running or house.appdaemon is None or not house.appdaemon.endpoints:
            return 502
        [handler] = house.appdaemon.endpoints.values()
        request = EndpointRequest(headers=headers, body=body, query={"path": "monta"})
        _, status = await house.appdaemon.spawn(handler({}, request=request))
        return int(status)

    while True:
        await cloud.deliver(post)
        await asyncio.sleep(EVERY.total_seconds())
