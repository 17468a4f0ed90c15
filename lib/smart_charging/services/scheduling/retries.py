"""Whether energy flows when it should, and when to try again."""

from __future__ import annotations

from datetime import datetime, timedelta

from smart_charging.charger import Charge, ChargeState
from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.services.scheduling.meter_rhythm import PATIENCE

RETRIES = 3
PAUSES = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""Before each try after the first; the last for all that follow, once the trouble was reported."""
FORGIVEN_KWH = 0.3
"""Since the last try; a full car takes a little each time."""
FLICKER = timedelta(minutes=5)
"""How long a charger may be offline before that is worth a word."""
TRICKLE_SHARE, TRICKLE_KW = 0.1, 0.5
"""Less than this share of the power that is known is no charging, nor is less than so much: the car is asleep."""


class StartRetries:
    """Counts the tries of one charger that led to nothing; energy that flows forgives them all."""

    def __init__(self) -> None:
        self.tries = 0
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
        """Whether all retries were in vain."""
        return self.tries > RETRIES

    def is_stuck_at(self, now: datetime) -> bool:
        """The same, or the charger has been out of order for long."""
        return self.is_stuck or (self._cannot_since is not None and now - self._cannot_since >= FLICKER)

    def cannot(self, now: datetime) -> None:
        """The charger is out of order; it is tried as soon as it is not."""
        self._cannot_since = self._cannot_since or now

    @property
    def retry_at(self) -> datetime | None:
        """When another try is due; None when nothing has failed."""
        if self._tried_at is None or not self.tries:
            return None
        return self._tried_at + PAUSES[min(self.tries, len(PAUSES)) - 1]

    def may_try(self, now: datetime) -> bool:
        """Whether a start may be sent; the one that a stop was meant to prepare always may."""
        return self._is_restart_due or self.retry_at is None or now >= self.retry_at

    def tried(self, now: datetime) -> None:
        """A start was sent, with or without success; energy has still to flow."""
        if not self._is_restart_due:
            self.tries += 1
        self._tried_at, self._is_restart_due = now, False
        self._tried_kwh = self._seen_kwh or 0.0
        self._cannot_since = None

    def restarts(self, now: datetime) -> None:
        """A charge without energy is stopped, to be started again."""
        self.tried(now)
        self._is_restart_due = True

    def ended(self) -> None:
        """The charge was stopped by plan; that no energy may have come by then proves nothing."""
        self.tries = max(0, self.tries - 1)

    def forgive(self) -> None:
        """Begin anew: another car, or a person wants it so."""
        self.tries, self._tried_at, self._is_restart_due = 0, None, False
        self._seen_kwh = self._seen_at = self._flowed_at = self._charge_id = self._cannot_since = None

    def note_meter(self, charge: Charge | None, energy_kwh: float, now: datetime, *, power_kw: float = 0.0) -> None:
        """Take the meter's word.

        Args:
            power_kw: What is known of car and charger; a trickle beside it is no energy.
        """
        charge_id = charge.id if charge else None
        flows = self._flows(energy_kwh, now, least_kw=min(TRICKLE_SHARE * power_kw, TRICKLE_KW))
        if flows or charge_id != self._charge_id:
            self._flowed_at = now
        if flows and self.tries and energy_kwh - self._tried_kwh > FORGIVEN_KWH:
            self.tries, self._tried_at, self._is_restart_due = 0, None, False
        self._charge_id = charge_id

    def _flows(self, energy_kwh: float, now: datetime, *, least_kw: float) -> bool:
        """Whether the meter has risen, and fast enough since it rose before."""
        before_kwh, before_at = self._seen_kwh, self._seen_at
        if before_kwh is not None and energy_kwh <= before_kwh + ALMOST_NOTHING_KWH:
            return False
        self._seen_kwh, self._seen_at = energy_kwh, now
        if before_kwh is None or before_at is None:
            return True
        return energy_kwh - before_kwh >= least_kw * ((now - before_at) / timedelta(hours=1))

    def wait(self, now: datetime) -> None:
        """Nobody can tell now whether energy flows; the time until somebody can is not held against the charge."""
        if self._flowed_at is not None:
            self._flowed_at = now

    def is_dry(self, charge: Charge | None, now: datetime, patience: timedelta = PATIENCE) -> bool:
        """Whether a charge runs, but has brought no energy for long, or no more than a trickle."""
        if charge is None or charge.state not in {ChargeState.CHARGING, ChargeState.PAUSED, ChargeState.STARTING}:
            return False
        return self._flowed_at is not None and now - self._flowed_at >= patience
