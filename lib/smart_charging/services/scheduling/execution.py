"""One charger's starts and stops: those of the plan, and the retries when a charge brings no energy."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, tzinfo

from smart_charging.charger import Charger, ChargerState
from smart_charging.entities.plan_view import PlanState
from smart_charging.errors import CommandError
from smart_charging.planning.plan import Plan
from smart_charging.services.cars.request import TOLERANCE_KWH
from smart_charging.services.control.commands import CommandResult
from smart_charging.services.control.control import Control
from smart_charging.services.control.doubts import SHOWN_WITHIN
from smart_charging.services.control.origins import Origin
from smart_charging.services.outage import Outage
from smart_charging.services.scheduling.meter_rhythm import MeterRhythm
from smart_charging.services.scheduling.retries import RETRIES, StartRetries
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.scheduling.stop_lag import StopLag
from smart_charging.services.sessions.session import SessionKeeper

QUIET = timedelta(minutes=2)
"""Time without energy after which a charge awaits it; a meter that reports every few minutes is quiet in between."""
PAUSE = timedelta(seconds=30)
"""Between commands after one that failed, whatever the reason: reads need the quota, too."""
_STUCK = "no energy flows: the car is full or waits for its own timer, or the charger does not obey; look at both"


class Execution:
    """Commands one charger; never against a manual override, and never a charge of another origin."""

    def __init__(
        self,
        charger_id: str,
        keeper: SessionKeeper,
        rhythm: MeterRhythm,
        stop_lag: StopLag,
        control: Control,
        *,
        zone: tzinfo,
        log: logging.Logger,
    ) -> None:
        self._keeper = keeper
        self._rhythm = rhythm
        self._stop_lag = stop_lag
        self._control = control
        self._zone = zone
        self._log = log
        self._disobedience = Outage(f"Commanding charge point {charger_id}", log)
        self._retries = StartRetries()
        self._rests_until: datetime | None = None

    async def note_meter(self, snapshot: Snapshot, energy_kwh: float, power_kw: float, now: datetime) -> None:
        """Note whether energy flows, for the retries, and for how long after a stop."""
        charger = snapshot.charger
        read_at = snapshot.read_at if charger.are_charges_new else None
        await self._stop_lag.note(snapshot.charges, snapshot.power_kw, read_at)
        self._retries.note_meter(
            charger.active_charge, energy_kwh, now, power_kw=power_kw, measured_kw=charger.measured_kw
        )

    def look_away(self, now: datetime) -> None:
        """Count no time in which cloud or charger is out of reach, as nobody sees what the meter does."""
        self._retries.wait(now)

    def awaits_energy(self, charger: Charger, now: datetime) -> bool:
        """Whether no energy flows although a charge runs; the shortfall is not known until that is resolved."""
        return self._retries.tries > 1 or self._retries.is_dry(charger.active_charge, now, QUIET)

    def forgive(self) -> None:
        """Reset the retries: for another car, or when a person asks."""
        self._retries.forgive()

    @property
    def retry_at(self) -> datetime | None:
        """When a start may be retried."""
        return self._retries.retry_at

    @property
    def trouble(self) -> str | None:
        """The problem to show while starts bring no energy."""
        tries = self._retries.tries
        if tries < 2:
            return None
        return _STUCK if self._retries.is_stuck else f"no energy has flowed yet; this is try {tries} of {RETRIES + 1}"

    def disobedience(self, charger: Charger, plan: Plan | None, now: datetime) -> str | None:
        """The problem to show while a charger ignores a stop and charges on; else None.

        Args:
            plan: None where nothing is to be charged.
        """
        since = self._control.disobeyed_since(charger)
        if since is None or self._is_in_hand or (plan and plan.is_active(now)):
            return None
        return (
            f"told to stop at {since.astimezone(self._zone):%H:%M}, it charges on; it is told again every few minutes"
        )

    def state_of(self, charger: Charger, plan: Plan, now: datetime) -> PlanState:
        """The state to show for a plan, unless the charger ignores a stop."""
        is_stuck, is_active = self._retries.is_stuck_at(now), plan.is_active(now)
        if is_active and is_stuck:
            return PlanState.STUCK
        if plan.shortfall_kwh > TOLERANCE_KWH:
            return PlanState.SHORT
        if not plan.slots:
            return PlanState.DONE
        return PlanState.CHARGING if is_active and self._control.is_on(charger) else PlanState.WAITING

    def may_start(self, charger: Charger, now: datetime) -> bool:
        """Whether a start would be sent now; one that would not needs no room on the fuse."""
        is_possible = not self._is_in_hand and self._may_command(now) and self._control.cannot_charge(charger) is None
        return is_possible and self._retries.may_try(now)

    def reaches_target(self, snapshot: Snapshot) -> bool:
        """Whether what flows on after a stop is enough for the energy that is still wanted."""
        need = snapshot.request.need if snapshot.request else None
        return need is not None and timedelta(0) < need.charging_time <= self._stop_lag.lead

    async def stop(self, charger: Charger, now: datetime) -> str | None:
        """Stop our own charge, as planned, and never one of another origin; returns why it failed."""
        self._retries.ended()
        return await self._stop(charger, "stopped by plan", now)

    async def start(self, charger: Charger, now: datetime) -> str | None:
        """Start, unless a try has failed too recently; returns why nothing was started."""
        is_in_hand, may_command = self._is_in_hand, self._may_command(now)
        if is_in_hand:
            return None
        trouble, is_stopping = self._control.cannot_charge(charger), self._control.is_stopping(charger)
        if trouble:
            self._retries.cannot(now)
            return trouble
        if not self._retries.may_try(now):
            return self._next_try()
        if is_stopping or not may_command:
            return self.trouble
        result = await self._control.start(charger.id, origin=Origin.US)
        if not result.is_unreachable:
            self._retries.tried(now)
        return self._told(result, "started", charger, now, pause=SHOWN_WITHIN)

    async def nudge(self, snapshot: Snapshot, now: datetime) -> None:
        """Stop a charge that brings no energy, so that it is started again; a few times only.

        After that it is left alone, so that the car can resume by itself. A paused charge does not mean that the car
        is full: load management and a cold battery pause a charge, too.
        """
        if self._control.cannot_charge(snapshot.charger):
            return
        is_dry = self._retries.is_dry(snapshot.charger.active_charge, now, self._rhythm.patience)
        if not is_dry or not self._retries.may_restart(now):
            return
        if self._retries.has_restarted_enough:
            self._retries.give_up()
        else:
            self._retries.restarts(now)
            await self._stop(snapshot.charger, "stopped, as no energy flows", now)

    def _next_try(self) -> str | None:
        if self._retries.is_stuck or self.retry_at is None:
            return self.trouble
        return f"the last start brought no energy; it is tried again at {self.retry_at.astimezone(self._zone):%H:%M}"

    async def _stop(self, charger: Charger, done: str, now: datetime) -> str | None:
        is_ours = self._control.started_by(charger) is Origin.US and not self._is_in_hand
        if is_ours and charger.state is ChargerState.OFFLINE:
            return f"{self._control.cannot_charge(charger)}; the charge is stopped as soon as it is back"
        if not is_ours or not self._may_command(now):
            return None
        is_repeated = self._control.disobeyed_since(charger) is not None or self._control.is_stopping(charger)
        result = await self._control.stop(charger.id, origin=Origin.US)
        if result.ok and not is_repeated:
            self._stop_lag.stopped(charger.active_charge, now)
        return self._told(result, None if is_repeated else done, charger, now)

    @property
    def _is_in_hand(self) -> bool:
        """Whether a manual override holds, even one that came while other chargers were commanded."""
        return self._keeper.session is None or self._keeper.session.manual is not None

    def _may_command(self, now: datetime) -> bool:
        return self._rests_until is None or now >= self._rests_until

    def _told(
        self, result: CommandResult, done: str | None, charger: Charger, now: datetime, *, pause: timedelta = PAUSE
    ) -> str | None:
        if result.ok:
            self._disobedience.worked(now)
            if done:
                self._log.info("%s: %s", charger.name, done)
            return None
        self._rests_until = now + (pause if result.is_unreachable else PAUSE)
        self._disobedience.failed(CommandError(result.error or "no reason given"), now)
        return result.error or "the command failed"
