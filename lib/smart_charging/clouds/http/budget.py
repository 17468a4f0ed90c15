"""The request quota of one login, shared by everything that uses that login.

The cloud counts requests per window and answers 429 above the quota. Whether its windows
are fixed or slide is not documented, so the count here is never lower than either: a request
counts from when it is sent until a whole window after its answer came.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from smart_charging.clouds.http.allowance import Allowance
from smart_charging.clouds.http.counting import CountedRequest, Pause, Told
from smart_charging.clouds.http.foresight import Outlook, Reads, least_rest, reads_share
from smart_charging.errors import RateLimitedError
from smart_charging.host_clock import utc_now, wait

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from smart_charging.clouds.http.quota import QuotaNotice
    from smart_charging.clouds.http.spent_file import Spent, SpentFile

_RESERVED_FOR_COMMANDS = 2
_ROUNDED_AWAY = timedelta(seconds=1)
"""The time to a reset comes in whole seconds, rounded up or down."""
_JITTER = timedelta(seconds=5)
_WRITTEN_EVERY = timedelta(seconds=10)
"""How often at most to write down what was spent."""


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


class Budget:
    """Lets requests through as the quota allows; one object per login.

    Args:
        cloud: Its name, for the log.
        now: The host's clock.
        sleep: Takes seconds; tests pass one with virtual time.
        jitter: A random number between two; spreads polls that all wait for the same reset.
        spent_file: Keeps over a restart what was spent of the quota.
    """

    def __init__(
        self,
        *,
        cloud: str,
        quota: int,
        window: timedelta,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[object]] = wait,
        jitter: Callable[[float, float], float] = random.uniform,
        logger: logging.Logger | None = None,
        spent_file: SpentFile | None = None,
    ) -> None:
        self._cloud = cloud
        self._allowance = Allowance(quota)
        self._window = window
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._log = logger or logging.getLogger(__name__)
        self._counted: list[CountedRequest] = []
        self._told: Told | None = None
        self._slides = False
        self._pause: Pause | None = None
        self._queues = {urgency: asyncio.Lock() for urgency in (Urgency.PATIENT, Urgency.PAGE, Urgency.COMMAND)}
        self._waiting: Counter[Urgency] = Counter()
        self._reads: Reads | None = None
        self._spent_file = spent_file
        self._written_at: datetime | None = None
        self._kept_quota = quota
        self._clock_set_by = timedelta(0)
        if spent_file:
            self._recall(spent_file.take())

    def _recall(self, spent: Spent) -> None:
        """After a kill, as many requests are taken for spent as reads of the chargers usually need."""
        now, sent_at = self._now(), [*spent.sent_at]
        if spent.quota is not None and spent.quota > self.quota:
            self._allowance.tell(spent.quota, now)
            self._kept_quota = spent.quota
        if not spent.is_complete:
            usual = reads_share(self._share)
            sent_at += [now - number * self._window / usual for number in range(usual)][: self._share - len(sent_at)]
        self._counted = [CountedRequest(at, at + self._window, under_way=False) for at in sent_at]

    async def keep(self, *, at_the_end: bool = False) -> None:
        """Write down what was spent; while running only where it is more than usual, and not after each request."""
        now, taken = self._now(), self._taken()
        is_due = self._written_at is None or not self._written_at <= now < self._written_at + _WRITTEN_EVERY
        is_news = self.quota > self._kept_quota or (is_due and len(taken) > self._share)
        if self._spent_file and (at_the_end or is_news):
            self._written_at, self._kept_quota = now, max(self._kept_quota, self.quota)
            # by the clock as it was at the start, since that is how the next start reads it
            sent_at = [request.until - self._window - self._clock_set_by for request in taken]
            await asyncio.to_thread(self._spent_file.write, sent_at, is_complete=at_the_end, quota=self.quota)

    @property
    def quota(self) -> int:
        """Requests per window, as far as we know."""
        return self._allowance.at(self._now())

    @property
    def window(self) -> timedelta:
        """The time over which requests are counted, as far as we know."""
        return self._window

    @property
    def requests_left(self) -> int:
        """How many requests could be sent right now, including those reserved for commands."""
        return 0 if self.limited_until else max(0, self._outlook().unused_at(self._now()))

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

    def next_read_at(self, rest: timedelta) -> datetime:
        """When to read the chargers again: after `rest`, or later where coming reads would find no quota left."""
        if self._reads is None:
            return self._now() + rest
        latest = self._reads.last + max(rest, self._reads.every)
        return min(latest, self._reads.first_after(self._reads.last + rest, self._outlook()))

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

    def clock_was_set(self, by: timedelta) -> None:
        """Go on counting although our clock now tells another time; what was sent was sent as long ago as before."""
        self._clock_set_by += by
        for request in self._counted:
            request.move(by)
        self._told = self._told and self._told.moved(by)
        self._pause = self._pause and self._pause.moved(by)
        self._reads = self._reads and replace(self._reads, last=self._reads.last + by)
        self._written_at = self._written_at and self._written_at + by

    def learn(self, notice: QuotaNotice) -> None:
        """Correct the count by an answer's headers, which include other programs with the same credentials."""
        self._adopt(notice)
        self._say_when_over()
        if notice.remaining is not None and notice.resets_in is not None:
            self._note(notice.remaining, notice.resets_in)

    def _note(self, remaining: int, resets_in: timedelta) -> None:
        """Requests under way may not be in the cloud's count yet."""
        now, before, taken = self._now(), self._told, self._taken()
        resets_at, left = now + resets_in + _ROUNDED_AWAY, remaining - sum(request.under_way for request in taken)
        if before and before.at <= now:
            moved = resets_at - before.resets_at
            self._slides |= 2 * _ROUNDED_AWAY < moved < self._window - 2 * _ROUNDED_AWAY
            if abs(moved) <= _ROUNDED_AWAY and now < before.resets_at:
                left = min(left, before.left)  # answers may come in another order than they were sent in
        others = self.quota - remaining - len(taken)
        others_until = now + self._window if self._slides else resets_at
        self._told = Told(left=left, others=others, at=now, resets_at=resets_at, others_until=others_until)

    def refused(self, notice: QuotaNotice) -> datetime:
        """Note a 429; returns when polls may be sent again. A command may be sent once the new window begins.

        After a second one in a row the time that the cloud tells is not believed, and a whole window is waited for.
        """
        self._adopt(notice)
        now = self._now()
        if self._told is None:  # else answers tell what others use
            self._allowance.refused(len(self._taken()), now)
        again = self._pause is not None and self._pause.asks_for_care(now)
        self._slides |= again
        resets_in = self._window if notice.resets_in is None else notice.resets_in
        window_turns = now + (max(resets_in, self._window) if again else resets_in) + _ROUNDED_AWAY
        until = window_turns + timedelta(seconds=self._jitter(0.0, _JITTER.total_seconds()))
        if self._pause is None:
            self._log.warning("%s: rate limited until %s; it recovers by itself", self._cloud, clock_text(until))
        self._pause = Pause(
            since=now, window_turns=window_turns, until=until, careful_until=window_turns + self._window
        )
        self._told = None
        if not self._slides:  # the new window starts empty
            self._counted = [request for request in self._counted if request.under_way]
        return until

    def _adopt(self, notice: QuotaNotice) -> None:
        if notice.quota:
            self._allowance.tell(notice.quota, self._now())
        self._window = notice.window or self._window

    def _say_when_over(self) -> None:
        if self._pause and not self._pause.asks_for_care(self._now()):
            self._pause = None
            self._log.info("%s: no longer rate limited", self._cloud)

    def _take_or_refuse(self, call: str, urgency: Urgency) -> CountedRequest:
        if (free_at := self._free_at(urgency)) > self._now():
            raise RateLimitedError(f"{call}: not sent, rate limited until {clock_text(free_at)}", free_at)
        return self._take(urgency)

    async def _queue(self, urgency: Urgency) -> CountedRequest:
        """Wait in order of arrival; only the first of each queue watches the quota."""
        self._waiting[urgency] += 1
        try:
            async with self._queues[urgency]:
                while (free_at := self._free_at(urgency)) > (now := self._now()):
                    await self._sleep((free_at - now).total_seconds())
                return self._take(urgency)
        finally:
            self._waiting[urgency] -= 1

    def _take(self, urgency: Urgency) -> CountedRequest:
        now = self._now()
        request = CountedRequest(now, now + self._window, is_command=urgency is Urgency.COMMAND)
        self._counted.append(request)
        if self._told:
            self._told.left -= 1
        return request

    def _taken(self) -> list[CountedRequest]:
        now = self._now()
        self._counted = [request for request in self._counted if request.is_taken(now)]
        return self._counted

    def _outlook(self) -> Outlook:
        """A request without an answer yet has no end; the estimate is checked again after waiting."""
        now, taken, quota = self._now(), self._taken(), self.quota
        ends: dict[bool, list[datetime]] = {False: [], True: []}
        for request in taken:
            end = max(request.until, now + self._window) if request.under_way else request.until
            ends[request.is_command].append(end)
        others = self._told.not_ours(len(taken), quota, now) if self._told else []
        return Outlook(
            quota=quota,
            window=self._window,
            reserve=self._reserve,
            ends=[*ends[False], *others],
            command_ends=ends[True],
        )

    def _free_at(self, urgency: Urgency) -> datetime:
        """The first moment a request may be sent, as far as can be known now."""
        now, outlook = self._now(), self._outlook()
        not_before = self._pause_ends(urgency, now)
        moments = sorted(end for end in (*outlook.ends, *outlook.command_ends) if end > now)
        kept, waiting = self._kept_for_others(urgency), self._waiting[Urgency.COMMAND]
        is_command = urgency is Urgency.COMMAND
        for at in (now, *moments):
            free = outlook.unused_at(at) if is_command else outlook.free_at(at, commands=waiting)
            if free > min(kept, self.quota - 1 - self._reserve):
                break
        if at <= now and urgency in {Urgency.SPARE, Urgency.PATIENT} and not self._leaves_room(now):
            at = moments[0] if moments else now + self._window
        return max(not_before, at)

    def _leaves_room(self, now: datetime) -> bool:
        return self._reads is None or self._reads.leave_room(self._outlook(), now)

    def _pause_ends(self, urgency: Urgency, now: datetime) -> datetime:
        """The end of a pause; after it, requests go one by one for a window."""
        if self._pause is None or not self._pause.asks_for_care(now):
            return now
        ends = self._pause.window_turns if urgency is Urgency.COMMAND else self._pause.until
        sent = [request.since for request in self._counted if request.since > self._pause.since]
        return max([now, ends, *(at + self._window / self.quota for at in sent)])

    @property
    def _reserve(self) -> int:
        """Requests that a window keeps free for commands; fewer with a tiny quota."""
        return min(_RESERVED_FOR_COMMANDS, self.quota // 4)

    @property
    def _share(self) -> int:
        """How many requests per window are not reserved for commands."""
        return self.quota - self._reserve

    def _kept_for_others(self, urgency: Urgency) -> int:
        """How many free requests are left to others beside commands: those that wait, and pages to come of a poll."""
        if urgency in {Urgency.COMMAND, Urgency.PAGE}:
            return 0
        kept = self._waiting[Urgency.PAGE]
        if urgency is Urgency.POLL and self._reads:
            kept += self._reads.requests - 1
        return kept + self._waiting[Urgency.PATIENT] if urgency is Urgency.SPARE else kept


def clock_text(at: datetime) -> str:
    """A time of day with its zone, for messages."""
    return f"{at:%H:%M:%S} UTC"
