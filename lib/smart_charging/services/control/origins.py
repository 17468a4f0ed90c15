"""Who started and who stopped which charge; known also after a restart in the middle of a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from smart_charging.charger import Charge, Charger
from smart_charging.services.store import Memory

ANSWER_WITHIN = timedelta(minutes=3)
"""A charge that appears later than this after a start was sent is somebody else's."""
CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""The cloud's stamps against ours."""
STOPS_WITHIN = timedelta(minutes=15)
"""A charge that ends later than this after a stop was sent has another reason: the stop never arrived."""
CHARGES_KEPT = 20


class Who(StrEnum):
    """Whose wish a charge is."""

    US = "us"
    """The scheduler's."""
    PERSON = "person"
    """Somebody's who used our switch, a service or the event."""
    OTHER = "other"
    """Somebody's who used Monta's app, a card, or Monta's own schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    """A stop that was about to be sent."""

    by: Who
    at: datetime

    def explains(self, charge: Charge) -> bool:
        """Whether it is what ended the charge; when in doubt it is, however the clocks differ."""
        return charge.stopped_at is None or charge.stopped_at - self.at <= STOPS_WITHIN


@dataclass(slots=True, kw_only=True)
class _Starts:
    """What is known of one charger's starts, and of the ends of what they began."""

    by: dict[str, Who] = field(default_factory=dict)
    """Charge id to author, oldest first."""
    stops: dict[str, _Stop] = field(default_factory=dict)
    """Charge id to the latest stop."""
    closed: set[str] = field(default_factory=set)
    """Ids of charges whose end is no news."""
    sent_by: Who | None = None
    sent_at: datetime | None = None
    """A start whose charge is not known yet."""

    def facts(self) -> Mapping[str, Any]:
        sent_at = self.sent_at.isoformat() if self.sent_at else None
        stops = {charge_id: {"by": stop.by, "at": stop.at.isoformat()} for charge_id, stop in self.stops.items()}
        closed = [charge_id for charge_id in self.by if charge_id in self.closed]
        return {"by": dict(self.by), "sent_by": self.sent_by, "sent_at": sent_at, "stops": stops, "closed": closed}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        sent_at = datetime.fromisoformat(facts["sent_at"]) if facts.get("sent_at") else None
        by = {charge_id: Who(who) for charge_id, who in facts.get("by", {}).items()}
        stops = {
            charge_id: _Stop(by=Who(stop["by"]), at=datetime.fromisoformat(stop["at"]))
            for charge_id, stop in facts.get("stops", {}).items()
        }
        closed = set(facts.get("closed", by))  # facts without it are older than this knowledge: no news
        sent_by = Who(facts["sent_by"]) if sent_at else None
        return cls(by=by, stops=stops, closed=closed, sent_by=sent_by, sent_at=sent_at)

    def sign(self, charge_id: str, who: Who) -> None:
        self.by[charge_id] = who
        self.by = dict(list(self.by.items())[-CHARGES_KEPT:])
        self.stops = {known: stop for known, stop in self.stops.items() if known in self.by}
        self.closed &= self.by.keys()
        self.sent_by = self.sent_at = None

    def is_answer(self, charge: Charge) -> bool:
        """Whether a charge is what the start that was sent has led to."""
        if self.sent_at is None or charge.id in self.by:
            return False
        return -CLOCKS_DIFFER_BY <= charge.created_at - self.sent_at <= ANSWER_WITHIN


class Authors:
    """Remembers every command before it is sent, and a start's charge as soon as it is known."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._starts: dict[str, _Starts] = {}

    async def announce(self, charger_id: str, who: Who, now: datetime) -> None:
        """A start is about to be sent."""
        starts = await self._of(charger_id)
        starts.sent_by, starts.sent_at = who, now
        await self._keep(charger_id)

    async def announce_stop(self, charge: Charge, who: Who, now: datetime) -> None:
        """A stop is about to be sent; of a charge that is not ours nobody will ask."""
        starts = await self._of(charge.charger_id)
        if charge.id in starts.by:
            starts.stops[charge.id] = _Stop(by=who, at=now)
            await self._keep(charge.charger_id)

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

    def awaits_answer(self, charger_id: str, now: datetime) -> bool:
        """Whether a start was sent of which nobody knows yet whether it led to a charge."""
        starts = self._starts.get(charger_id)
        return starts is not None and starts.sent_at is not None and now - starts.sent_at <= ANSWER_WITHIN

    def is_open(self, charge: Charge) -> bool:
        """Whether it is the scheduler's and its end would be news."""
        starts = self._starts.get(charge.charger_id)
        return self.of(charge) is Who.US and starts is not None and charge.id not in starts.closed

    def stopper_of(self, charge: Charge) -> Who | None:
        """Whose stop, sent by us, has ended it; None when no such stop was sent."""
        starts = self._starts.get(charge.charger_id)
        stop = starts.stops.get(charge.id) if starts else None
        return stop.by if stop and stop.explains(charge) else None

    async def close(self, charge: Charge) -> None:
        """Its end is known to everybody."""
        starts = await self._of(charge.charger_id)
        if charge.id in starts.by and charge.id not in starts.closed:
            starts.closed.add(charge.id)
            await self._keep(charge.charger_id)

    async def _of(self, charger_id: str) -> _Starts:
        if charger_id not in self._starts:
            self._starts[charger_id] = _Starts.from_facts(await self._memory.recall(_key(charger_id)))
        return self._starts[charger_id]

    async def _keep(self, charger_id: str) -> None:
        await self._memory.remember(_key(charger_id), self._starts[charger_id].facts())


def _key(charger_id: str) -> str:
    return f"starts_{charger_id}"
