"""Why a charge ended, and manual starts and stops reported to listeners."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.clouds.words import CloudWords
from smart_charging.services.control.commands import Command
from smart_charging.services.control.origins import ChargeOrigins, Origin
from smart_charging.services.control.replugged import charge_after, charge_before, may_be_replugged

OVER = (ChargeState.STOPPED, ChargeState.COMPLETED)

AT_ONCE = timedelta(minutes=3)
"""A charge without energy that ended sooner than this is a failed one."""
LONG_AGO = timedelta(hours=12)
"""An end that is noticed this late, after these apps were down, may belong to another session."""

_BY_HAND = {
    "local": "stopped at the charger",
    "stopauthorized": "stopped at the charger",
    "masterpass": "stopped at the charger with a master card",
    "emergencystop": "stopped with the charger's emergency button",
    "unlockcommand": "stopped to unlock the cable",
    "stoppedbyuser": "stopped elsewhere",
}
"""Stop reasons that only a person causes, in lower case: OCPP's, and the one seen after a stop in Monta's app."""

_BY_NOBODY = frozenset(
    {
        "powerloss",  # the car still waits once the power is back
        "powerquality",
        "reboot",  # by the charger itself, as after a firmware update
        "deauthorized",  # the card was checked late, or the check failed; no person acted
        "localoutofcredit",
        "other",  # the charger has no reason for it; a person's stop would have one
        "evdisconnected",  # the cable's state covers that
        "evdeparted",
        "stoppedbyev",  # by the car, which may want energy again
        "evcommunicationlost",
        "abnormalcondition",
        "limitset",
        "hightemperature",
        "overvoltage",
        "undervoltage",
    }
)
_ENDS_BY_NOBODY = (
    "reset",  # a charger reset for maintenance, not meant for the car
    "resetcommand",
    "timeout",
    "limitreached",  # of energy, time, SoC or cost, set on some device: not a decision to stop charging
    "rejected",
    "fault",  # OCPP 2.0.1; a fault that lasts shows in the charger's state
    "failure",
    "error",
)
"""Endings of OCPP's other reasons without a person's decision, those of later versions included."""
_PREFIXES = ("ocpp", "stopreason", "reason", "chargingstation", "chargepoint", "chargebox", "charger", "evse")
"""Prefixes that clouds put before the reason to name its source."""
_OUT_OF_ORDER = (ChargerState.FAULTED, ChargerState.OFFLINE, ChargerState.INOPERATIVE)


def manual_stop_reason(charger: Charger, charge: Charge, now: datetime) -> str | None:
    """How a person ended a charge without a stop of ours; None when no person did, or it no longer matters.

    Monta's `stopReason` is free text: OCPP's reasons are to be expected, `api` and `StoppedByUser` have been
    seen. An unknown or missing reason counts as a person's stop, provided that the charge had worked.
    """
    was_pulled = charge.is_released and charger.last_charge is charge
    if (
        not charger.is_plugged_in
        or was_pulled
        or charge.fully_charged_at
        or now - (charge.stopped_at or now) > LONG_AGO
    ):
        return None
    word = _bare(charge.stop_reason or "")
    if how := _BY_HAND.get(word):
        return how
    is_nobodys = word in _BY_NOBODY or word.endswith(_ENDS_BY_NOBODY)
    has_trouble = charge.failed_at or charge.failure_reason or charger.state in _OUT_OF_ORDER or is_nobodys
    return None if has_trouble or not _had_worked(charge, now) else "stopped elsewhere"


def _bare(reason: str) -> str:
    """The reason in lower case without prefix and separators: `ChargePointPowerLoss` and `POWER_LOSS` are equal."""
    word = "".join(filter(str.isalnum, reason)).lower()
    while prefix := next((one for one in _PREFIXES if word.startswith(one)), None):
        word = word.removeprefix(prefix)
    return word


def _had_worked(charge: Charge, now: datetime) -> bool:
    has_lasted = charge.started_at is not None and (charge.stopped_at or now) - charge.started_at >= AT_ONCE
    return has_lasted or bool(charge.consumed_kwh)


ManualActionListener = Callable[[str, str], Awaitable[None]]

STARTED, STOPPED = "started by hand", "stopped by hand"


class ManualActions:
    """Reports manual starts and stops, and finds out whether a person ended one of the scheduler's charges.

    Every end is judged once; that is stored after all listeners were called. Without a
    listener nothing is judged: ends wait until there is one.
    """

    def __init__(self, origins: ChargeOrigins, words: CloudWords, log: logging.Logger) -> None:
        self._origins = origins
        self._words = words
        self._log = log
        self._listeners: list[ManualActionListener] = []
        self.counts: Counter[str] = Counter()
        """How many manual actions there were so far, by charger id."""
        self._handed_back_at: dict[str, datetime] = {}
        self._judging = asyncio.Lock()

    def on_manual_action(self, listener: ManualActionListener) -> Callable[[], None]:
        """Call `listener(charger_id, reason)` after every manual action; returns how to unsubscribe.

        That is a command that was carried out (`started by hand`, `stopped by hand`), or the end of a charge of the
        scheduler's by a person (`stopped elsewhere`, `stopped at the charger` and the like). The listener must not
        wait for a command to that charger.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def hand_back(self, charger_id: str, now: datetime) -> None:
        """Note that a person resumed the scheduler: a charge that ended before and is noticed later is outdated."""
        self._handed_back_at[charger_id] = now

    async def tell_command(self, charger_id: str, charge: Charge | None, command: Command) -> None:
        """Report that a person's command was carried out, with this charge."""
        await self._tell(charger_id, STARTED if command.on else STOPPED, is_outdated=command.is_outdated)
        if charge and not command.on:
            await self._origins.close(charge)

    async def judge_endings(
        self, charger: Charger, session: Sequence[Charge], now: datetime, *, is_commanding: bool
    ) -> None:
        """Judge the ends that have not been judged yet.

        Args:
            charger: As just read.
            session: The charges since the cable went in.
            now: For ends that are noticed late.
            is_commanding: Whether a person's command to the charger is under way, which is reported on its own.
        """
        async with self._judging:
            ended = [charge for charge in session if charge.state in OVER and self._origins.is_open(charge)]
            for charge in ended if self._listeners else ():
                await self._judge(charger, charge, now, is_commanding=is_commanding)

    async def _judge(self, charger: Charger, charge: Charge, now: datetime, *, is_commanding: bool) -> None:
        match self._origins.stopped_by(charge):
            case Origin.PERSON if is_commanding:
                return
            case Origin.PERSON:  # we were shut down before we could report it
                await self._tell(charger.id, STOPPED)
            case None if how := self._manual_stop_reason(charger, charge, now):
                self._log.info("%s: the charge was %s", charger.name, how)
                await self._tell(charger.id, how, is_outdated=self._is_outdated(charge))
            case None if charger.is_plugged_in and not charge.fully_charged_at:
                why = charge.stop_reason or charge.failure_reason or f"{self._words.name} gives no reason"
                self._log.info("%s: the charge ended by itself (%s)", charger.name, why)
            case _:
                pass
        await self._origins.close(charge)

    def _manual_stop_reason(self, charger: Charger, charge: Charge, now: datetime) -> str | None:
        """How a person ended it; where it may have been a replug, the charge that followed tells whose wish that is."""
        after = charge_after(charger, charge)
        if after and self._origins.of(after) is Origin.OTHER and may_be_replugged(charge, after):
            return None
        return manual_stop_reason(charger, charge, now)

    def may_follow_replug(self, charger: Charger, charge: Charge) -> bool:
        """Whether a charge of others began as one of ours ended without a stop of ours or a reason."""
        before = charge_before(charger, charge)
        if before is None or self._origins.of(before) is not Origin.US or self._origins.stopped_by(before):
            return False
        return may_be_replugged(before, charge)

    def _is_outdated(self, charge: Charge) -> bool:
        handed_back_at = self._handed_back_at.get(charge.charger_id)
        return handed_back_at is not None and charge.stopped_at is not None and charge.stopped_at < handed_back_at

    async def _tell(self, charger_id: str, what: str, *, is_outdated: bool = False) -> None:
        self.counts[charger_id] += 1
        for listener in () if is_outdated else list(self._listeners):
            await listener(charger_id, what)
