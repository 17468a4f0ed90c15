"""Requests to a cloud that publishes no quota: one at a time, not too close together, and fewer while it fails."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from httpx import codes

from smart_charging.clouds.http.budget import Urgency, clock_text
from smart_charging.errors import RateLimitedError, TransportError
from smart_charging.host_clock import utc_now, wait

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


class Pace:
    """Lets one request after the other through; one object per login.

    After 408, 429, 5xx and requests without an answer nothing is sent for a while, which doubles with each
    further failure. Commands are sent all the same, except after a 429.

    Args:
        cloud: Its name, for messages.
        gap: From the end of one request to the beginning of the next.
        sleep: Takes seconds; tests pass one with virtual time.
    """

    def __init__(
        self,
        *,
        cloud: str,
        gap: timedelta = timedelta(0),
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[object]] = wait,
        logger: logging.Logger | None = None,
    ) -> None:
        self._cloud = cloud
        self._gap = gap
        self._now = now
        self._sleep = sleep
        self._log = logger or logging.getLogger(__name__)
        self._one_sends = asyncio.Lock()
        self._ended_at: datetime | None = None
        self._failures = 0
        self._pause_began: datetime | None = None
        self._pause_ends: datetime | None = None
        self._is_refused = False

    @property
    def limited_until(self) -> datetime | None:
        """The end of the pause after failures; None when there is none."""
        began, ends = self._pause_began, self._pause_ends
        return ends if began and ends and began <= self._now() < ends else None

    @asynccontextmanager
    async def turn(self, call: str, urgency: Urgency) -> AsyncIterator[None]:
        """Wait for the requests before, send, and note whether there was no answer.

        Args:
            call: Method and path, for the error's message.

        Raises:
            RateLimitedError: Not sent because of the failures before.
        """
        async with self._one_sends:
            self._check(call, urgency)
            await self._keep_the_gap()
            try:
                yield
            except TransportError:
                self._failed(None, is_refused=False)
                raise
            finally:
                self._ended_at = self._now()

    def learn(self, status: int, resets_in: timedelta | None) -> None:
        """Note the status of an answer, and the time that it asks to wait."""
        if status in {codes.REQUEST_TIMEOUT, codes.TOO_MANY_REQUESTS} or codes.is_server_error(status):
            self._failed(resets_in, is_refused=status == codes.TOO_MANY_REQUESTS)
            return
        if self._failures > 1:
            self._log.info("%s: answers again", self._cloud)
        self._failures, self._pause_ends = 0, None

    def _failed(self, at_least: timedelta | None, *, is_refused: bool) -> None:
        doubled = min(FIRST_PAUSE * (1 << min(self._failures, 10)), LONGEST_PAUSE)
        self._failures += 1
        self._is_refused = is_refused
        self._pause_began = self._now()
        self._pause_ends = self._pause_began + max(doubled, at_least or timedelta(0))

    def _check(self, call: str, urgency: Urgency) -> None:
        until = self.limited_until
        if until and (urgency is not Urgency.COMMAND or self._is_refused):
            raise RateLimitedError(
                f"{call}: not sent, {self._cloud} failed {self._failures} times; next try at {clock_text(until)}", until
            )

    async def _keep_the_gap(self) -> None:
        if self._ended_at is None:
            return
        rest = self._gap - max(timedelta(0), self._now() - self._ended_at)  # a clock set back must not stop us
        if rest > timedelta(0):
            await self._sleep(rest.total_seconds())
