"""Retries of starts that bring no energy, with growing pauses."""

from __future__ import annotations

from datetime import datetime, timedelta

from smart_charging.charger import Charge, ChargeState
from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.services.cars.learned_power import trickle_kw
from smart_charging.services.scheduling.meter_rhythm import PATIENCE

RETRIES = 3
PAUSES = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""Before each retry; the last applies to all that follow, once the problem has been reported."""
RESTARTS_ONCE_FLOWED, BETWEEN_RESTARTS = 2, timedelta(minutes=15)
"""Of charges without energy in a session that has had some: a car asleep wakes at the first, load management may hold
them for hours."""
FORGIVEN_KWH = 0.3
"""Energy since the last try that resets the count; a full car takes a little each time."""
FLICKER = timedelta(minutes=5)
"""How long a charger may be unable to charge before that is reported."""
ALMOST_NOTHING_KW = 0.05
"""What a charger's own electronics take."""


class StartRetries:
    """Counts one charger's starts that brought no energy; energy that flows resets the count."""

    def __init__(self) -> None:
        self.tries = 0
        self._restarts = 0
        self._has_flowed = False
        """Whether the session has had energy."""
        self._tried_at: datetime | None = None
        self._tried_kwh = 0.0
        self._seen_kwh: float | None = None
        self._seen_at: datetime | None = None
        self._flowed_at: datetime | None = None
        self._charge_id: str | None = None
        self._is_restart_due = False
        self._cannot_since: datetime | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether all retries have failed."""
        return self.tries > RETRIES

    def is_stuck_at(self, now: datetime) -> bool:
        """Whether all retries have failed, or the charger has been unable to charge for longer than a flicker."""
        return self.is_stuck or (self._cannot_since is not None and now - self._cannot_since >= FLICKER)

    def cannot(self, now: datetime) -> None:
        """Note that the charger is offline or faulted; a start is tried as soon as it is not."""
        self._cannot_since = self._cannot_since or now

    @property
    def retry_at(self) -> datetime | None:
        """When the next retry is due; None when no try has failed."""
        if self._tried_at is None or not self.tries:
            return None
        return self._tried_at + PAUSES[min(self.tries, len(PAUSES)) - 1]

    def may_try(self, now: datetime) -> bool:
        """Whether a start may be sent; the one that follows our stop in a restart always may."""
        return self._is_restart_due or self.retry_at is None or now >= self.retry_at

    def tried(self, now: datetime) -> None:
        """Note that a start was sent, accepted or not; it counts as failed until energy flows."""
        if not self._is_restart_due:
            self.tries += 1
        self._tried_at, self._is_restart_due = now, False
        self._tried_kwh = self._seen_kwh or 0.0
        self._cannot_since = None

    def may_restart(self, now: datetime) -> bool:
        """Whether a charge without energy may be stopped to be started again."""
        since = self._tried_at if self._has_flowed and self._restarts else None
        has_rested = since is None or now - since >= BETWEEN_RESTARTS
        return has_rested and not self.is_stuck and self.may_try(now)

    @property
    def has_restarted_enough(self) -> bool:
        """Whether another restart would most likely change nothing."""
        return self._has_flowed and self._restarts >= RESTARTS_ONCE_FLOWED

    def give_up(self) -> None:
        """Count no further: all tries have failed."""
        self.tries = RETRIES + 1

    def restarts(self, now: datetime) -> None:
        """Note that a charge without energy is stopped to be started again."""
        self.tried(now)
        self._restarts += 1
        self._is_restart_due = True

    def ended(self) -> None:
        """Uncount the last try: the plan stopped the charge, perhaps before energy could flow."""
        self.tries = max(0, self.tries - 1)

    def forgive(self) -> None:
        """Reset everything: for another car, or when a person asks."""
        self._forget_tries()
        self._seen_kwh = self._seen_at = self._flowed_at = self._charge_id = self._cannot_since = None

    def note_meter(
        self,
        charge: Charge | None,
        energy_kwh: float,
        now: datetime,
        *,
        power_kw: float = 0.0,
        measured_kw: float | None = None,
    ) -> None:
        """Process a meter reading.

        Args:
            power_kw: The known charging power; a trickle compared with it does not count as energy.
            measured_kw: What flows now, where that is measured; some meters report late.
        """
        charge_id, least_kw = charge.id if charge else None, trickle_kw(power_kw)
        rises = self._flows(energy_kwh, now, least_kw=least_kw)
        flows = rises or (measured_kw is not None and measured_kw > max(least_kw, ALMOST_NOTHING_KW))
        if flows or charge_id != self._charge_id:
            self._flowed_at = now
        if charge_id != self._charge_id:
            self._seen_at = now  # the hours before a charge must not make a trickle of its first energy
        if flows and self.tries and energy_kwh - self._tried_kwh > FORGIVEN_KWH:
            self._forget_tries()
        self._has_flowed = energy_kwh > FORGIVEN_KWH
        self._charge_id = charge_id

    def _forget_tries(self) -> None:
        self.tries, self._restarts, self._tried_at, self._is_restart_due = 0, 0, None, False

    def _flows(self, energy_kwh: float, now: datetime, *, least_kw: float) -> bool:
        """Whether the meter has risen, and fast enough since its last rise."""
        before_kwh, before_at = self._seen_kwh, self._seen_at
        if before_kwh is not None and energy_kwh <= before_kwh + ALMOST_NOTHING_KWH:
            self._seen_kwh = min(before_kwh, energy_kwh)  # what was worked out by time may turn out to be less
            return False
        self._seen_kwh, self._seen_at = energy_kwh, now
        if before_kwh is None or before_at is None:
            return True
        return energy_kwh - before_kwh >= least_kw * ((now - before_at) / timedelta(hours=1))

    def wait(self, now: datetime) -> None:
        """Restart the wait for energy: out of reach of cloud or charger nobody can tell whether it flows."""
        if self._flowed_at is not None:
            self._flowed_at = now

    def is_dry(self, charge: Charge | None, now: datetime, patience: timedelta = PATIENCE) -> bool:
        """Whether a charge runs but has brought no energy, or only a trickle, for `patience`."""
        if charge is None or charge.state not in {ChargeState.CHARGING, ChargeState.PAUSED, ChargeState.STARTING}:
            return False
        return self._flowed_at is not None and now - self._flowed_at >= patience
