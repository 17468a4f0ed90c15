"""Has the plans of a round made beside the loop, and keeps what the next round has to know of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.outcome import STAYS
from smart_charging.planning.plan import Plan
from smart_charging.planning.replanner import Replanner
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.heartbeat import Bulkhead
from smart_charging.services.peaks.peaks import Peaks
from smart_charging.services.planning_thread import PlanningThread
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.co2 import Co2
from smart_charging.services.scheduling.expected_arrivals import ExpectedArrivals
from smart_charging.services.scheduling.fuse import Fuse
from smart_charging.services.scheduling.round_plans import Memory, Question, SharedFuse, answered
from smart_charging.services.scheduling.snapshot import Snapshot

_HOUR = timedelta(hours=1)


class Planner:
    """Asks a question a round, and remembers the answer.

    Args:
        recall: A charger's plan from before a restart, by its key.
    """

    def __init__(
        self,
        prices: PriceFeed,
        peaks: Peaks | None,
        co2: Co2,
        thread: PlanningThread,
        recall: Callable[[str], Plan | None],
        *,
        expected: ExpectedArrivals,
        log: logging.Logger,
    ) -> None:
        self._prices = prices
        self._peaks = peaks
        self._co2 = co2
        self._thread = thread
        self._recall = recall
        self._expected = expected
        self._log = log
        self._bulkhead = Bulkhead(log)
        self._memory = Memory(replanner=Replanner(log))

    @property
    def needs_all_of_fuse(self) -> Collection[str]:
        """Keys of chargers whose cars are ready in time only at full power."""
        return self._memory.currents.needs_all

    async def plans(
        self, snapshots: Sequence[Snapshot], fuse: Fuse | None, curve: PriceCurve, now: datetime
    ) -> Mapping[str, Plan]:
        """Of all chargers that ask for one, by key; meanwhile the loop goes on."""
        question = await self._question(snapshots, fuse, curve, now)
        answer = await self._thread.result_of(partial(answered, question, self._log))
        self._memory = answer.memory
        if self._peaks and answer.memory.spreader:
            self._peaks.keep(answer.memory.spreader)
        return answer.plans

    async def _question(
        self, snapshots: Sequence[Snapshot], fuse: Fuse | None, curve: PriceCurve, now: datetime
    ) -> Question:
        arrivals = (self._bulkhead.tried("Arrivals", lambda: self._expected.of(snapshots, now)) or ()) if fuse else ()
        requests = [*(one.request for one in snapshots if one.request), *(one.request for one in arrivals)]
        until = max((_planned_until(one, now) for one in requests), default=now + _HOUR)  # charts show estimates, too
        estimated = await self._bulkhead.survived("Expected prices", self._prices.foreseen(curve, now, until))
        spreader = self._peaks.spreader if self._peaks else None
        return Question(
            snapshots=tuple(snapshots),
            fuse=SharedFuse.of(fuse, now) if fuse else None,
            curve=curve if estimated is None else estimated,
            history=self._prices.history,
            co2=self._co2.weight,
            now=now,
            memory=self._memory.recalling(snapshots, self._recall, spreader),
            arrivals=arrivals,
        )


def _planned_until(request: ChargeRequest, now: datetime) -> datetime:
    """Departure; with a price limit further, as the car may have to wait for prices within it.

    In whole hours, so that the estimated prices do not change with every second of `now`.
    """
    need = request.need
    if request.preferences.limit is None or not need.goes_on:
        return need.ready_by
    return max(now, need.ready_by).replace(minute=0, second=0, microsecond=0) + STAYS
