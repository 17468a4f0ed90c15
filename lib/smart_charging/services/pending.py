"""Commands the cloud has accepted and the charger has not yet obeyed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargeState

PATIENCE = timedelta(minutes=3)
"""How long a wish is shown as if it were true."""

_FLOWING = (ChargeState.CHARGING, ChargeState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A wish on its way."""

    on: bool
    charge: Charge
    """As the cloud answered the command."""
    since: datetime

    def outcome(self, charger: Charger, now: datetime) -> str | None:
        """What became of it: empty once the charger has obeyed, a complaint once it has not, None until then.

        A charge missing from the list is one the list does not show yet.
        """
        seen = next((c for c in charger.charges if c.id == self.charge.id), None)
        if not charger.is_plugged_in and self.on:
            return "the cable was pulled before the charge began"
        if seen is None or not self._is_settled(seen):
            return None if now - self.since < PATIENCE else self._gave_up()
        if self.on and seen.state not in _FLOWING:
            return f"the charge ended before it began ({seen.failure_reason or 'Monta gives no reason'})"
        return ""

    def _is_settled(self, seen: Charge) -> bool:
        return seen.state in _FLOWING if self.on and seen.state.is_active else not seen.state.is_active

    def _gave_up(self) -> str:
        wanted = "begin to charge" if self.on else "stop"
        return f"the charger did not {wanted} within {round(PATIENCE.total_seconds() / 60)} minutes"
