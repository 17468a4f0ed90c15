"""Whether energy flows when it should, and when to try again."""

from __future__ import annotations

from datetime import datetime, timedelta

from smart_charging.charger import Charge, ChargeState
from smart_charging.planning.plan import ALMOST_NOTHING_KWH

RETRIES = 3
PAUSES = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""Before each try after the first; the last for all that follow, once the trouble was reported."""
FORGIVEN_KWH = 0.3
"""Since the last try; a full car takes a little each time."""
FLICKER = timedelta(minutes=5)
"""How long a charger may be offline before that is worth a word."""
DRY = timedelta(minutes=10)
"""How long a charge may run without energy; meters report every few minutes at most."""


class StartRetries:
    """Counts the tries of one charger that led to nothing; energy that flows forgives them all."""

    def __init__(self) -> None:
        self.tries = 0
        self._tried_at: datetime | None = None
        self._tried_kwh = 0.0
        self._seen_kwh: float | None = None
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
        self._seen_kwh = self._flowed_at = self._charge_id = self._cannot_since = None

    def note_meter(self, charge: Charge | None, energy_kwh: float, now: datetime) -> None:
        """Take the meter's word."""
        charge_id = charge.id if charge else None
        is_news = self._seen_kwh is None or energy_kwh > self._seen_kwh + ALMOST_NOTHING_KWH
        if is_news or charge_id != self._charge_id:
            self._flowed_at = now
        if is_news:
            self._seen_kwh = energy_kwh
        if self.tries and energy_kwh - self._tried_kwh > FORGIVEN_KWH:
            self.tries, self._tried_at, self._is_restart_due = 0, None, False
        self._charge_id = charge_id

    def wait(self, now: datetime) -> None:
        """Nobody can tell now whether energy flows; the time until somebody can is not held against the charge."""
        if self._flowed_at is not None:
            self._flowed_at = now

    def is_dry(self, charge: Charge | None, now: datetime) -> bool:
        """Whether a charge runs, but has brought no energy for long."""
        if charge is None or charge.state not in {ChargeState.CHARGING, ChargeState.PAUSED, ChargeState.STARTING}:
            return False
        return self._flowed_at is not None and now - self._flowed_at >= DRY
