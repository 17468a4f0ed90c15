"""Who started which charge; known also after a restart in the middle of a start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from smart_charging.charger import Charge, Charger
from smart_charging.services.memory import Memory

ANSWER_WITHIN = timedelta(minutes=3)
"""A charge that appears later than this after a start was sent is somebody else's."""
CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""The cloud's stamps against ours."""
CHARGES_KEPT = 20


class Who(StrEnum):
    """Whose wish a charge is."""

    US = "us"
    """The scheduler's."""
    PERSON = "person"
    """Somebody's who used our switch, a service or the event."""
    OTHER = "other"
    """Somebody's who used Monta's app, a card, or Monta's own schedule."""


@dataclass(slots=True, kw_only=True)
class _Starts:
    """What is known of one charger's starts."""

    by: dict[str, Who] = field(default_factory=dict)
    """Charge id to author, oldest first."""
    sent_by: Who | None = None
    sent_at: datetime | None = None
    """A start whose charge is not known yet."""

    def facts(self) -> Mapping[str, Any]:
        sent_at = self.sent_at.isoformat() if self.sent_at else None
        return {"by": dict(self.by), "sent_by": self.sent_by, "sent_at": sent_at}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        sent_at = datetime.fromisoformat(facts["sent_at"]) if facts.get("sent_at") else None
        by = {charge_id: Who(who) for charge_id, who in facts.get("by", {}).items()}
        return cls(by=by, sent_by=Who(facts["sent_by"]) if sent_at else None, sent_at=sent_at)

    def sign(self, charge_id: str, who: Who) -> None:
        self.by[charge_id] = who
        self.by = dict(list(self.by.items())[-CHARGES_KEPT:])
        self.sent_by = self.sent_at = None

    def is_answer(self, charge: Charge) -> bool:
        """Whether a charge is what the start that was sent has led to."""
        if self.sent_at is None or charge.id in self.by:
            return False
        return -CLOCKS_DIFFER_BY <= charge.created_at - self.sent_at <= ANSWER_WITHIN


class Authors:
    """Remembers every start before it is sent, and the charge as soon as it is known."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._starts: dict[str, _Starts] = {}

    async def announce(self, charger_id: str, who: Who, now: datetime) -> None:
        """A start is about to be sent."""
        starts = await self._of(charger_id)
        starts.sent_by, starts.sent_at = who, now
        await self._keep(charger_id)

    async def sign(self, charger_id: str, charge_id: str, who: Who) -> None:
        """This charge is theirs."""
        (await self._of(charger_id)).sign(charge_id, who)
        await self._keep(charger_id)

    async def meet(self, charger: Charger) -> None:
        """Find the charge of a start whose answer never came."""
        starts = await self._of(charger.id)
        found = next((charge for charge in charger.charges if starts.is_answer(charge)), None)
        if found and starts.sent_by:
            starts.sign(found.id, starts.sent_by)
            await self._keep(charger.id)

    def of(self, charge: Charge) -> Who:
        """Whose charge it is."""
        starts = self._starts.get(charge.charger_id)
        return starts.by.get(charge.id, Who.OTHER) if starts else Who.OTHER

    async def _of(self, charger_id: str) -> _Starts:
        if charger_id not in self._starts:
            self._starts[charger_id] = _Starts.from_facts(await self._memory.recall(_key(charger_id)))
        return self._starts[charger_id]

    async def _keep(self, charger_id: str) -> None:
        await self._memory.remember(_key(charger_id), self._starts[charger_id].facts())


def _key(charger_id: str) -> str:
    return f"starts_{charger_id}"
