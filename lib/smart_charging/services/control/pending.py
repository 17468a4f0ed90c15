"""Commands the cloud has accepted and the charger has not yet obeyed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.clouds.words import CloudWords
from smart_charging.services.control.origins import Origin

OBEYED_WITHIN = timedelta(minutes=3)
"""How long a command is shown as if it were obeyed."""
LOOKS = tuple(timedelta(seconds=after) for after in (5, 15, 30, 60, 120))
"""When to look at the charge itself; chargers obey within seconds, or within a minute."""

_FLOWING = (ChargeState.CHARGING, ChargeState.PAUSED)


@dataclass(slots=True, kw_only=True)
class Pending:
    """A command on its way."""

    on: bool
    origin: Origin
    charge: Charge | None
    """As the cloud last showed it; None while it has not told which charge the command led to."""
    since: datetime
    needs_cable: bool = True
    is_obeyed: bool = False
    """The charge itself says so; the list of chargers may still be older."""
    is_sent_with_id: bool = True
    """False for a stop that went out before the cloud had told the charge."""
    looks: int = 0

    @property
    def is_untold(self) -> bool:
        """Whether a charge was asked for and nobody knows its id yet."""
        return self.on and self.charge is None

    @property
    def may_flow(self) -> bool:
        """Whether current may flow on its account."""
        return self.is_untold if self.charge is None else self.charge.state.is_active

    @property
    def next_look_at(self) -> datetime | None:
        """When to ask for the charge again; None when the next read of all chargers does."""
        return self.since + LOOKS[self.looks] if not self.is_obeyed and self.looks < len(LOOKS) else None

    def outcome(
        self, seen: Charge | None, now: datetime, *, words: CloudWords, is_plugged_in: bool = True
    ) -> str | None:
        """What became of it: empty once the charger has obeyed, a complaint once it has not, None until then.

        Args:
            seen: The charge as it stands; None where a list does not show it yet.
            now: For the deadline.
            words: Of the cloud that was asked.
            is_plugged_in: Without a cable no start is waited for.
        """
        if self.on and self.needs_cable and not is_plugged_in:
            return "the cable was pulled before the charge began"
        if seen is None or not self._is_settled(seen):
            return None if now - self.since < OBEYED_WITHIN else self._gave_up()
        if self.on and seen.state not in _FLOWING:
            return f"the charge ended before it began ({seen.failure_reason or f'{words.name} gives no reason'})"
        return ""

    def _is_settled(self, seen: Charge) -> bool:
        return seen.state in _FLOWING if self.on and seen.state.is_active else not seen.state.is_active

    def _gave_up(self) -> str:
        """A stop of a charge that never came to be has nothing to complain about."""
        if not self.on and self.charge is None:
            return ""
        wanted = "begin to charge" if self.on else "stop"
        return f"the charger did not {wanted} within {round(OBEYED_WITHIN.total_seconds() / 60)} minutes"


class PendingCommands(dict[str, Pending]):
    """By charger the newest command that was accepted, until it is obeyed or given up."""

    def __init__(self, words: CloudWords, log: logging.Logger) -> None:
        super().__init__()
        self._words = words
        self._log = log
        self._disobeyed: dict[str, Pending] = {}
        """By charger, the first stop of a charge that goes on all the same."""

    def disobeyed_since(self, charger: Charger) -> datetime | None:
        """When the charge that runs was first told to stop, where that was accepted and came to nothing."""
        stop, running = self._disobeyed.get(charger.id), charger.active_charge
        if stop is None or stop.charge is None or running is None or running.id != stop.charge.id:
            return None
        return stop.since

    def next_look_at(self) -> datetime | None:
        """When the first of them is to be looked at."""
        return min((at for pending in self.values() if (at := pending.next_look_at)), default=None)

    def due(self, now: datetime) -> list[tuple[str, Pending]]:
        """Those to be looked at now, by charger."""
        return [(key, one) for key, one in self.items() if (at := one.next_look_at) and at <= now]

    def saw(self, charger: Charger, seen: Charge | None, now: datetime) -> bool:
        """Take in the one charge, which is newer than any list and shown until the list has it; whether it is settled.

        Args:
            charger: For its name and its cable.
        """
        if (pending := self.get(charger.id)) is None:
            return False
        outcome = pending.outcome(seen, now, words=self._words)
        pending.is_obeyed = outcome == ""
        if seen and (pending.on or not seen.state.is_active):
            pending.charge = seen
        if outcome:
            self._give_up(charger, pending, outcome)
        return outcome is not None

    def read(self, charger: Charger, found: Charge | None, now: datetime) -> None:
        """Take in a list of chargers.

        Args:
            found: The charge that an untold command has led to, where the list shows it.
        """
        if (pending := self.get(charger.id)) is None:
            return
        if pending.charge is None:
            pending.charge = found
        charge_id = pending.charge.id if pending.charge else None
        seen = next((charge for charge in charger.charges if charge.id == charge_id), None)
        outcome = pending.outcome(seen, now, words=self._words, is_plugged_in=charger.is_plugged_in)
        if outcome == "":
            del self[charger.id]
        elif outcome:
            self._give_up(charger, pending, outcome)

    def _give_up(self, charger: Charger, pending: Pending, complaint: str) -> None:
        """A stop that is tried again and again is complained about once; out of reach, nobody can obey."""
        del self[charger.id]
        if not pending.on and self.disobeyed_since(charger):
            return
        self._log.warning("%s: %s", charger.name, complaint)
        if not pending.on and charger.state is not ChargerState.OFFLINE:
            self._disobeyed[charger.id] = pending
