"""How often to ask the cloud."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charger, ChargeState
from smart_charging.errors import AuthError, CloudError, RateLimitedError

BUSY_AFTER_COMMAND = timedelta(minutes=3)
LONGEST_BACK_OFF = timedelta(minutes=5)
AFTER_REFUSED_CREDENTIALS = timedelta(minutes=10)
_MOVING = (ChargeState.STARTING, ChargeState.STOPPING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to rest between two reads, by what the chargers are doing."""

    idle: timedelta
    plugged_in: timedelta
    busy: timedelta
    """While a charge starts or stops, and for three minutes after a command."""

    def rest(self, chargers: Iterable[Charger], *, is_busy: bool) -> timedelta:
        """After a read that worked."""
        seen = list(chargers)
        if is_busy or any(c.active_charge and c.active_charge.state in _MOVING for c in seen):
            return self.busy
        return self.plugged_in if any(c.is_plugged_in for c in seen) else self.idle

    def rest_after(self, error: CloudError, failures: int, now: datetime) -> timedelta:
        """After a read that did not: doubled each time up to five minutes, a little apart from other people's."""
        match error:
            case RateLimitedError():
                return max(error.retry_at - now, timedelta(seconds=1))
            case AuthError():
                return AFTER_REFUSED_CREDENTIALS
            case _:
                doubled = min(self.busy * (1 << min(failures - 1, 10)), LONGEST_BACK_OFF)
                return doubled * random.uniform(0.8, 1.0)  # noqa: S311  # spreads load, guards nothing
