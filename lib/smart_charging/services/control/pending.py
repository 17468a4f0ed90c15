"""Commands that the cloud has accepted and the charger has not yet carried out."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargeState
from smart_charging.clouds.words import CloudWords
from smart_charging.errors import CloudError, RateLimitedError
from smart_charging.services.control.origins import Origin

OBEYED_WITHIN = timedelta(minutes=3)
"""How long a pending command is shown as if it were carried out."""
LOOKS = (*(timedelta(seconds=after) for after in (5, 15, 30, 60, 120)), OBEYED_WITHIN)
"""When to read the charge itself; most chargers react within seconds, some within minutes. The last look decides."""
LISTS_DECIDE_AFTER = OBEYED_WITHIN + timedelta(minutes=1)
"""Where no look came through until then, a list is believed that does not show the command carried out."""

_NOTHING_KWH = 0.01
"""A smaller rise is a meter's rounding."""
_FLOWING = (ChargeState.CHARGING, ChargeState.PAUSED)


@dataclass(slots=True, kw_only=True)
class Pending:
    """A command that was accepted, until the charger has carried it out."""

    on: bool
    origin: Origin
    charge: Charge | None
    """As the cloud last reported it; None while the charge that the command led to is unknown."""
    since: datetime
    needs_cable: bool = True
    is_obeyed: bool = False
    """By the charge's own state; the last list of chargers may be older."""
    is_sent_with_id: bool = True
    """False for a stop that was sent before the charge's id was known."""
    kwh_at_deadline: float | None = None
    """Of a charge that was still called stopping then."""
    looked_at: datetime | None = None
    no_look_before: datetime | None = None

    @property
    def lacks_charge_id(self) -> bool:
        """Whether it is a start whose charge has no known id yet."""
        return self.on and self.charge is None

    @property
    def may_flow(self) -> bool:
        """Whether this command may make current flow."""
        return self.lacks_charge_id if self.charge is None else self.charge.state.is_active

    @property
    def next_look_at(self) -> datetime | None:
        """When to read the charge again; None when the next read of all chargers is enough."""
        looked_at = self.looked_at or self.since
        due_at = next((at for after in LOOKS if (at := self.since + after) > looked_at), None)
        if self.is_obeyed or due_at is None:
            return None
        return max(due_at, self.no_look_before) if self.no_look_before else due_at

    def look_failed(self, error: CloudError, now: datetime) -> None:
        """Without quota the same look is made as soon as there is some; after any other error the next one is."""
        if isinstance(error, RateLimitedError):
            self.no_look_before = max(error.retry_at, now + timedelta(seconds=1))
        else:
            self.looked_at = now

    def outcome(
        self,
        seen: Charge | None,
        now: datetime,
        *,
        words: CloudWords,
        within: timedelta = OBEYED_WITHIN,
        is_plugged_in: bool = True,
    ) -> str | None:
        """Empty once the charger has carried it out, an error text once it has failed, None while it is pending.

        Args:
            seen: The charge as last read; None where the list does not show it yet.
            now: For the deadline.
            words: Of the charger's cloud.
            within: After what time it has failed, unless it is carried out.
            is_plugged_in: A start that needs the cable fails once it is pulled.
        """
        if self.on and self.needs_cable and not is_plugged_in:
            return "the cable was pulled before the charge began"
        if seen is None or not self._is_settled(seen):
            return None if now - self.since < within or self._is_quiet(seen) else self._gave_up()
        if self.on and seen.state not in _FLOWING:
            return f"the charge ended before it began ({seen.failure_reason or f'{words.name} gives no reason'})"
        return ""

    def _is_settled(self, seen: Charge) -> bool:
        return seen.state in _FLOWING if self.on and seen.state.is_active else not seen.state.is_active

    def _is_quiet(self, seen: Charge | None) -> bool:
        """Whether a charge that is called stopping takes nothing since the deadline: some are called so for long."""
        if self.on or seen is None or seen.state is not ChargeState.STOPPING or seen.consumed_kwh is None:
            return False
        if self.kwh_at_deadline is None:
            self.kwh_at_deadline = seen.consumed_kwh
        return seen.consumed_kwh <= self.kwh_at_deadline + _NOTHING_KWH

    def _gave_up(self) -> str:
        """The error text after the deadline; none for the stop of a charge that never appeared."""
        if not self.on and self.charge is None:
            return ""
        wanted = "begin to charge" if self.on else "stop"
        return f"the charger did not {wanted} within {round(OBEYED_WITHIN.total_seconds() / 60)} minutes"


class PendingCommands(dict[str, Pending]):
    """By charger id, the newest accepted command, until it is carried out or given up."""

    def __init__(self, words: CloudWords, log: logging.Logger, *, needs_cable: bool = True) -> None:
        """With `needs_cable`, a start fails once the cable is pulled."""
        super().__init__()
        self._needs_cable = needs_cable
        self._words = words
        self._log = log
        self._disobeyed: dict[str, Pending] = {}
        """By charger id, the first stop of the charge that keeps running in spite of it."""

    def expect(self, charger_id: str, charge: Charge | None, origin: Origin, now: datetime, *, on: bool) -> None:
        """Keep a command that was accepted; `charge` is None while the charge that it leads to is unknown."""
        self[charger_id] = Pending(
            on=on,
            origin=origin,
            charge=charge,
            since=now,
            needs_cable=self._needs_cable,
            is_sent_with_id=charge is not None,
        )

    def disobeyed_since(self, charger: Charger) -> datetime | None:
        """When the first stop of the running charge was accepted, if the charger ignored it; else None."""
        stop, running = self._disobeyed.get(charger.id), charger.active_charge
        if stop is None or stop.charge is None or running is None or running.id != stop.charge.id:
            return None
        return stop.since

    def next_look_at(self) -> datetime | None:
        """When the first of them is due for a read of its charge."""
        return min((at for pending in self.values() if (at := pending.next_look_at)), default=None)

    def due(self, now: datetime) -> list[tuple[str, Pending]]:
        """Those whose charge is to be read now, with their charger ids."""
        return [(key, one) for key, one in self.items() if (at := one.next_look_at) and at <= now]

    def saw(self, charger: Charger, pending: Pending, seen: Charge | None, now: datetime) -> bool:
        """Process a read of the one charge, newer than any list and shown until one has it; whether that settles it.

        Args:
            charger: For its id, name and state.
            pending: The command for which it was read; another may have taken its place meanwhile.
        """
        if self.get(charger.id) is not pending:
            return False
        pending.looked_at = now
        outcome = pending.outcome(seen, now, words=self._words)
        pending.is_obeyed = outcome == ""
        if seen and (pending.on or not seen.state.is_active):
            pending.charge = seen
        if outcome:
            self._give_up(charger, pending, outcome)
        return outcome is not None

    def forget_missing(self, charger_ids: Collection[str], now: datetime) -> None:
        """Give up commands to chargers that have left the account; one that is missing for a moment may be back."""
        for charger_id in [key for key in self if key not in charger_ids]:
            if now - self[charger_id].since >= OBEYED_WITHIN:
                del self[charger_id]

    def read(self, charger: Charger, found: Charge | None, now: datetime) -> None:
        """Process a read of all chargers.

        Args:
            found: The charge of a start whose id was unknown, where the list shows it.
        """
        if (pending := self.get(charger.id)) is None:
            return
        if pending.charge is None:
            pending.charge = found
        charge_id = pending.charge.id if pending.charge else None
        seen = next((charge for charge in charger.charges if charge.id == charge_id), None)
        outcome = pending.outcome(
            seen, now, words=self._words, within=LISTS_DECIDE_AFTER, is_plugged_in=charger.is_plugged_in
        )
        if outcome == "" or (outcome and pending.is_obeyed):
            del self[charger.id]
        elif outcome:
            self._give_up(charger, pending, outcome)

    def _give_up(self, charger: Charger, pending: Pending, complaint: str) -> None:
        """Warn once about a stop that is repeated; one to a charger that is offline does not count as ignored."""
        del self[charger.id]
        if not pending.on and self.disobeyed_since(charger):
            return
        self._log.warning("%s: %s", charger.name, complaint)
        if not pending.on and charger.is_reached:
            self._disobeyed[charger.id] = pending
