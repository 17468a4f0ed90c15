"""Sends all HTTP requests to a cloud, within its quota and a time limit, and logs each one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import httpx

from smart_charging.clouds.http.body_limit import ENCODING, limit_body
from smart_charging.clouds.http.budget import Budget, Urgency, clock_text
from smart_charging.clouds.http.clock import server_time
from smart_charging.clouds.http.last_answers import LastAnswers
from smart_charging.clouds.http.pace import Pace
from smart_charging.clouds.http.quota import QuotaNotice, notice_in_headers, notice_in_refusal
from smart_charging.errors import ConfigError, RateLimitedError, TransportError
from smart_charging.printable import printable, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

Body = Mapping[str, object] | Sequence[object]
"""What is sent as JSON."""

_LONGEST_ID = 100
_PAUSE = timedelta(minutes=1)
"""How long to wait after a 429 that does not say, where no quota is used up."""
_NOTICED = timedelta(seconds=1)
"""By so much a clock has to be set for requests to be counted anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request; errors and log lines show only its method and path."""

    method: str
    path: str
    """Relative to the base URL, without a leading slash, or a whole URL for another host."""
    query: Mapping[str, str | int] = field(default_factory=dict)
    json: Body | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    """Sent as a browser sends a form, in place of `json`."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Besides `Authorization`."""
    shown: str | None = field(default=None, repr=False)
    """The path for messages, where the real one contains what should not be shown."""

    def __str__(self) -> str:
        return f"{self.method} {self.path if self.shown is None else self.shown}"


def trace(response: httpx.Response) -> str:
    """The request id for the end of an error message; the cloud's support can find the request by it."""
    request_id = printable(response.headers.get("request-id", ""), most=_LONGEST_ID)
    return f" (request-id {request_id})" if request_id else ""


class Wire:
    """Sends calls; logging in and reading the answers is left to the caller.

    Args:
        cloud: Its name, for messages.
        budget: None for a cloud without a quota.
        pace: For a cloud that does not publish its quota.
        tell_time: Called with the cloud's time, by every answer that has it.
    """

    def __init__(
        self,
        *,
        cloud: str,
        base_url: str,
        budget: Budget | None,
        pace: Pace | None = None,
        timeout: timedelta,
        now: Callable[[], datetime],
        logger: logging.Logger,
        tell_time: Callable[[datetime], None] | None = None,
    ) -> None:
        self._cloud = cloud
        self._budget = budget
        self._pace = pace
        self._timeout_s = timeout.total_seconds()
        self._now = now
        self._log = logger
        self.last_answers = LastAnswers()
        self._tell_time = tell_time
        self.latency: timedelta | None = None
        """From the last answered request to its answer."""
        self.clock_ahead: timedelta | None = None
        """Our clock minus the cloud's at the last answer, in whole seconds."""
        # httpx only limits each step of a request; `_exchange` limits the whole request.
        url = _url(base_url)
        if url.scheme == "http" and not _is_this_machine(url.host):
            logger.warning("base_url: %s is not encrypted; whoever is on the way reads the credentials", url.host)
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=None,  # noqa: S113
            headers={"Accept-Encoding": ENCODING},
            event_hooks={"response": [limit_body]},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        if self._budget and not self._http.is_closed:
            await self._budget.keep(at_the_end=True)
        await self._http.aclose()

    async def send(self, call: Call, urgency: Urgency, *, bearer: SecretStr | None = None) -> httpx.Response:
        """Send one request, without retries, and return the answer with its body read.

        Raises:
            RateLimitedError: Not sent because the quota is used up, or answered with 429.
            TransportError: No answer; the server may have acted on the request or not.
        """
        if self._http.is_closed:
            raise TransportError(f"{call}: the client is closed")
        async with (
            self._budget.place(str(call), urgency) if self._budget else nullcontext(),
            self._pace.turn(str(call), urgency) if self._pace else nullcontext(),
        ):
            response = await self._exchange(call, bearer)
        if self._budget:
            await self._budget.keep()
        self._note_time(response)
        if self._pace:
            self._pace.learn(response.status_code, notice_in_headers(response.headers).resets_in)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            retry_at = self._refused(notice_in_refusal(response.headers, response.content))
            raise RateLimitedError(f"{call}: 429, rate limited until {clock_text(retry_at)}{trace(response)}", retry_at)
        if self._budget:
            self._budget.learn(notice_in_headers(response.headers))
        return response

    def _refused(self, notice: QuotaNotice) -> datetime:
        """When to try again after a 429; one for want of fair use does not stop what else is to be sent."""
        if self._budget and not notice.is_fair_use:
            return self._budget.refused(notice)
        if self._pace and (until := self._pace.limited_until):
            return until
        return self._now() + (_PAUSE if notice.resets_in is None else notice.resets_in)

    async def _exchange(self, call: Call, bearer: SecretStr | None) -> httpx.Response:
        headers = dict(call.headers)
        if bearer:
            headers["Authorization"] = f"Bearer {bearer.get_secret_value()}"
        began = time.perf_counter()
        outcome = "cancelled"
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._http.request(
                    call.method, call.path, params=dict(call.query), headers=headers, **_body(call)
                )
        except TimeoutError as err:
            outcome = "no answer"
            raise TransportError(f"{call}: no answer within {self._timeout_s:g} s") from err
        except httpx.ConnectError as err:
            outcome = "not connected"
            raise TransportError(f"{call}: {self._cloud} cannot be reached ({reason_of(err)})") from err
        except (httpx.HTTPError, httpx.InvalidURL) as err:
            outcome = type(err).__name__
            # Without the cause: such errors may quote parts of the answer.
            raise TransportError(f"{call}: the connection failed ({outcome})") from None
        else:
            outcome = f"{response.status_code}{trace(response)}"
            self.latency = timedelta(seconds=time.perf_counter() - began)
            self.last_answers.note(str(call), response)
            return response
        finally:
            self._log.debug("%s: %s after %.0f ms", call, outcome, (time.perf_counter() - began) * 1000)

    def _note_time(self, response: httpx.Response) -> None:
        if theirs := server_time(response.headers):
            self.clock_ahead = self._now() - theirs
            if self._tell_time:
                before = self._now()
                self._tell_time(theirs)
                self._note_clock_set(by=self._now() - before)

    def _note_clock_set(self, by: timedelta) -> None:
        """Telling the time takes none: what has passed since is what the clock was set by."""
        if self._budget and abs(by) > _NOTICED:
            self._budget.clock_was_set(by)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _body(call: Call) -> dict[str, Any]:
    return {"json": call.json} if call.form is None else {"data": dict(call.form)}


def _url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigError(f"base_url: {text!r} is not a URL; write https://host/path/")
    return url
