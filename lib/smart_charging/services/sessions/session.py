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

RESUMED_KWH = 0.1
"""More than what is told late of the energy from before a car was full."""
SOC_NOISE = 3.0
"""Points of a state of charge; less is rounding, or what a parked car uses."""
SOC_SURPLUS = 1.5
"""Times the energy metered: what a battery may be smaller than people write."""
SOC_BELIEVED_AFTER = timedelta(minutes=10)

A_LITTLE = timedelta(minutes=1)
"""By which a plan's edges move without that being worth remembering."""
_MOMENTS = (
    "plugged_in_at",
    "cable_plugged_in_at",
    "ready_by",
    "seen_at",
    "promised_by",
    "full_at",
    "full_overruled_at",
    "soc_doubted_at",
)


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
    full_at: datetime | None = None
    """The cloud's newest word that the car takes no more, and what the session had by then."""
    full_at_kwh: float = 0.0
    full_at_soc_percent: float | None = None
    full_overruled_at: datetime | None = None
    """Of those words the newest that counts no more: a person or the car itself wants energy again."""
    soc_percent: float | None = None
    """What the car last said since the cable went in, and how much energy it had by then."""
    soc_at_kwh: float = 0.0
    soc_doubted_percent: float | None = None
    """What the car says and nothing else explains; believed once it has lasted."""
    soc_doubted_at: datetime | None = None
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

    def hear_soc(
        self, soc_percent: float | None, energy_kwh: float, now: datetime, *, battery_kwh: float | None
    ) -> bool:
        """Whether the car says something new; between two words of it, the meter tells how far it is.

        A fall, or a rise beyond what was charged, is most likely a glitch: it is believed once it has lasted.
        """
        if soc_percent is None:
            return False
        is_doubtful = self.soc_percent is not None and not self._explains(soc_percent, energy_kwh, battery_kwh)
        if is_doubtful and not self._has_lasted(soc_percent, now):
            return self._doubt(soc_percent, now)
        is_news = soc_percent != self.soc_percent or self.soc_doubted_at is not None
        self.soc_doubted_percent = self.soc_doubted_at = None
        if soc_percent != self.soc_percent:
            self.soc_percent, self.soc_at_kwh = soc_percent, energy_kwh
        return is_news

    def _explains(self, soc_percent: float, energy_kwh: float, battery_kwh: float | None) -> bool:
        """Whether the last word and the meter let a state of charge be expected, to some points."""
        rise = soc_percent - (self.soc_percent or 0.0)
        since_kwh = max(0.0, energy_kwh - self.soc_at_kwh)
        if battery_kwh is None:
            return rise >= -SOC_NOISE and (since_kwh > 0 or rise <= SOC_NOISE)
        return -SOC_NOISE <= rise <= SOC_NOISE + SOC_SURPLUS * 100 * since_kwh / battery_kwh

    def _has_lasted(self, soc_percent: float, now: datetime) -> bool:
        return (
            self.soc_doubted_percent is not None
            and self.soc_doubted_at is not None
            and abs(soc_percent - self.soc_doubted_percent) <= SOC_NOISE
            and now - self.soc_doubted_at >= SOC_BELIEVED_AFTER
        )

    def _doubt(self, soc_percent: float, now: datetime) -> bool:
        is_another = self.soc_doubted_percent is None or abs(soc_percent - self.soc_doubted_percent) > SOC_NOISE
        if is_another:
            self.soc_doubted_percent, self.soc_doubted_at = soc_percent, now
        return is_another

    @property
    def is_full(self) -> bool:
        """Whether the car takes no more, as far as the cloud tells and nobody knows better."""
        return self.full_at is not None and self.full_at != self.full_overruled_at

    def hear_full(self, full_at: datetime | None, energy_kwh: float, *, is_charging: bool) -> bool:
        """Take note of what the cloud says of a full car, and of what contradicts it; whether that is news.

        Args:
            full_at: The newest such word of the session's charges.
            is_charging: Energy flows, or is said to.
        """
        if full_at is not None and full_at != self.full_at:
            self.full_at, self.full_at_kwh, self.full_at_soc_percent = full_at, energy_kwh, self.soc_percent
            return True
        if not self.is_full:
            return False
        resumes = full_at is None or (is_charging and energy_kwh - self.full_at_kwh > RESUMED_KWH)
        has_fallen = (self.soc_percent or 0.0) < (self.full_at_soc_percent or 0.0) - SOC_NOISE
        if resumes or has_fallen:
            self.ask_again()
        return resumes or has_fallen

    def ask_again(self) -> None:
        """A full car may take energy again."""
        self.full_overruled_at = self.full_at

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
