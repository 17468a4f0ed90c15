"""Starts and stops chargers by their plans."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from smart_charging.entities.plan_view import PlanState
from smart_charging.planning.decide import Decision, decide
from smart_charging.planning.plan import Plan
from smart_charging.services.control.control import Control
from smart_charging.services.control.origins import Origin
from smart_charging.services.heartbeat import Bulkhead, T
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.current_sharing import CurrentSharing
from smart_charging.services.scheduling.fuse import Fuse
from smart_charging.services.scheduling.snapshot import Snapshot

_A_TURN = timedelta(minutes=2)
"""So long a car on a common fuse charges at least before another one takes its place."""


class Dispatcher:
    """Brings chargers in line with their plans, on a common fuse one after the other.

    Args:
        schedulers: By the chargers' keys; a live mapping that may grow.
        may_stop_others: Whether a charge we did not start may be stopped for the fuse.
    """

    def __init__(
        self,
        schedulers: Mapping[str, ChargerScheduler],
        sharing: CurrentSharing,
        *,
        may_stop_others: bool,
        log: logging.Logger,
    ) -> None:
        self._schedulers = schedulers
        self._sharing = sharing
        self._may_stop_others = may_stop_others
        self._log = log
        self._bulkhead = Bulkhead(log)

    async def dispatch(
        self, snapshots: Sequence[Snapshot], plans: Mapping[str, Plan], fuse: Fuse | None, now: datetime
    ) -> Mapping[str, str]:
        """Stop first, so that the fuse has room for the starts; returns the errors by charger key."""
        decisions = {
            snapshot.key: self._decision_for(snapshot, plans.get(snapshot.key), fuse, now) for snapshot in snapshots
        }
        troubles: dict[str, str | None] = {}
        for snapshot in snapshots:
            match decisions[snapshot.key]:
                case decision if snapshot.charger.held_by and snapshot.request:
                    troubles[snapshot.key] = await self._survived(snapshot, self._held(snapshot, decision, now))
                    decisions[snapshot.key] = Decision.WAIT
                case Decision.STOP:
                    troubles[snapshot.key] = await self._survived(snapshot, self._stop(snapshot, now))
                case Decision.WAIT if (plan := plans.get(snapshot.key)) and snapshot.request and plan.is_active(now):
                    await self._survived(snapshot, self._schedulers[snapshot.key].execution.nudge(snapshot, now))
                case _:
                    pass
        if fuse and self._may_stop_others:
            await self._relieve(fuse, snapshots)
        starting = sorted((one for one in snapshots if decisions[one.key] is Decision.START), key=_urgency)
        coming = [one for one in starting if self._schedulers[one.key].execution.may_start(one.charger, now)]
        if fuse:
            await self._bulkhead.survived("The fuse", self._sharing.make_room(snapshots, coming, fuse))
        for snapshot in starting:
            troubles[snapshot.key] = await self._survived(snapshot, self._start(snapshot, fuse, now))
        await self._bulkhead.survived("The fuse", self._sharing.give_back(snapshots, coming, fuse))
        return {charger_id: trouble for charger_id, trouble in troubles.items() if trouble}

    async def _survived(self, snapshot: Snapshot, work: Awaitable[T]) -> T | None:
        return await self._bulkhead.survived(snapshot.charger.name, work)

    def _decision_for(self, snapshot: Snapshot, plan: Plan | None, fuse: Fuse | None, now: datetime) -> Decision:
        name, decide_it = snapshot.charger.name, partial(self._decision, snapshot, plan, fuse, now)
        return self._bulkhead.tried(name, decide_it) or Decision.WAIT

    def _decision(self, snapshot: Snapshot, plan: Plan | None, fuse: Fuse | None, now: datetime) -> Decision:
        is_on = self._control_of(snapshot).is_on(snapshot.charger)
        if plan is not None:
            decision = decide(plan, is_on=is_on, now=now)
            execution = self._schedulers[snapshot.key].execution
            if is_on and decision is Decision.WAIT and execution.reaches_target(snapshot):
                return Decision.STOP
            stays = snapshot.rests_short or (fuse is not None and self._has_its_turn(snapshot, fuse, now))
            stays = stays and not snapshot.is_forbidden
            return Decision.WAIT if decision is Decision.STOP and stays else decision
        return Decision.STOP if is_on and snapshot.state is PlanState.OFF else Decision.WAIT

    def _has_its_turn(self, snapshot: Snapshot, fuse: Fuse, now: datetime) -> bool:
        """Whether a charge of ours that still wants more was begun a moment ago, with room on the fuse.

        Where time is scarce a plan may give its place to another car as soon as it has begun, and back again.
        """
        charge = snapshot.charger.active_charge
        if charge is None or not snapshot.wants_more or now - charge.created_at >= _A_TURN:
            return False
        return self._control_of(snapshot).origin_of(charge) is Origin.US and fuse.holds(list(fuse.flowing()))

    async def _held(self, snapshot: Snapshot, decision: Decision, now: datetime) -> str | None:
        """Command nothing in a mode in which the charger does not follow plans, but end it if that is allowed."""
        mode = self._schedulers[snapshot.key].cloud_mode
        return mode.notice(snapshot.charger) if decision is Decision.WAIT else await mode.free(snapshot.charger, now)

    async def _stop(self, snapshot: Snapshot, now: datetime) -> str | None:
        if silent := self._silent_cloud(snapshot):
            return f"{silent} does not answer; the charge is stopped as soon as it does"
        return await self._schedulers[snapshot.key].execution.stop(snapshot.charger, now)

    async def _start(self, snapshot: Snapshot, fuse: Fuse | None, now: datetime) -> str | None:
        if fuse and (snapshot.key in self._sharing.just_set or not fuse.has_room(snapshot)):
            return "waits for room on the fuse" if snapshot.current else "waits until another charger has stopped"
        if silent := self._silent_cloud(snapshot):
            return f"{silent} does not answer; the charge is started as soon as it does"
        return await self._schedulers[snapshot.key].execution.start(snapshot.charger, now)

    async def _relieve(self, fuse: Fuse, snapshots: Sequence[Snapshot]) -> None:
        """Stop the newest charge that is not ours, where those alone exceed the fuse."""
        others = [
            (charge.created_at, snapshot)
            for snapshot in snapshots
            if snapshot.request is None
            and self._control_of(snapshot).is_on(snapshot.charger)
            and (charge := snapshot.charger.active_charge)
        ]
        if not fuse.holds([snapshot for _, snapshot in others]):
            newest = max(others, key=lambda other: other[0])[1]
            if not self._silent_cloud(newest) and newest.charger.is_reached:
                await self._stop_other(newest)

    async def _stop_other(self, snapshot: Snapshot) -> None:
        self._log.warning("%s: its charge is stopped, as the fuse would be exceeded", snapshot.charger.name)
        if (await self._control_of(snapshot).stop(snapshot.charger.id, origin=Origin.US)).ok:
            await self._schedulers[snapshot.key].resume()

    def _control_of(self, snapshot: Snapshot) -> Control:
        return self._schedulers[snapshot.key].account.control

    def _silent_cloud(self, snapshot: Snapshot) -> str | None:
        """The name of the charger's cloud if it did not answer the last time; else None."""
        hub = self._schedulers[snapshot.key].account.hub
        return None if hub.polling.is_answering else hub.names.words.name


def _urgency(snapshot: Snapshot) -> float:
    return snapshot.request.need.ready_by.timestamp() if snapshot.request else 0.0
