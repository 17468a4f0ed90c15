"""Which charges and stops are ours, a person's or others'; kept over a restart in the middle of a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from smart_charging.charger import Charge, Charger, ChargeState
from smart_charging.services.heartbeat import Clock
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import moment, table, text, texts
from smart_charging.timekeeper import may_differ_by

ANSWER_WITHIN = timedelta(minutes=3)
"""A charge that appears later than this after a start was sent is not ours."""
STOPS_WITHIN = timedelta(minutes=15)
"""A charge that ends later than this after a stop was sent has another reason: the stop never arrived.

Time in which the charger is offline, or the cloud says that the charge is stopping, does not count: the stop is
delivered once the charger is back.
"""
STILL_WAITS = timedelta(minutes=5)
"""How often the time of a stop that waits for an offline charger is updated on disk."""
CHARGES_KEPT = 20


class Origin(StrEnum):
    """Who started a charge."""

    US = "us"
    """The scheduler."""
    PERSON = "person"
    """A person, by our switch, a service or the event."""
    OTHER = "other"
    """Anything else: the cloud's app, a card, or the cloud's own schedule."""

    @classmethod
    def _missing_(cls, value: object) -> Origin:
        """A word of a later version, whose data a downgrade leaves behind."""
        return cls.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    """A stop, recorded before it is sent."""

    by: Origin
    at: datetime
    """When it was sent; for one that waits since then, when it was last seen to wait."""

    def explains(self, charge: Charge) -> bool:
        """Whether it ended the charge; in doubt it did, as clocks may differ."""
        if charge.stopped_at is None or charge.stopped_at - self.at <= STOPS_WITHIN:
            return True
        return (charge.stop_reason or "").lower().endswith("api")  # the reason our stops get; it arrived late

    def is_to_wait(self, now: datetime) -> bool:
        """Whether it may still arrive at an offline charger, and its time is due to be updated on disk."""
        return STILL_WAITS <= now - self.at <= STOPS_WITHIN


@dataclass(slots=True, kw_only=True)
class _ChargerOrigins:
    """One charger's starts, the charges they led to, and the stops of those."""

    by: dict[str, Origin] = field(default_factory=dict)
    """Charge id to origin, oldest first."""
    stops: dict[str, _Stop] = field(default_factory=dict)
    """Charge id to the latest stop."""
    closed: set[str] = field(default_factory=set)
    """Ids of charges whose end has been dealt with."""
    sent_by: Origin | None = None
    sent_at: datetime | None = None
    """When a start was sent whose charge is not known yet."""
    there_before: list[str] = field(default_factory=list)
    """Ids of the charges that were known when it was sent: none of them is its."""
    before: tuple[Origin | None, datetime | None, list[str]] = (None, None, [])
    """The values of these three before the last start was sent, to go back to if it is refused."""

    def to_dict(self) -> Mapping[str, Any]:
        sent_at = self.sent_at.isoformat() if self.sent_at else None
        stops = {charge_id: {"by": stop.by, "at": stop.at.isoformat()} for charge_id, stop in self.stops.items()}
        closed = [charge_id for charge_id in self.by if charge_id in self.closed]
        return {
            "by": dict(self.by),
            "sent_by": self.sent_by,
            "sent_at": sent_at,
            "stops": stops,
            "closed": closed,
            "there_before": self.there_before,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        sent_at = moment(facts["sent_at"]) if facts.get("sent_at") else None
        by = {charge_id: Origin(text(origin)) for charge_id, origin in table(facts.get("by", {})).items()}
        stops = {
            charge_id: _Stop(by=Origin(text(stop["by"])), at=moment(stop["at"]))
            for charge_id, stop in table(facts.get("stops", {})).items()
        }
        # data of an older version has no such list: all ends count as dealt with
        closed = set(texts(facts.get("closed", list(by))))
        sent_by = Origin(text(facts["sent_by"])) if sent_at else None
        there_before = list(texts(facts.get("there_before", ())))
        return cls(by=by, stops=stops, closed=closed, sent_by=sent_by, sent_at=sent_at, there_before=there_before)

    def record(self, charge_id: str, origin: Origin) -> None:
        self.by[charge_id] = origin
        self.by = dict(list(self.by.items())[-CHARGES_KEPT:])
        self.stops = {known: stop for known, stop in self.stops.items() if known in self.by}
        self.closed &= self.by.keys()
        self.sent_by = self.sent_at = None
        self.there_before = []

    def is_answer(self, charge: Charge, clocks_differ_by: timedelta) -> bool:
        """Whether the start that was sent has led to this charge.

        Args:
            clocks_differ_by: How much earlier than our start its stamp may be.
        """
        if self.sent_at is None or charge.id in self.by or charge.id in self.there_before:
            return False
        return -clocks_differ_by <= charge.created_at - self.sent_at <= ANSWER_WITHIN


class ChargeOrigins:
    """Stores every command before it is sent, and a start's charge as soon as it is known."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._starts: dict[str, _ChargerOrigins] = {}

    async def expect_start(self, charger: Charger, origin: Origin, now: datetime) -> None:
        """Record that a start is about to be sent."""
        starts = await self._of(charger.id)
        starts.before = (starts.sent_by, starts.sent_at, starts.there_before)
        starts.sent_by, starts.sent_at = origin, now
        starts.there_before = [charge.id for charge in charger.charges]
        await self._keep(charger.id)

    async def refused(self, charger_id: str) -> None:
        """Undo `expect_start`: the start was refused, so a charge that appears is not its."""
        starts = await self._of(charger_id)
        starts.sent_by, starts.sent_at, starts.there_before = starts.before
        await self._keep(charger_id)

    async def wait_for_stops(self, charger: Charger, now: datetime) -> None:
        """Prolong the stop that an offline charger has yet to hear of: it is delivered once it is back, however late.

        Not every cloud says that the charger is offline; that the charge is stopping says as much.
        """
        running = charger.active_charge
        if running is None or (charger.is_reached and running.state is not ChargeState.STOPPING):
            return
        starts = await self._of(charger.id)
        stop = starts.stops.get(running.id)
        if stop and stop.is_to_wait(now):
            starts.stops[running.id] = _Stop(by=stop.by, at=now)
            await self._keep(charger.id)

    async def expect_stop(self, charge: Charge, origin: Origin, now: datetime) -> None:
        """Record that a stop is about to be sent, if the origin of its charge is recorded; others do not matter."""
        starts = await self._of(charge.charger_id)
        if charge.id in starts.by:
            starts.stops[charge.id] = _Stop(by=origin, at=now)
            await self._keep(charge.charger_id)

    async def record(self, charger_id: str, charge_id: str, origin: Origin) -> None:
        """Record the origin of a charge."""
        (await self._of(charger_id)).record(charge_id, origin)
        await self._keep(charger_id)

    async def match_lost_answer(self, charger: Charger) -> None:
        """Find the charge of a start that the cloud did not answer."""
        starts = await self._of(charger.id)
        leeway = may_differ_by(self._clock)
        found = next((charge for charge in charger.charges if starts.is_answer(charge, leeway)), None)
        if found and starts.sent_by:
            starts.record(found.id, starts.sent_by)
            await self._keep(charger.id)

    def of(self, charge: Charge) -> Origin:
        """The origin of a charge."""
        starts = self._starts.get(charge.charger_id)
        return starts.by.get(charge.id, Origin.OTHER) if starts else Origin.OTHER

    def awaits_answer(self, charger_id: str, now: datetime) -> bool:
        """Whether a start was sent of which it is not known yet whether it led to a charge."""
        starts = self._starts.get(charger_id)
        return starts is not None and starts.sent_at is not None and now - starts.sent_at <= ANSWER_WITHIN

    def is_open(self, charge: Charge) -> bool:
        """Whether it is the scheduler's and its end has not been dealt with."""
        starts = self._starts.get(charge.charger_id)
        return self.of(charge) is Origin.US and starts is not None and charge.id not in starts.closed

    def stopped_by(self, charge: Charge) -> Origin | None:
        """Who asked us for the stop that ended it; None when no stop of ours did."""
        starts = self._starts.get(charge.charger_id)
        stop = starts.stops.get(charge.id) if starts else None
        return stop.by if stop and stop.explains(charge) else None

    async def close(self, charge: Charge) -> None:
        """Record that its end has been dealt with."""
        starts = await self._of(charge.charger_id)
        if charge.id in starts.by and charge.id not in starts.closed:
            starts.closed.add(charge.id)
            await self._keep(charge.charger_id)

    async def _of(self, charger_id: str) -> _ChargerOrigins:
        if charger_id not in self._starts:
            kept = await recalled(self._store, _key(charger_id), _ChargerOrigins.from_dict)
            self._starts.setdefault(charger_id, kept or _ChargerOrigins())
        return self._starts[charger_id]

    async def _keep(self, charger_id: str) -> None:
        await self._store.remember(_key(charger_id), self._starts[charger_id].to_dict())


def _key(charger_id: str) -> str:
    return f"starts_{charger_id}"
