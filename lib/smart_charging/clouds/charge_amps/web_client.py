"""The API of Charge Amps' web app, one method per endpoint; it is undocumented, and read-only unless asked for more."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.charge_amps.client import Channel, api_url
from smart_charging.clouds.charge_amps.models import WebChargePoint
from smart_charging.clouds.charge_amps.redaction import shortened
from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.wire import Call
from smart_charging.host_clock import utc_now, wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from smart_charging.clouds.charge_amps.credentials import Credentials

WEB_HOST = "my.charge.space"
WEB_URL = f"https://{WEB_HOST}"
_API = "/api/"


class WebClient:
    """One login at the web app.

    Every method may raise any `CloudError`; nothing but a request whose token was refused is repeated.

    Args:
        host: What the login names as the app's host.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str = WEB_URL,
        host: str = WEB_HOST,
        token_file: Path | None = None,
        now: Callable[[], datetime] = utc_now,
        tell_time: Callable[[datetime], None] | None = None,
        sleep: Callable[[float], Awaitable[object]] = wait,
        timeout: timedelta = timedelta(seconds=20),
        logger: logging.Logger | None = None,
    ) -> None:
        url = api_url(base_url, _API)
        origin = url.removesuffix(_API)
        self._headers = {"Accept": "application/json", "Origin": origin, "Referer": f"{origin}/userapp/dashboard"}
        self.channel = Channel.opened(
            credentials,
            url=url,
            token_file=token_file,
            now=now,
            tell_time=tell_time,
            sleep=sleep,
            timeout=timeout,
            headers=self._headers,
            logger=logger or logging.getLogger(__name__),
            host=host,
        )
        self.now = now

    async def owned(self, urgency: Urgency = Urgency.POLL) -> list[WebChargePoint]:
        """All charge points of the account with all they tell, in one request.

        Source: POST /users/chargepoints/owned?expand=ocppConfig; it is a POST although it only reads.
        """
        call = Call(
            method="POST",
            path="users/chargepoints/owned",
            query={"expand": "ocppConfig"},
            json={},
            headers=self._headers,
        )
        return await self.channel.rows(WebChargePoint, call, urgency)

    async def set_current(self, point_id: str, connector: int, current_a: int) -> None:
        """Set a connector's current; unverified.

        Source: PUT /chargepoints/{id}/updateusersettings; it refuses numbers with a decimal point.
        """
        await self._put(point_id, "updateusersettings", query={f"userCurrentConnector{connector}": current_a})

    async def remote_start(self, point_id: str, connector: int, tag: str) -> None:
        """Start a session with a tag; unverified.

        Source: PUT /chargepoints/{id}/{n}/remotestart.
        """
        await self._put(point_id, str(connector), "remotestart", query={"rfidTag": tag})

    async def remote_stop(self, point_id: str, connector: int) -> None:
        """End a session; unverified.

        Source: PUT /chargepoints/{id}/{n}/remotestop.
        """
        user_id = self.channel.auth.user_id
        await self._put(point_id, str(connector), "remotestop", query={"userId": user_id} if user_id else {})

    async def _put(self, point_id: str, *steps: str, query: Mapping[str, str | int]) -> None:
        call = Call(
            method="PUT",
            path="/".join(("chargepoints", point_id, *steps)),
            query=query,
            headers=self._headers,
            shown="/".join(("chargepoints", shortened(point_id), *steps)),
        )
        await self.channel.send(call, Urgency.COMMAND)
