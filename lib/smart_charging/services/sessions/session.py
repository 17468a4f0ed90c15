"""What the scheduler has to keep in mind of a session, and on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from smart_charging.charger import Charge
from smart_charging.planning.need import Charged
from smart_charging.planning.plan import Block, Plan, PlanSlot
from smart_charging.services.store import Store, parsed_or_none

BEGINS_BY_ITSELF_WITHIN = timedelta(minutes=5)
"""Many chargers start as soon as the cable is in; later than this it was somebody's wish."""

A_LITTLE = timedelta(minutes=1)
"""By which a plan's edges move without that being worth remembering."""
_MOMENTS = ("plugged_in_at", "cable_plugged_in_at", "ready_by", "seen_at", "promised_by")


@dataclass(slots=True, kw_only=True)
class Session:
    """What the scheduler has to know to go on after a restart as if there had been none."""

    cable_plugged_in_at: datetime
    """Which session it is: the one whose cable was first seen in then."""
    plugged_in_at: datetime
    """When the cable went in; before it was seen, where a charge began with it by itself."""
    seen_at: datetime
    """When the cable was last seen in, to the quarter of an hour."""
    ready_by: datetime
    ready_by_of: str = ""
    """The setting that departure was made of."""
    promised_by: datetime | None = None
    """The departure that the energy was wanted for."""
    wanted_kwh: float | None = None
    was_ready: bool | None = None
    """Whether the energy was there by that departure; None while that may still be."""
    mode: str = ""
    """As last seen; another one is a person's newest word."""
    manual: str | None = None
    """Why the scheduler keeps its hands off; None while it does not."""
    has_taken_over: bool = False
    """Whether a charge that began by itself was taken for ours; once is enough."""
    may_adopt: bool = False
    """Whether a person asked us back, so that the charge that runs is ours from now on."""
    is_full: bool = False
    """Whether the car takes no more, though the cloud does not say so."""
    soc_percent: float | None = None
    """What the car last said since the cable went in, and how much energy it had by then."""
    soc_at_kwh: float = 0.0
    blocks: Sequence[Block] | None = None
    """When the plan charges."""

    def to_dict(self) -> dict[str, Any]:
        """For a Memory; times as ISO text."""
        moments = {key: moment.isoformat() for key in _MOMENTS if (moment := getattr(self, key))}
        edges = [[block.start.isoformat(), block.end.isoformat()] for block in self.blocks or ()]
        return asdict(self) | moments | {"blocks": None if self.blocks is None else edges}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Session:
        """The opposite of `facts`; those of an older version may lack some.

        Where nobody kept when the cable was last seen, the departure stands in: until then it was to stay in.
        """
        facts = {"seen_at": facts["ready_by"], "cable_plugged_in_at": facts["plugged_in_at"], **facts}
        known = {field.name: facts[field.name] for field in fields(cls) if field.name in facts}
        moments = {key: datetime.fromisoformat(facts[key]) for key in _MOMENTS if facts.get(key)}
        blocks = facts.get("blocks") and [_block(*edges) for edges in facts["blocks"]]
        return cls(**known | moments | {"blocks": blocks})

    @classmethod
    def begin(cls, cable_plugged_in_at: datetime, now: datetime) -> Session:
        """One of which the scheduler hears for the first time."""
        at = cable_plugged_in_at
        return cls(cable_plugged_in_at=at, plugged_in_at=at, seen_at=at, ready_by=now)

    def is_of(self, cable_plugged_in_at: datetime) -> bool:
        """Whether it is still that cable's."""
        return self.cable_plugged_in_at == cable_plugged_in_at

    def see(self, seen_at: datetime) -> bool:
        """Take note of when the cable was last seen in; whether that is news."""
        before, self.seen_at = self.seen_at, seen_at
        return before != seen_at

    def judge(self, missing_kwh: float, wanted_kwh: float, now: datetime) -> None:
        """Take note of whether the promise is kept; the first departure decides."""
        self.wanted_kwh = wanted_kwh
        if missing_kwh == 0 and self.was_ready is None:
            self.was_ready, self.promised_by = now <= self.ready_by, self.ready_by
        elif missing_kwh > 0 and self.ready_by <= now and self.was_ready is None:
            self.was_ready, self.promised_by = False, self.ready_by

    def takes_over(self, charge: Charge) -> bool:
        """Whether a charge somebody else began is the first one that began with the cable, by itself."""
        plugged_in_at = min(self.plugged_in_at, charge.cable_plugged_in_at or self.plugged_in_at)
        if self.has_taken_over or charge.created_at - plugged_in_at >= BEGINS_BY_ITSELF_WITHIN:
            return False
        self.has_taken_over = True
        self.plugged_in_at = min(self.plugged_in_at, charge.created_at)
        return True

    def hear_soc(self, soc_percent: float | None, energy_kwh: float) -> bool:
        """Whether the car says something new; between two words of it, the meter tells how far it is."""
        if soc_percent is None or soc_percent == self.soc_percent:
            return False
        self.soc_percent, self.soc_at_kwh = soc_percent, energy_kwh
        return True

    def charged(self, energy_kwh: float) -> Charged:
        """How far it has come."""
        return Charged(
            energy_kwh=energy_kwh, soc_percent=self.soc_percent, since_soc_kwh=max(0.0, energy_kwh - self.soc_at_kwh)
        )

    def keep(self, plan: Plan, now: datetime) -> bool:
        """Remember when the plan charges; whether that is news. Its prices are known again after a restart.

        A block that runs begins a little later at every look, and meters let its end move by seconds.
        """
        blocks, before = plan.blocks, self.blocks
        if before and before[0].start < now and plan.is_active(now):
            blocks = [replace(blocks[0], start=before[0].start), *blocks[1:]]
        if before is not None and _are_alike(blocks, before):
            return False
        self.blocks = blocks
        return True

    def kept_plan(self) -> Plan | None:
        """The plan of before a restart, without prices."""
        if self.blocks is None:
            return None
        slots = [
            PlanSlot(start=block.start, end=block.end, price_per_kwh=None, energy_kwh=0.0) for block in self.blocks
        ]
        return Plan(slots=slots, ready_by=self.ready_by)


def _block(start: str, end: str) -> Block:
    return Block(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))


def _are_alike(some: Sequence[Block], others: Sequence[Block]) -> bool:
    """Whether blocks begin and end at about the same moments."""
    return len(some) == len(others) and all(
        abs(one.start - other.start) < A_LITTLE and abs(one.end - other.end) < A_LITTLE
        for one, other in zip(some, others, strict=True)
    )


class SessionKeeper:
    """Holds the session that runs, also one of before a restart."""

    def __init__(self, charger_id: str, store: Store) -> None:
        self._store = store
        self._key = f"session_{charger_id}"
        self._is_recalled = False
        self.session: Session | None = None

    async def recall(self) -> Session | None:
        """The session that runs, as far as anybody knows; read from the disk once."""
        if not self._is_recalled:
            facts = await self._store.recall(self._key)
            if not self._is_recalled:  # two may have asked at once
                self._is_recalled = True
                self.session = parsed_or_none(facts, Session.from_dict)
        return self.session

    async def begin(self, session: Session) -> None:
        """The cable is in."""
        self.session = session
        await self.keep()

    async def keep(self) -> None:
        """Write down what has changed."""
        if self.session:
            await self._store.remember(self._key, self.session.to_dict())

    async def end(self) -> None:
        """The cable is out."""
        self.session = None
        await self._store.remember(self._key, {})
