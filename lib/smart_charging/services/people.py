"""What people do to chargers, told to whoever yields to them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime

from smart_charging.charger import Charge, Charger
from smart_charging.services.authors import Authors, Who
from smart_charging.services.endings import OVER, persons_stop

PersonListener = Callable[[str, str], Awaitable[None]]

STARTED, STOPPED = "started by hand", "stopped by hand"


class People:
    """Tells of commands that were obeyed, and finds out whose hand ended the scheduler's charges.

    An ending is judged once; the verdict is kept on disk, after everybody has
    been told. Without a listener nothing is judged: it waits for one.
    """

    def __init__(self, authors: Authors, log: logging.Logger) -> None:
        self._authors = authors
        self._log = log
        self._listeners: list[PersonListener] = []
        self._deeds: Counter[str] = Counter()
        self._judging = asyncio.Lock()

    def on_deed(self, listener: PersonListener) -> Callable[[], None]:
        """Call `listener(charger_id, what was done)`; the answer ends that. It must not wait for a command."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def deeds(self, charger_id: str) -> int:
        """How many were told of so far."""
        return self._deeds[charger_id]

    async def commanded(self, charger_id: str, charge: Charge | None, *, on: bool) -> None:
        """A person's command was obeyed, with this charge."""
        await self._tell(charger_id, STARTED if on else STOPPED)
        if charge and not on:
            await self._authors.close(charge)

    async def look(self, charger: Charger, now: datetime, *, is_commanding: bool) -> None:
        """Judge the endings nobody has judged yet.

        Args:
            charger: As just read.
            now: For endings that are found out about late.
            is_commanding: A person's command to the charger is under way, which is told of by itself.
        """
        async with self._judging:
            ended = [charge for charge in charger.session if charge.state in OVER and self._authors.is_open(charge)]
            for charge in ended if self._listeners else ():
                await self._judge(charger, charge, now, is_commanding=is_commanding)

    async def _judge(self, charger: Charger, charge: Charge, now: datetime, *, is_commanding: bool) -> None:
        match self._authors.stopper_of(charge):
            case Who.PERSON if is_commanding:
                return
            case Who.PERSON:  # we went down before we could tell
                await self._tell(charger.id, STOPPED)
            case None if how := persons_stop(charger, charge, now):
                self._log.info("%s: the charge was %s", charger.name, how)
                await self._tell(charger.id, how)
            case None if charger.is_plugged_in and not charge.fully_charged_at:
                why = charge.stop_reason or charge.failure_reason or "Monta gives no reason"
                self._log.info("%s: the charge ended without anybody's wish (%s)", charger.name, why)
            case _:
                pass
        await self._authors.close(charge)

    async def _tell(self, charger_id: str, what: str) -> None:
        self._deeds[charger_id] += 1
        for listener in list(self._listeners):
            await listener(charger_id, what)
