"""The request quota of one login, shared by everything that uses that login.

The cloud counts requests per window and answers 429 above the quota. The count here is
never lower than the cloud's: a request counts from when it is sent until a whole window
after its answer came.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from smart_charging.clouds.http.clock import utc_now
from smart_charging.clouds.http.foresight import Reads, least_rest
from smart_charging.errors import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from smart_charging.clouds.http.quota import QuotaNotice

_RESERVED_FOR_COMMANDS = 2
_ROUNDED_AWAY = timedelta(seconds=1)
"""The time to a reset comes in whole seconds, rounded up or down."""
_JITTER = timedelta(seconds=5)


class Urgency(Enum):
    """Who goes first when the quota is short."""

    SPARE = auto()
    """Sent now or not at all, and only if enough quota is left for the coming reads of the chargers."""
    PATIENT = auto()
    """Waits until there is quota to spare; before `SPARE`."""
    POLL = auto()
    """Sent now or not at all: by the time quota is free, the next poll is due."""
    PAGE = auto()
    """A further page of a poll; waits, since dropping it would waste the pages before."""
    COMMAND = auto()
    """A start or stop, and what it needs; waits, but before everything else."""


@dataclass(slots=True, eq=False)
class _CountedRequest:
    """One counted request. Has a beginning too, so that setting the clock back frees it."""

    since: datetime
    until: datetime
    under_way: bool = True

    def is_taken(self, now: datetime) -> bool:
        return self.under_way or self.since <= now < self.until


@dataclass(frozen=True, slots=True)
class _Pause:
    """The time after a 429."""

    since: datetime
    window_turns: datetime
    until: datetime

    def is_on(self, now: datetime) -> bool:
        return self.since <= now < self.until


class Budget:
    """Lets requests through as the quota allows; one object per login.

    Args:
        cloud: Its name, for the log.
        now: The host's clock.
        sleep: Takes seconds; tests pass one with virtual time.
        jitter: A random number between two; spreads polls that all wait for the same reset.
    """

    def __init__(
        self,
        *,
        cloud: str,
        quota: int,
        window: timedelta,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
        logger: logging.Logger | None = None,
    ) -> None:
        self._cloud = cloud
        self._quota = quota
        self._window = window
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._log = logger or logging.getLogger(__name__)
        self._counted: list[_CountedRequest] = []
        self._pause: _Pause | None = None
        self._queues = {urgency: asyncio.Lock() for urgency in (Urgency.PATIENT, Urgency.PAGE, Urgency.COMMAND)}
        self._waiting: Counter[Urgency] = Counter()
        self._reads: Reads | None = None

    @property
    def quota(self) -> int:
        """Requests per window, as far as we know."""
        return self._quota

    @property
    def window(self) -> timedelta:
        """The time over which requests are counted, as far as we know."""
        return self._window

    @property
    def requests_left(self) -> int:
        """How many requests could be sent right now, including those reserved for commands."""
        return 0 if self.limited_until else max(0, self._quota - len(self._taken()))

    @property
    def limited_until(self) -> datetime | None:
        """The end of the pause after a 429; None when there is none."""
        return self._pause.until if self._pause and self._pause.is_on(self._now()) else None

    def least_rest(self, requests: int) -> timedelta:
        """The shortest interval at which the quota allows reads of so many requests."""
        return least_rest(requests, share=self._share, window=self._window)

    def expect(self, reads: Reads) -> None:
        """Reserve quota for these reads; `SPARE` and `PATIENT` requests must leave it free."""
        self._reads = reads

    @asynccontextmanager
    async def place(self, call: str, urgency: Urgency) -> AsyncIterator[None]:
        """Count one request against the quota, waiting for quota first where its urgency allows.

        Args:
            call: Method and path, for the error's message.

        Raises:
            RateLimitedError: There is no quota now and the request does not wait; nothing was sent.
        """
        if urgency in self._queues:
            request = await self._queue(urgency)
        else:
            request = self._take_or_refuse(call, urgency)
        try:
            yield
        finally:
            request.since = self._now()
            request.until = request.since + self._window
            request.under_way = False

    def learn(self, notice: QuotaNotice) -> None:
        """Correct the count by an answer's headers, which include other programs with the same credentials."""
        self._adopt(notice)
        self._say_when_over()
        if notice.remaining is None or notice.resets_in is None:
            return
        now, reset_at = self._now(), self._now() + notice.resets_in + _ROUNDED_AWAY
        for request in self._counted:
            request.until = min(request.until, reset_at)
        taken_by_others = self._quota - notice.remaining - len(self._taken())
        self._counted += [_CountedRequest(now, reset_at, under_way=False) for _ in range(taken_by_others)]

    def refused(self, notice: QuotaNotice) -> datetime:
        """Note a 429; returns when polls may be sent again. A command may be sent once the new window begins."""
        self._adopt(notice)
        now = self._now()
        resets_in = self._window if notice.resets_in is None else notice.resets_in
        window_turns = now + resets_in + _ROUNDED_AWAY
        until = window_turns + timedelta(seconds=self._jitter(0.0, _JITTER.total_seconds()))
        if self._pause is None:
            self._log.warning("%s: rate limited until %s; it recovers by itself", self._cloud, clock_text(until))
        self._pause = _Pause(now, window_turns, until)
        self._counted = [request for request in self._counted if request.under_way]  # the new window starts empty
        return until

    def _adopt(self, notice: QuotaNotice) -> None:
        self._quota = notice.quota or self._quota
        self._window = notice.window or self._window

    def _say_when_over(self) -> None:
        if self._pause and not self._pause.is_on(self._now()):
            self._pause = None
            self._log.info("%s: no longer rate limited", self._cloud)

    def _take_or_refuse(self, call: str, urgency: Urgency) -> _CountedRequest:
        if (free_at := self._free_at(urgency)) > self._now():
            raise RateLimitedError(f"{call}: not sent, rate limited until {clock_text(free_at)}", free_at)
        return self._take()

    async def _queue(self, urgency: Urgency) -> _CountedRequest:
        """Wait in order of arrival; only the first of each queue watches the quota."""
        self._waiting[urgency] += 1
        try:
            async with self._queues[urgency]:
                while (free_at := self._free_at(urgency)) > (now := self._now()):
                    await self._sleep((free_at - now).total_seconds())
                return self._take()
        finally:
            self._waiting[urgency] -= 1

    def _take(self) -> _CountedRequest:
        now = self._now()
        request = _CountedRequest(now, now + self._window)
        self._counted.append(request)
        return request

    def _taken(self) -> list[_CountedRequest]:
        now = self._now()
        self._counted = [request for request in self._counted if request.is_taken(now)]
        return self._counted

    def _free_at(self, urgency: Urgency) -> datetime:
        """The first moment a request may be sent, as far as can be known now."""
        now = self._now()
        pause_ends = self._pause_ends(urgency, now)
        taken = self._taken()
        too_many = len(taken) + 1 + self._reserved_before(urgency) - self._quota
        # A request without an answer yet has no end; this estimate is checked again after waiting.
        ends = sorted(
            max(request.until, now + self._window) if request.under_way else request.until for request in taken
        )
        if too_many > 0:
            return max(pause_ends, ends[min(too_many, len(ends)) - 1])
        if urgency in {Urgency.SPARE, Urgency.PATIENT} and not self._leaves_room(ends, now):
            return max(pause_ends, ends[0] if ends else now + self._window)
        return pause_ends

    def _leaves_room(self, ends: list[datetime], now: datetime) -> bool:
        return self._reads is None or self._reads.find_room(ends, share=self._share, window=self._window, now=now)

    def _pause_ends(self, urgency: Urgency, now: datetime) -> datetime:
        if self._pause is None or not self._pause.is_on(now):
            return now
        return max(now, self._pause.window_turns if urgency is Urgency.COMMAND else self._pause.until)

    @property
    def _reserve(self) -> int:
        """Requests reserved for commands; fewer with a tiny quota."""
        return min(_RESERVED_FOR_COMMANDS, self._quota // 4)

    @property
    def _share(self) -> int:
        """How many requests per window are not reserved for commands."""
        return self._quota - self._reserve

    def _reserved_before(self, urgency: Urgency) -> int:
        """How many free requests must be left to more urgent ones; at most all but one of the quota."""
        if urgency is Urgency.COMMAND:
            return 0
        kept = max(self._reserve, self._waiting[Urgency.COMMAND])
        if urgency is not Urgency.PAGE:
            kept += self._waiting[Urgency.PAGE]
        if urgency is Urgency.SPARE:
            kept += self._waiting[Urgency.PATIENT]
        return min(kept, self._quota - 1)


def clock_text(at: datetime) -> str:
    """A time of day with its zone, for messages."""
    return f"{at:%H:%M:%S} UTC"
