"""The limits of charges, kept by us: what has reached its own is stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from smart_charging.charger import Charger
from smart_charging.services.authors import Who
from smart_charging.services.control import Control
from smart_charging.services.limit import Limit, LimitedCharge, Verdict
from smart_charging.services.memory import Memory
from smart_charging.services.polling import Clock, Polling

LIMITS = "limits"
LOOK_AGAIN = timedelta(minutes=1)
"""Without a read of the chargers or an end in sight; also the pause before a stop is tried once more."""


class Limits:
    """Remembers the limits, over a restart too, and stops what has reached its own.

    It looks at every read of the chargers, but stops in a beat of its own: a read may be part
    of a command to that charger, which a stop would wait for.
    """

    def __init__(
        self, control: Control, polling: Polling, memory: Memory, *, clock: Clock, log: logging.Logger
    ) -> None:
        self._control = control
        self._polling = polling
        self._memory = memory
        self._clock = clock
        self._log = log
        self._kept: dict[str, LimitedCharge] = {}
        self._seen: dict[str, tuple[Charger, datetime]] = {}
        self._tried_at: dict[str, datetime] = {}
        self._complained: set[str] = set()
        self._leave: Callable[[], None] = lambda: None

    async def prepare(self) -> None:
        """Recall the limits of charges that may still run."""
        facts = await self._memory.recall(LIMITS)
        self._kept = {charger_id: LimitedCharge.from_facts(kept) for charger_id, kept in facts.items()}

    def follow(self, wake: Callable[[], None]) -> None:
        """Look whenever the chargers were read."""

        async def on_read() -> None:
            if self._kept:
                wake()

        self._leave = self._polling.on_read(on_read)

    def close(self) -> None:
        """Stop following the chargers; what is kept stays kept."""
        self._leave()

    async def expect(self, charger_id: str, limit: Limit) -> LimitedCharge | None:
        """Keep a limit for a start that is about to be asked for; the one it takes the place of."""
        before = self._kept.get(charger_id)
        await self._keep(charger_id, LimitedCharge(limit=limit, asked_at=self._clock()))
        return before

    async def began(self, charger_id: str, limit: Limit, charge_id: str | None) -> None:
        """The start was accepted."""
        await self._keep(charger_id, LimitedCharge(limit=limit, asked_at=self._clock(), charge_id=charge_id))

    async def failed(self, charger_id: str, before: LimitedCharge | None) -> None:
        """The start was not; what `expect` answered is true again."""
        await self._keep(charger_id, before)

    async def beat(self) -> timedelta:
        """Stop what has to be stopped; how long to rest until the next time is over."""
        for charger_id in list(self._kept):
            if charger := self._polling.chargers.get(charger_id):
                await self._judge(charger, self._kept[charger_id])
        return min([LOOK_AGAIN, *self._rests()])

    async def _judge(self, charger: Charger, kept: LimitedCharge) -> None:
        match kept.verdict(charger, self._read_at(charger), self._clock()):
            case Verdict.FORGET:
                await self._keep(charger.id, None)
            case Verdict.STOP if self._may_try(charger.id):
                await self._stop(charger, kept)
            case _:
                pass

    def _read_at(self, charger: Charger) -> datetime:
        """When these facts were new; while the cloud does not answer, a charge's absence from them means nothing."""
        seen, at = self._seen.get(charger.id, (None, None))
        if seen is not charger or at is None:
            at = self._clock()
            self._seen[charger.id] = (charger, at)
        return at

    def _may_try(self, charger_id: str) -> bool:
        """Every stop has the chargers read at once; stopping at every read would never rest."""
        tried_at = self._tried_at.get(charger_id)
        return tried_at is None or self._clock() - tried_at >= LOOK_AGAIN

    async def _stop(self, charger: Charger, kept: LimitedCharge) -> None:
        self._tried_at[charger.id] = self._clock()
        result = await self._control.stop(charger.id, who=Who.PERSON)  # whose limit it is
        if result.ok:
            self._complained.discard(charger.id)
            self._log.info("%s: the limit of %s is reached, the charge is stopped", charger.name, kept.limit)
        elif charger.id not in self._complained:
            self._complained.add(charger.id)
            self._log.warning(
                "%s: the limit of %s is reached, but the charge cannot be stopped (%s); tried again every minute",
                *(charger.name, kept.limit, result.error),
            )

    async def _keep(self, charger_id: str, kept: LimitedCharge | None) -> None:
        self._tried_at.pop(charger_id, None)
        self._complained.discard(charger_id)
        if kept:
            self._kept[charger_id] = kept
        else:
            self._kept.pop(charger_id, None)
        await self._memory.remember(LIMITS, {key: limited.facts() for key, limited in self._kept.items()})

    def _rests(self) -> list[timedelta]:
        ends = (
            limited.ends_at(charger)
            for charger_id, limited in self._kept.items()
            if (charger := self._polling.chargers.get(charger_id))
        )
        now = self._clock()
        return [end - now for end in ends if end and end > now]
