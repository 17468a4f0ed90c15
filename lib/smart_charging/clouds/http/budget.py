"""The request quota of one login, shared by all who use it.

Such a cloud counts requests per window and answers 429 beyond it. The count here is
never behind the cloud's: a request takes its place when it leaves, and keeps it until a
whole window after its answer came.
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

_KEPT_FOR_COMMANDS = 2
_ROUNDED_AWAY = timedelta(seconds=1)
"""The time to a reset is told in whole seconds, and we do not know which way it is rounded."""
_JITTER = timedelta(seconds=5)


class Urgency(Enum):
    """Who goes first when requests are scarce."""

    SPARE = auto()
    """Goes now or not at all, and only where the reads of the chargers to come will find their places all the same."""
    PATIENT = auto()
    """Waits until there is a place to spare, ahead of `SPARE`."""
    POLL = auto()
    """Goes now or not at all: by the time it could go, the next poll is due."""
    PAGE = auto()
    """The rest of a poll that has begun; waits, since dropping it would waste what came before."""
    COMMAND = auto()
    """A person or the plan wants it; waits, ahead of everything else."""


@dataclass(slots=True, eq=False)
class _Place:
    """One request in the window. An interval, so that a clock set back frees it instead of keeping it."""

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
    """Hands out places in the cloud's window; one object per login.

    Args:
        cloud: Its name, for the log.
        now: The host's clock.
        sleep: Takes seconds; replaced in tests, where time is virtual.
        jitter: Picks a number between two; spreads out polls that all wait for one reset.
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
        self._allocation: list[_Place] = []
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
        """What the quota is counted in, as far as we know."""
        return self._window

    @property
    def requests_left(self) -> int:
        """How many requests could go right now, those kept for commands included."""
        return 0 if self.limited_until else max(0, self._quota - len(self._taken()))

    @property
    def limited_until(self) -> datetime | None:
        """The end of the pause after a 429; None when there is none."""
        return self._pause.until if self._pause and self._pause.is_on(self._now()) else None

    def least_rest(self, requests: int) -> timedelta:
        """How far apart reads of so many requests have to be."""
        return least_rest(requests, share=self._share, window=self._window)

    def expect(self, reads: Reads) -> None:
        """Keep places for these from `SPARE` and `PATIENT` requests."""
        self._reads = reads

    @asynccontextmanager
    async def place(self, call: str, urgency: Urgency) -> AsyncIterator[None]:
        """Hold a place in the window while a request is under way.

        Args:
            call: Method and path, for the error's message.

        Raises:
            RateLimitedError: A poll cannot go now; nothing was sent.
        """
        if urgency in self._queues:
            place = await self._queue(urgency)
        else:
            place = self._take_or_refuse(call, urgency)
        try:
            yield
        finally:
            place.since = self._now()
            place.until = place.since + self._window
            place.under_way = False

    def learn(self, notice: QuotaNotice) -> None:
        """Believe what an answer's headers say, others' use of the same credentials included."""
        self._adopt(notice)
        self._say_when_over()
        if notice.remaining is None or notice.resets_in is None:
            return
        now, reset_at = self._now(), self._now() + notice.resets_in + _ROUNDED_AWAY
        for place in self._allocation:
            place.until = min(place.until, reset_at)
        taken_by_others = self._quota - notice.remaining - len(self._taken())
        self._allocation += [_Place(now, reset_at, under_way=False) for _ in range(taken_by_others)]

    def refused(self, notice: QuotaNotice) -> datetime:
        """Note a 429; return when polls may go again. A command may go as soon as the window turns."""
        self._adopt(notice)
        now = self._now()
        resets_in = self._window if notice.resets_in is None else notice.resets_in
        window_turns = now + resets_in + _ROUNDED_AWAY
        until = window_turns + timedelta(seconds=self._jitter(0.0, _JITTER.total_seconds()))
        if self._pause is None:
            self._log.warning("%s: rate limited until %s; it recovers by itself", self._cloud, clock_text(until))
        self._pause = _Pause(now, window_turns, until)
        self._allocation = [place for place in self._allocation if place.under_way]  # the new window starts empty
        return until

    def _adopt(self, notice: QuotaNotice) -> None:
        self._quota = notice.quota or self._quota
        self._window = notice.window or self._window

    def _say_when_over(self) -> None:
        if self._pause and not self._pause.is_on(self._now()):
            self._pause = None
            self._log.info("%s: no longer rate limited", self._cloud)

    def _take_or_refuse(self, call: str, urgency: Urgency) -> _Place:
        if (free_at := self._free_at(urgency)) > self._now():
            raise RateLimitedError(f"{call}: not sent, rate limited until {clock_text(free_at)}", free_at)
        return self._take()

    async def _queue(self, urgency: Urgency) -> _Place:
        """Wait in the order of arrival, only the first of each queue watching the window."""
        self._waiting[urgency] += 1
        try:
            async with self._queues[urgency]:
                while (free_at := self._free_at(urgency)) > (now := self._now()):
                    await self._sleep((free_at - now).total_seconds())
                return self._take()
        finally:
            self._waiting[urgency] -= 1

    def _take(self) -> _Place:
        now = self._now()
        place = _Place(now, now + self._window)
        self._allocation.append(place)
        return place

    def _taken(self) -> list[_Place]:
        now = self._now()
        self._allocation = [place for place in self._allocation if place.is_taken(now)]
        return self._allocation

    def _free_at(self, urgency: Urgency) -> datetime:
        """The first moment a request may go, as far as can be said now."""
        now = self._now()
        pause_ends = self._pause_ends(urgency, now)
        taken = self._taken()
        too_many = len(taken) + 1 + self._kept_from(urgency) - self._quota
        # What is under way has no end yet; this guess at it is corrected on waking up.
        ends = sorted(max(place.until, now + self._window) if place.under_way else place.until for place in taken)
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
        """Kept for commands; a tiny quota keeps fewer."""
        return min(_KEPT_FOR_COMMANDS, self._quota // 4)

    @property
    def _share(self) -> int:
        """What all but commands may use."""
        return self._quota - self._reserve

    def _kept_from(self, urgency: Urgency) -> int:
        """Free places this one has to leave to those before it, but for one."""
        if urgency is Urgency.COMMAND:
            return 0
        kept = max(self._reserve, self._waiting[Urgency.COMMAND])
        if urgency is not Urgency.PAGE:
            kept += self._waiting[Urgency.PAGE]
        if urgency is Urgency.SPARE:
            kept += self._waiting[Urgency.PATIENT]
        return min(kept, self._quota - 1)


def clock_text(at: datetime) -> str:
    """Hours, minutes and seconds, with the zone said."""
    return f"{at:%H:%M:%S} UTC"
