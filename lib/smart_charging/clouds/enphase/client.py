"""Enlighten's API, one method per endpoint. It is the one of Enphase's own app and documented nowhere."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from httpx import codes

from smart_charging.clouds.enphase import calls
from smart_charging.clouds.enphase.answers import (
    Outcome,
    raise_for_status,
    read_list,
    read_object,
    read_status,
    start_outcome,
    stop_outcome,
)
from smart_charging.clouds.enphase.auth import Auth
from smart_charging.clouds.enphase.connection import Connection
from smart_charging.clouds.enphase.login import Login
from smart_charging.clouds.enphase.models import (
    LiveStreamAnswer,
    PreferenceAnswer,
    Site,
    Status,
    Summary,
    VppEvent,
    site_row,
)
from smart_charging.clouds.enphase.redaction import PRIVATE_KEYS
from smart_charging.clouds.enphase.session import SessionFile
from smart_charging.clouds.enphase.variants import PLURAL, SINGULAR, STARTS, STOPS, Variants
from smart_charging.clouds.enphase.words import ENPHASE
from smart_charging.clouds.http.answers import read
from smart_charging.clouds.http.budget import Budget, Urgency
from smart_charging.clouds.http.pace import Pace
from smart_charging.clouds.http.wire import Call, Wire
from smart_charging.errors import CloudError, NotFoundError, NotPermittedError, RefusedError, ResponseError
from smart_charging.host_clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    import httpx

    from smart_charging.clouds.enphase.credentials import Credentials

QUOTA, WINDOW = 540, timedelta(hours=1)
"""Above some 600 requests an hour Enphase was seen to throttle and to end sessions; nothing of this is published."""
LIVE_STREAM_FOR = timedelta(minutes=15)
_NO_LIST = (NotFoundError, ResponseError, RefusedError, NotPermittedError)


class EnphaseClient:
    """One account with its session and connections. Every method may raise any `CloudError`.

    Args:
        tokens_url: Where a session is exchanged for a token.
        token_file: Keeps the session across restarts; None keeps it in memory only.
        quota: Requests an hour.
        timeout: For one request, from connecting to the last byte.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        base_url: str,
        tokens_url: str,
        token_file: Path | None = None,
        quota: int = QUOTA,
        now: Callable[[], datetime] = utc_now,
        tell_time: Callable[[datetime], None] | None = None,
        timeout: timedelta = timedelta(seconds=15),
        logger: logging.Logger | None = None,
    ) -> None:
        self._tell_time = tell_time
        self._log = logger or logging.getLogger(__name__)
        self._told: set[str] = set()
        self.now = now
        """The clock for sessions and quota."""
        self.budget = Budget(cloud=ENPHASE.name, quota=quota, window=WINDOW, now=now, logger=self._log)
        self._wire, self._side = (self._opened(base_url, timeout) for _ in range(2))
        self._auth = Auth(
            login=Login(wire=self._wire, side=self._side, tokens_url=tokens_url, now=now),
            credentials=credentials,
            file=SessionFile(token_file, credentials, base_url.rstrip("/"), self._log),
            now=now,
        )
        self._connection = Connection(wire=self._wire, side=self._side, auth=self._auth, base_url=base_url)
        self.variants = Variants()
        """Which form of a command the sites take."""

    def _opened(self, base_url: str, timeout: timedelta) -> Wire:
        return Wire(
            cloud=ENPHASE.name,
            base_url=base_url,
            budget=self.budget,
            pace=Pace(cloud=ENPHASE.name, now=self.now, logger=self._log),
            timeout=timeout,
            now=self.now,
            tell_time=self._tell_time,
            logger=self._log,
        )

    @property
    def latency(self) -> timedelta | None:
        """From the last essential request to its answer; None before the first."""
        return self._wire.latency

    @property
    def clock_ahead(self) -> timedelta | None:
        """Our clock minus Enphase's at the last answer; None before the first answer with a time."""
        return self._wire.clock_ahead

    def answer_shapes(self) -> Mapping[str, object]:
        """How the last answers were built, by endpoint."""
        wires = (self._side, self._wire)
        return {name: shape for wire in wires for name, shape in wire.last_answers.shapes(PRIVATE_KEYS).items()}

    async def aclose(self) -> None:
        """Close the connections; the session stays valid and running charges continue."""
        await self._connection.aclose()

    async def log_in(self, *, password: str | None = None, code: str | None = None) -> None:
        """Log in now, whatever was refused before, and keep the session."""
        await self._auth.log_in(Urgency.COMMAND, password=password, code=code)

    async def sites(self) -> list[Site]:
        """The sites of the account, from the first of several lists that has any.

        Source: GET /app-api/search_sites.json and others.
        """
        problem: CloudError | None = None
        for call in calls.SITE_LISTS:
            try:
                sites, _ = read_list(Site, call, await self._connection.read(call, Urgency.POLL), prepare=site_row)
            except _NO_LIST as err:
                problem = problem or err
                continue
            if sites:
                return sites
        if problem:
            raise problem
        return []

    async def status(self, site: str, *, urgency: Urgency = Urgency.POLL) -> Status:
        """The chargers of a site as they are now.

        Source: GET /service/evse_controller/{site}/ev_chargers/status, or its singular where that has none.
        """
        status = await self._status(site, PLURAL, urgency)
        if status.chargers:
            return status
        try:
            return await self._status(site, SINGULAR, urgency)
        except _NO_LIST:
            return status

    async def _status(self, site: str, folder: str, urgency: Urgency) -> Status:
        call = calls.status(site, folder)
        status, complaint = read_status(call, await self._connection.read(call, urgency, site=site))
        self._tell_of(call, complaint)
        return status

    async def summary(self, site: str) -> list[Summary]:
        """What changes seldom about the chargers of a site; never causes a login.

        Source: GET /service/evse_controller/api/v2/{site}/ev_chargers/summary.
        """
        call = calls.summary(site)
        rows, complaint = read_list(Summary, call, await self._connection.optional(call, site=site), "data")
        self._tell_of(call, complaint)
        return rows

    async def mode(self, site: str, serial: str) -> str | None:
        """The mode a charger is in, such as `GREEN_CHARGING`; None where none is on. Never causes a login.

        Source: GET /service/evse_scheduler/api/v1/iqevc/charging-mode/{site}/{serial}/preference.
        """
        call = calls.preference("GET", site, serial)
        response = await self._connection.optional(call, site=site, with_bearer=True)
        return read(PreferenceAnswer, call, response).data.modes.enabled

    async def set_mode(self, site: str, serial: str, mode: str) -> None:
        """Set the mode a charger is in; one that it is in already is a success, whatever Enphase answers."""
        call = calls.preference("PUT", site, serial, {"mode": mode})
        response = await self._connection.command(call, site)
        if response.status_code == codes.BAD_REQUEST and await self.mode(site, serial) == mode:
            return
        raise_for_status(call, response)

    async def start(
        self, site: str, serial: str, *, level_a: int | None, is_strict: bool = False, connector: int = 1
    ) -> Outcome:
        """Start a charge in whatever form the site takes it.

        Args:
            level_a: The current per phase; None sends none.
            is_strict: Whether the current must not be left out where the site does not take it.
            connector: There is one.

        Raises:
            CloudError: No form was taken.
        """
        command = "start" if level_a is None else "start_with_level"
        call, response, outcome = None, None, None
        for form in self.variants.in_order(command, STARTS):
            is_bad_level = outcome is Outcome.BAD_LEVEL and form.body.has_level
            if is_bad_level or not form.is_possible(level_a, is_strict=is_strict):
                continue
            body = form.body.content(level_a, connector)
            call = calls.command(form, site, serial, word="start_charging", body=body)
            response = await self._connection.command(call, site)
            outcome = start_outcome(response)
            if outcome is Outcome.ACCEPTED:
                self.variants.note(command, STARTS, form)
            if outcome not in {Outcome.NEXT_VARIANT, Outcome.BAD_LEVEL}:
                break
        return _known(outcome, call, response)

    async def stop(self, site: str, serial: str) -> Outcome:
        """Stop what runs on a charger, in whatever form the site takes it.

        Raises:
            CloudError: No form was taken.
        """
        call, response, outcome = None, None, None
        for form in self.variants.in_order("stop", STOPS):
            call = calls.command(form, site, serial, word="stop_charging")
            response = await self._connection.command(call, site)
            outcome = stop_outcome(response)
            if outcome is Outcome.ACCEPTED:
                self.variants.note("stop", STOPS, form)
            if outcome is not Outcome.NEXT_VARIANT:
                break
        if outcome is Outcome.NEXT_VARIANT and response and response.status_code == codes.NOT_FOUND:
            return Outcome.NOT_ACTIVE
        return _known(outcome, call, response)

    async def trigger(self, site: str, serial: str, message: str) -> Mapping[str, object]:
        """Have a charger send one of OCPP's messages; returns what Enphase answers.

        Source: POST /service/evse_controller/{site}/ev_charger/{serial}/trigger_message.
        """
        call = calls.trigger(site, serial, message)
        response = await self._connection.command(call, site)
        raise_for_status(call, response)
        return read_object(call, response)

    async def start_live_stream(self, site: str) -> timedelta:
        """Begin a live stream; returns how long it lasts. Whether Enphase takes it does not matter to anything else."""
        call = calls.stream(site, "start_live_stream")
        response = await self._connection.command(call, site)
        try:
            raise_for_status(call, response)
            stream = read(LiveStreamAnswer, call, response).data
        except CloudError as err:
            self._log.debug("A live stream was not begun: %s", err)
            return LIVE_STREAM_FOR
        seconds = stream.duration_s if stream else None
        return min(timedelta(seconds=seconds), LIVE_STREAM_FOR) if seconds and seconds > 0 else LIVE_STREAM_FOR

    async def stop_live_stream(self, site: str) -> None:
        """End a live stream; what Enphase answers does not matter."""
        await self._connection.command(calls.stream(site, "stop_live_stream"), site)

    async def vpp_events(
        self, vpp_url: str, site: str, program_id: str, *, token_prefix: str, start: datetime, end: datetime
    ) -> list[VppEvent]:
        """The grid's calls of some days; never causes a login. Nobody has verified host and header.

        Source: GET /vpp-mgr/api/v1/events/get of the grid services.
        """
        call = calls.vpp_events(vpp_url, site, program_id, start=start, end=end)
        response = await self._connection.with_token_alone(call, token_prefix=token_prefix)
        events, _ = read_list(VppEvent, call, response, "data")
        return events

    def _tell_of(self, call: Call, complaint: str | None) -> None:
        """Log that a row was skipped, once for each kind of mistake."""
        kind = f"{call}: {complaint}"
        if complaint and kind not in self._told:
            self._told.add(kind)
            self._log.warning("%s: a row is left out (%s); please report it", call, complaint)


def _known(outcome: Outcome | None, call: Call | None, response: httpx.Response | None) -> Outcome:
    """The outcome, where it is one of a command that was understood.

    Raises:
        CloudError: The last form that was tried got an error.
    """
    if outcome and outcome not in {Outcome.NEXT_VARIANT, Outcome.BAD_LEVEL}:
        return outcome
    if call is None or response is None:
        raise RefusedError("this site takes no start in the form that would be needed")
    raise_for_status(call, response)
    raise ResponseError(f"{call}: no form of the command was taken")
