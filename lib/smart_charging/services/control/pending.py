"""Commands that wait for their turn, and commands the charger has not yet obeyed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charge, ChargeState
from smart_charging.services.control.origins import Origin


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """A charge is to run, or not to run."""

    on: bool
    origin: Origin


class CommandQueue:
    """Only the newest command for a charger counts, and no command of ours against a person's."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[Command]] = defaultdict(list)

    def add(self, charger_id: str, command: Command) -> None:
        """A command begins to wait."""
        self._waiting[charger_id].append(command)

    def done(self, charger_id: str, command: Command) -> None:
        """It was carried out or given up."""
        self._waiting[charger_id].remove(command)

    def wants_on(self, charger_id: str) -> bool:
        """Whether a start is among those that wait or are being carried out."""
        return any(command.on for command in self._waiting[charger_id])

    def newest(self, charger_id: str) -> Command | None:
        """The one that counts."""
        waiting = self._waiting[charger_id]
        counting = [command for command in waiting if command.origin is Origin.PERSON] or waiting
        return counting[-1] if counting else None


OBEYED_WITHIN = timedelta(minutes=3)
"""How long a command is shown as if it were true."""
LOOKS = tuple(timedelta(seconds=after) for after in (5, 15, 30, 60, 120))
"""When to look at the charge itself; chargers obey within seconds, or within a minute."""

_FLOWING = (ChargeState.CHARGING, ChargeState.PAUSED)


@dataclass(slots=True, kw_only=True)
class Pending:
    """A command on its way."""

    on: bool
    charge: Charge
    """As the cloud last showed it."""
    since: datetime
    needs_cable: bool = True
    is_obeyed: bool = False
    """The charge itself says so; the list of chargers may still be older."""
    looks: int = 0

    @property
    def next_look_at(self) -> datetime | None:
        """When to ask for the charge again; None when the next read of all chargers does."""
        return self.since + LOOKS[self.looks] if not self.is_obeyed and self.looks < len(LOOKS) else None

    def outcome(self, seen: Charge | None, now: datetime, *, is_plugged_in: bool = True) -> str | None:
        """What became of it: empty once the charger has obeyed, a complaint once it has not, None until then.

        Args:
            seen: The charge as it stands; None where a list does not show it yet.
            now: For the deadline.
            is_plugged_in: Without a cable no start is waited for.
        """
        if self.on and self.needs_cable and not is_plugged_in:
            return "the cable was pulled before the charge began"
        if seen is None or not self._is_settled(seen):
            return None if now - self.since < OBEYED_WITHIN else self._gave_up()
        if self.on and seen.state not in _FLOWING:
            return f"the charge ended before it began ({seen.failure_reason or 'Monta gives no reason'})"
        return ""

    def _is_settled(self, seen: Charge) -> bool:
        return seen.state in _FLOWING if self.on and seen.state.is_active else not seen.state.is_active

    def _gave_up(self) -> str:
        wanted = "begin to charge" if self.on else "stop"
        return f"the charger did not {wanted} within {round(OBEYED_WITHIN.total_seconds() / 60)} minutes"
