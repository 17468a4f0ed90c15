"""Why a charge ended, and manual starts and stops told to listeners."""

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

OVER = (ChargeState.STOPPED, ChargeState.COMPLETED)

AT_ONCE = timedelta(minutes=3)
"""A charge without energy that ended sooner is one that did not work."""
LONG_AGO = timedelta(hours=12)
"""An ending that is found out about so late, after a time without us, may well be of another cable in."""

_BY_HAND = {
    "local": "stopped at the charger",
    "stopauthorized": "stopped at the charger",
    "masterpass": "stopped at the charger with a master card",
    "emergencystop": "stopped with the charger's emergency button",
    "unlockcommand": "stopped to unlock the cable",
    "stoppedbyuser": "stopped elsewhere",
}
"""Words for nothing but a person, in lower case: OCPP's, and the one that Monta's app has been seen to leave."""

_BY_NOBODY = frozenset(
    {
        "powerloss",  # the car still waits once the power is back
        "powerquality",
        "reboot",  # the charger's own, as after an update of its software
        "deauthorized",  # the card was checked late, or the check failed; nobody pressed anything
        "localoutofcredit",
        "other",  # the charger itself has no word for it: what people do has one
        "evdisconnected",  # the cable is what tells of that
        "evdeparted",
        "stoppedbyev",  # the car's, which may want energy again
        "evcommunicationlost",
        "abnormalcondition",
        "limitset",
        "hightemperature",
        "overvoltage",
        "undervoltage",
    }
)
_ENDS_BY_NOBODY = (
    "reset",  # asked of the charger by whoever maintains it, who does not mean the car
    "resetcommand",
    "timeout",
    "limitreached",  # of energy, time, charge or cost: some device's, not the wish that the car be left alone
    "rejected",
    "fault",  # of OCPP 2.0.1; where it lasts, the charger says so
    "failure",
    "error",
)
"""How OCPP's other words for what nobody wished end, those of later versions included."""
_PREFIXES = ("ocpp", "stopreason", "reason", "chargingstation", "chargepoint", "chargebox", "charger", "evse")
"""What clouds put before the word, to tell where it comes from."""
_OUT_OF_ORDER = (ChargerState.FAULTED, ChargerState.OFFLINE, ChargerState.INOPERATIVE)


def manual_stop_reason(charger: Charger, charge: Charge, now: datetime) -> str | None:
    """How somebody ended a charge for which no stop of ours was sent; None when nobody did, or it matters no more.

    Monta's `stopReason` is free text: OCPP's words are to be expected, `api` and `StoppedByUser` have been
    seen. One we do not know, or none at all, is taken for a person's wish, as long as the charge had worked.
    """
    if not charger.is_plugged_in or charge.fully_charged_at or now - (charge.stopped_at or now) > LONG_AGO:
        return None
    word = _bare(charge.stop_reason or "")
    if how := _BY_HAND.get(word):
        return how
    is_nobodys = word in _BY_NOBODY or word.endswith(_ENDS_BY_NOBODY)
    has_trouble = charge.failed_at or charge.failure_reason or charger.state in _OUT_OF_ORDER or is_nobodys
    return None if has_trouble or not _had_worked(charge, now) else "stopped elsewhere"


def _bare(reason: str) -> str:
    """The word itself in lower case, however it is written: `ChargePointPowerLoss` and `POWER_LOSS` are one."""
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
    """Tells of commands that were obeyed, and finds out whose hand ended the scheduler's charges.

    An ending is judged once; the verdict is kept on disk, after everybody has
    been told. Without a listener nothing is judged: it waits for one.
    """

    def __init__(self, origins: ChargeOrigins, words: CloudWords, log: logging.Logger) -> None:
        self._origins = origins
        self._words = words
        self._log = log
        self._listeners: list[ManualActionListener] = []
        self.counts: Counter[str] = Counter()
        """How many were told of so far, by charger."""
        self._handed_back_at: dict[str, datetime] = {}
        self._judging = asyncio.Lock()

    def on_manual_action(self, listener: ManualActionListener) -> Callable[[], None]:
        """Call `listener(charger_id, what was done)`; the answer ends that. It must not wait for a command."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def hand_back(self, charger_id: str, now: datetime) -> None:
        """A person wants the scheduler back: a charge that ended before, and is only found out about later, is old."""
        self._handed_back_at[charger_id] = now

    async def tell_command(self, charger_id: str, charge: Charge | None, command: Command) -> None:
        """A person's command was obeyed, with this charge."""
        await self._tell(charger_id, STARTED if command.on else STOPPED, is_outdated=command.is_outdated)
        if charge and not command.on:
            await self._origins.close(charge)

    async def judge_endings(
        self, charger: Charger, session: Sequence[Charge], now: datetime, *, is_commanding: bool
    ) -> None:
        """Judge the endings nobody has judged yet.

        Args:
            charger: As just read.
            session: The charges since its cable went in.
            now: For endings that are found out about late.
            is_commanding: A person's command to the charger is under way, which is told of by itself.
        """
        async with self._judging:
            ended = [charge for charge in session if charge.state in OVER and self._origins.is_open(charge)]
            for charge in ended if self._listeners else ():
                await self._judge(charger, charge, now, is_commanding=is_commanding)

    async def _judge(self, charger: Charger, charge: Charge, now: datetime, *, is_commanding: bool) -> None:
        match self._origins.stopped_by(charge):
            case Origin.PERSON if is_commanding:
                return
            case Origin.PERSON:  # we went down before we could tell
                await self._tell(charger.id, STOPPED)
            case None if how := manual_stop_reason(charger, charge, now):
                self._log.info("%s: the charge was %s", charger.name, how)
                await self._tell(charger.id, how, is_outdated=self._is_outdated(charge))
            case None if charger.is_plugged_in and not charge.fully_charged_at:
                why = charge.stop_reason or charge.failure_reason or f"{self._words.name} gives no reason"
                self._log.info("%s: the charge ended without anybody's wish (%s)", charger.name, why)
            case _:
                pass
        await self._origins.close(charge)

    def _is_outdated(self, charge: Charge) -> bool:
        handed_back_at = self._handed_back_at.get(charge.charger_id)
        return handed_back_at is not None and charge.stopped_at is not None and charge.stopped_at < handed_back_at

    async def _tell(self, charger_id: str, what: str, *, is_outdated: bool = False) -> None:
        self.counts[charger_id] += 1
        for listener in () if is_outdated else list(self._listeners):
            await listener(charger_id, what)
