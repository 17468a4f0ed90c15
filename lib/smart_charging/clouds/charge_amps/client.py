"""Charge Amps' External API, one method per endpoint."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeVar

import httpx

from smart_charging.clouds.charge_amps.answers import raise_for_status, read_list, read_object
from smart_charging.clouds.charge_amps.auth import Auth
from smart_charging.clouds.charge_amps.models import ChargePoint, ChargePointStatus, ChargingSession
from smart_charging.clouds.charge_amps.redaction import PRIVATE_KEYS, shortened
from smart_charging.clouds.charge_amps.words import CHARGE_AMPS
from smart_charging.clouds.http.answers import read
from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.model import CloudModel
from smart_charging.clouds.http.pace import Pace
from smart_charging.clouds.http.token_file import Login, TokenFile
from smart_charging.clouds.http.wire import Call, Wire
from smart_charging.host_clock import utc_now, wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from smart_charging.clouds.charge_amps.credentials import Credentials

M = TypeVar("M", bound=CloudModel)

EXTERNAL_URL = "https://eapi.charge.space"
_API = "/api/v5/"
_POINTS = "chargepoints"
_GAP = timedelta(seconds=1)
"""Between two requests; four in one second have got an API key blocked."""
_MOST_KINDS_LOGGED = 20
_HEADERS = {"Accept": "application/json"}


class Channel:
    """What both APIs share: tokens, one request at a time, one repetition after a 401."""

    def __init__(self, *, wire: Wire, auth: Auth, pace: Pace, logger: logging.Logger) -> None:
        self._wire = wire
        self.auth = auth
        self.pace = pace
        self._log = logger
        self._logged_kinds: set[str] = set()

    @classmethod
    def opened(
        cls,
        credentials: Credentials,
        *,
        url: str,
        token_file: Path | None,
        now: Callable[[], datetime],
        tell_time: Callable[[datetime], None] | None,
        sleep: Callable[[float], Awaitable[object]],
        timeout: timedelta,
        headers: Mapping[str, str],
        logger: logging.Logger,
        host: str | None = None,
    ) -> Self:
        """With a connection of its own to one of the two APIs.

        Args:
            host: What the login of the web app names as the app's host.
        """
        pace = Pace(cloud=CHARGE_AMPS.name, gap=gap_to(url), now=now, sleep=sleep, logger=logger)
        wire = Wire(
            cloud=CHARGE_AMPS.name,
            base_url=url,
            budget=None,
            pace=pace,
            timeout=timeout,
            now=now,
            tell_time=tell_time,
            logger=logger,
        )
        tokens = TokenFile(token_file, Login(secrets=credentials.secrets, base_url=url), logger)
        auth = Auth(wire=wire, credentials=credentials, token_file=tokens, now=now, host=host, headers=headers)
        return cls(wire=wire, auth=auth, pace=pace, logger=logger)

    @property
    def latency(self) -> timedelta | None:
        """From the last answered request to its answer; None before the first."""
        return self._wire.latency

    def answer_shapes(self) -> Mapping[str, object]:
        """How the last answers were built, by endpoint."""
        return self._wire.last_answers.shapes(PRIVATE_KEYS)

    async def aclose(self) -> None:
        """Close the connections; tokens stay valid and sessions continue."""
        await self._wire.aclose()

    async def send(self, call: Call, urgency: Urgency) -> httpx.Response:
        """Send with a token, and after a 401 once more with a new one: nothing was done, so even a start is safe."""
        tokens = await self.auth.tokens(urgency)
        response = await self._wire.send(call, urgency, bearer=tokens.access)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            tokens = await self.auth.tokens(urgency, refused=tokens)
            response = await self._wire.send(call, urgency, bearer=tokens.access)
        raise_for_status(call, response)
        return response

    async def rows(self, model: type[M], call: Call, urgency: Urgency) -> list[M]:
        """A list; rows that cannot be read are left out and logged."""
        found, complaint = read_list(model, call, await self.send(call, urgency))
        kind = re.sub(r"\d+", "*", f"{call}: {complaint}")
        if complaint and kind not in self._logged_kinds and len(self._logged_kinds) < _MOST_KINDS_LOGGED:
            self._logged_kinds.add(kind)
            self._log.warning("%s: a row is left out (%s); please report it", call, complaint)
        return found


class ExternalClient:
    """One login at the External API.

    Every method may raise any `CloudError`; nothing but a request whose token was refused is repeated.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str = EXTERNAL_URL,
        token_file: Path | None = None,
        now: Callable[[], datetime] = utc_now,
        tell_time: Callable[[datetime], None] | None = None,
        sleep: Callable[[float], Awaitable[object]] = wait,
        timeout: timedelta = timedelta(seconds=20),
        logger: logging.Logger | None = None,
    ) -> None:
        self.channel = Channel.opened(
            credentials,
            url=api_url(base_url, _API),
            token_file=token_file,
            now=now,
            tell_time=tell_time,
            sleep=sleep,
            timeout=timeout,
            headers=_HEADERS,
            logger=logger or logging.getLogger(__name__),
        )
        self.now = now

    async def owned(self, urgency: Urgency = Urgency.POLL) -> list[ChargePoint]:
        """All charge points of the account, without settings.

        Source: GET /chargepoints/owned.
        """
        return await self.channel.rows(ChargePoint, _get("owned"), urgency)

    async def charge_point(self, point_id: str, urgency: Urgency = Urgency.POLL) -> ChargePoint:
        """One charge point with its settings and those of its connectors.

        Source: GET /chargepoints/{id}?expand=settings.
        """
        call = _get(point_id, query={"expand": "settings"})
        return read(ChargePoint, call, await self.channel.send(call, urgency))

    async def status(self, point_id: str, urgency: Urgency = Urgency.POLL) -> ChargePointStatus:
        """What a charge point and its connectors are doing.

        Source: GET /chargepoints/{id}/status.
        """
        call = _get(point_id, "status")
        return read(ChargePointStatus, call, await self.channel.send(call, urgency))

    async def settings(
        self, point_id: str, connector: int | None = None, *, urgency: Urgency = Urgency.COMMAND
    ) -> Mapping[str, object]:
        """The settings of a charge point, or of one of its connectors, as they came.

        Source: GET /chargepoints/{id}/settings, GET /chargepoints/{id}/connectors/{n}/settings.
        """
        call = _get(point_id, *_part(connector), "settings")
        return read_object(call, await self.channel.send(call, urgency))

    async def put_settings(self, point_id: str, connector: int | None, settings: Mapping[str, object]) -> None:
        """Replace the settings; what is left out may be lost.

        Source: PUT /chargepoints/{id}/settings, PUT /chargepoints/{id}/connectors/{n}/settings.

        Raises:
            RefusedError: A value is not possible, or the charger's firmware takes no settings.
        """
        await self._put(settings, point_id, *_part(connector), "settings")

    async def sessions(
        self, point_id: str, *, since: datetime, urgency: Urgency = Urgency.POLL
    ) -> list[ChargingSession]:
        """The sessions that began at that time or later.

        Source: GET /chargepoints/{id}/chargingsessions.
        """
        call = _get(point_id, "chargingsessions", query={"startTime": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"})
        return await self.channel.rows(ChargingSession, call, urgency)

    async def remote_start(self, point_id: str, connector: int, tag: Mapping[str, object]) -> None:
        """Show a tag to a connector that asks for one; the answer means accepted, not that current flows.

        Source: PUT /chargepoints/{id}/connectors/{n}/remotestart.
        """
        await self._put(tag, point_id, *_part(connector), "remotestart")

    async def remote_stop(self, point_id: str, connector: int) -> None:
        """End the session of a connector.

        Source: PUT /chargepoints/{id}/connectors/{n}/remotestop.

        Raises:
            RefusedError: Most likely there is no session.
        """
        await self._put({}, point_id, *_part(connector), "remotestop")

    async def override_schedule(self, point_id: str, connector: int) -> None:
        """Let the running session charge in spite of the charger's schedule.

        Source: PUT /chargepoints/{id}/connectors/{n}/schedule/override.
        """
        await self._put({}, point_id, *_part(connector), "schedule", "override")

    async def reboot(self, point_id: str) -> None:
        """Restart a charge point.

        Source: PUT /chargepoints/{id}/reboot.
        """
        await self._put({}, point_id, "reboot")

    async def _put(self, body: Mapping[str, object], *steps: str) -> None:
        await self.channel.send(_call("PUT", *steps, json=body), Urgency.COMMAND)


def _part(connector: int | None) -> tuple[str, ...]:
    return () if connector is None else ("connectors", str(connector))


def _get(*steps: str, query: Mapping[str, str | int] | None = None) -> Call:
    return _call("GET", *steps, query=query)


def _call(
    method: str, *steps: str, query: Mapping[str, str | int] | None = None, json: Mapping[str, object] | None = None
) -> Call:
    """A request; its first step may be a charge point's id, of which messages show the beginning."""
    first, *others = steps
    return Call(
        method=method,
        path="/".join((_POINTS, *steps)),
        query=query or {},
        json=json,
        headers=_HEADERS,
        shown="/".join((_POINTS, first if first == "owned" else shortened(first), *others)),
    )


def gap_to(url: str) -> timedelta:
    """The time between two requests."""
    return timedelta(0) if is_stand_in(url) else _GAP


def is_stand_in(url: str) -> bool:
    """Whether the address is on this machine, where nobody's key can be blocked."""
    return httpx.URL(url).host in {"127.0.0.1", "::1", "localhost"}


def api_url(written: str, api: str) -> str:
    """The API's address; people write it with or without the path, a blank or a slash at its end."""
    url = written.strip().rstrip("/")
    return f"{url.removesuffix(api.rstrip('/'))}{api}"
