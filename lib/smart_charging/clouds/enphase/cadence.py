"""How often the chargers are read: seldom, and faster while something happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.charger import ChargeState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smart_charging.clouds.enphase.arguments import EnphaseSettings
    from smart_charging.clouds.enphase.charger import EnphaseCharger

AFTER_START = timedelta(seconds=90)
AFTER_STOP = AFTER_TRIGGER = AFTER_CHANGE = timedelta(seconds=60)


@dataclass(slots=True, kw_only=True)
class Cadence:
    """Fast after commands and during a live stream, and as long as a charger charges."""

    settings: EnphaseSettings
    fast_until: datetime | None = None
    streaming_until: datetime | None = None
    _was_charging: bool = False

    def hurry(self, now: datetime, span: timedelta) -> None:
        """Read faster for a while."""
        self.fast_until = max(self.fast_until or now, now + span)

    def stream(self, until: datetime | None) -> None:
        """Note a live stream, or its end."""
        self.streaming_until = until

    def is_streaming(self, now: datetime) -> bool:
        """Whether a live stream goes on."""
        return self.streaming_until is not None and now < self.streaming_until

    def saw(self, chargers: Iterable[EnphaseCharger], now: datetime) -> None:
        """Note whether a charger charges; a change has others follow."""
        charges = [charger.active_charge for charger in chargers]
        is_charging = any(charge and charge.state is ChargeState.CHARGING for charge in charges)
        if is_charging != self._was_charging:
            self.hurry(now, AFTER_CHANGE)
        self._was_charging = is_charging

    def rest(self, rest: timedelta, now: datetime) -> timedelta:
        """The time until the next read; `rest` is what the chargers' states ask for."""
        is_fast = self._was_charging or (self.fast_until is not None and now < self.fast_until)
        if is_fast or (self.is_streaming(now) and self.settings.fast_while_streaming):
            return self.settings.poll_busy
        return rest
