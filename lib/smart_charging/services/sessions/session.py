"""What the scheduler keeps of a session, in memory and on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from smart_charging.charger import Charge
from smart_charging.planning.need import Charged
from smart_charging.planning.plan import Block, Plan, PlanSlot
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import amount, flag, moment, number, optional, rows, text

BEGINS_BY_ITSELF_WITHIN = timedelta(minutes=5)
"""Many chargers start as soon as the cable is in; a later start is a person's decision."""

ASKED_AGAIN_AFTER = timedelta(minutes=25)
"""A car that was reported full too early, as when it cools its battery, may take energy by then."""
RESUMED_KWH = 0.1
"""More energy than is reported late from before the car was full."""
WORTH_ASKING_KWH = 1.0
SOC_NOISE = 3.0
"""Percentage points of SoC; smaller changes are rounding, or what a parked car uses."""
SOC_SURPLUS = 1.5
"""Factor on the rise of SoC by the meter: the battery may be smaller than its setting."""
SOC_BELIEVED_AFTER = timedelta(minutes=10)

A_LITTLE = timedelta(minutes=1)
"""A plan whose edges move by less is not stored again."""


class OneOff(StrEnum):
    """What a person asked for this time only."""

    NOW = "now"
    """Charge at once and at any price."""
    SKIP = "skip"
    """Charge no more than the minimum."""


@dataclass(slots=True, kw_only=True)
class Session:
    """The state with which the scheduler continues a session after a restart."""

    cable_plugged_in_at: datetime
    """When the cable was first seen in, which identifies the session."""
    plugged_in_at: datetime
    """When the cable went in; earlier than it was seen, where a charge began by itself before that."""
    seen_at: datetime
    """When the cable was last seen in, to the quarter of an hour."""
    ready_by: datetime
    ready_by_of: str = ""
    """The setting that `ready_by` was computed from."""
    promised_by: datetime | None = None
    """The departure that `was_ready` is about."""
    wanted_kwh: float | None = None
    was_ready: bool | None = None
    """Whether the energy was charged by that departure; None while that is open."""
    mode: str = ""
    """As last seen; a change is a person's decision."""
    manual: str | None = None
    """The reason of the manual override; None while there is none."""
    one_off: OneOff | None = None
    """Holds until the departure or the end of the session, or until a newer decision."""
    has_taken_over: bool = False
    """Whether a charge that began by itself was taken over, which happens once per session."""
    may_adopt: bool = False
    """Whether a person resumed the scheduler, so that the running charge may be taken over."""
    full_at: datetime | None = None
    """When the cloud last reported the car full; the next two are the session's energy and the SoC by then."""
    full_at_kwh: float = 0.0
    full_at_soc_percent: float | None = None
    full_overruled_at: datetime | None = None
    """The value of `full_at` that no longer counts: a person or the car itself wants energy again."""
    was_asked_again: bool = False
    """Whether a full car that lacks energy was asked once more without anybody's wish, in this session."""
    soc_percent: float | None = None
    """The last SoC since the cable went in; `soc_at_kwh` is the session's energy by then."""
    soc_at_kwh: float = 0.0
    soc_at_meter_kwh: float = 0.0
    """The energy the meter had told by then, which may have been less."""
    soc_doubted_percent: float | None = None
    """A SoC that the meter does not explain; believed once it has lasted."""
    soc_doubted_at: datetime | None = None
    freed_at: datetime | None = None
    """When the charger was taken out of a mode of the cloud's own."""
    seen_out_at: datetime | None = None
    """When the cable was last seen out for a moment, too short to end the session."""
    blocks: Sequence[Block] | None = None
    """The plan's blocks."""

    def to_dict(self) -> dict[str, Any]:
        """For the Store; times as ISO text."""
        moments = {key: at.isoformat() for key in _MOMENTS if (at := getattr(self, key))}
        edges = [[block.start.isoformat(), block.end.isoformat()] for block in self.blocks or ()]
        return asdict(self) | moments | {"blocks": None if self.blocks is None else edges}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Session:
        """The opposite of `to_dict`; data of an older version may lack some keys.

        Where `seen_at` is missing, the departure stands in: the cable was expected to stay in until then.
        """
        facts = {"seen_at": facts["ready_by"], "cable_plugged_in_at": facts["plugged_in_at"], **facts}
        known: dict[str, Any] = {key: read(facts[key]) for key, read in _READERS.items() if key in facts}
        moments: dict[str, Any] = {key: moment(facts[key]) for key in _MOMENTS if facts.get(key)}
        blocks = optional(rows, facts.get("blocks"))
        return cls(**known, **moments, blocks=None if blocks is None else [_block(*edges) for edges in blocks])

    @classmethod
    def begin(cls, cable_plugged_in_at: datetime, now: datetime) -> Session:
        """A new session."""
        at = cable_plugged_in_at
        return cls(cable_plugged_in_at=at, plugged_in_at=at, seen_at=at, ready_by=now)

    def is_of(self, cable_plugged_in_at: datetime) -> bool:
        """Whether it is the session that began at this moment."""
        return self.cable_plugged_in_at == cable_plugged_in_at

    def see(self, seen_at: datetime) -> bool:
        """Note when the cable was last seen in; whether that has changed."""
        before, self.seen_at = self.seen_at, seen_at
        return before != seen_at

    def judge(self, missing_kwh: float, wanted_kwh: float, now: datetime) -> None:
        """Note whether the energy is there by departure; the first departure decides."""
        self.wanted_kwh = wanted_kwh
        if missing_kwh == 0 and self.was_ready is None:
            self.was_ready, self.promised_by = now <= self.ready_by, self.ready_by
        elif missing_kwh > 0 and self.ready_by <= now and self.was_ready is None:
            self.was_ready, self.promised_by = False, self.ready_by

    def takes_over(self, charge: Charge) -> bool:
        """Whether a charge that is not ours began by itself when the cable went in; taken over once per session."""
        plugged_in_at = min(self.plugged_in_at, charge.cable_plugged_in_at or self.plugged_in_at)
        if self.has_taken_over or charge.created_at - plugged_in_at >= BEGINS_BY_ITSELF_WITHIN:
            return False
        self.has_taken_over = True
        self.plugged_in_at = min(self.plugged_in_at, charge.created_at)
        return True

    def hear(
        self,
        energy_kwh: float,
        now: datetime,
        *,
        soc_percent: float | None,
        battery_kwh: float | None,
        full_at: datetime | None,
        is_charging: bool,
        unmetered_kwh: float = 0.0,
        told_of_kwh: float | None = None,
    ) -> bool:
        """Note the car's SoC and the cloud's report that it is full; whether anything changed.

        Args:
            energy_kwh: Of the session so far, which counts the progress between two values of SoC.
            now: For how long a doubtful SoC has lasted.
            soc_percent: The car's last SoC in this session.
            battery_kwh: For the rise of SoC that the energy explains.
            full_at: The newest time at which the cloud reported a charge of the session as full.
            is_charging: Whether the running charge is charging, as the cloud reports it.
            unmetered_kwh: What is likely to have flowed since the meter's last report; a SoC counts that already.
            told_of_kwh: The energy that the SoC tells of, where it is told late.
        """
        self._hear_meter(energy_kwh)
        is_new_soc = self._hear_soc(soc_percent, energy_kwh + unmetered_kwh, now, battery_kwh)
        self.soc_at_meter_kwh = energy_kwh if is_new_soc else self.soc_at_meter_kwh
        if told_of_kwh is not None and self.soc_doubted_at is None:
            self.soc_at_kwh = told_of_kwh
        return self._hear_full(full_at, energy_kwh, is_charging=is_charging) or is_new_soc

    def _hear_meter(self, energy_kwh: float) -> None:
        """By the first report after a SoC no more can have flowed before it than that report tells."""
        if energy_kwh > self.soc_at_meter_kwh:
            self.soc_at_kwh = min(self.soc_at_kwh, energy_kwh)

    def _hear_soc(self, soc_percent: float | None, energy_kwh: float, now: datetime, battery_kwh: float | None) -> bool:
        """Note a SoC; a fall, or a rise beyond what was charged, is likely a glitch and believed once it has lasted."""
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
        """Whether the last SoC and the meter explain a SoC, within `SOC_NOISE`."""
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
        """Whether the car is full by the cloud's report, and nothing has overruled that."""
        return self.full_at is not None and self.full_at != self.full_overruled_at

    def _hear_full(self, full_at: datetime | None, energy_kwh: float, *, is_charging: bool) -> bool:
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

    def doubt_full(self, wanting_kwh: float, now: datetime) -> bool:
        """Once per session, ask a car again that is reported full but lacks energy; whether that is now."""
        is_due = self.is_full and self.full_at is not None and now - self.full_at >= ASKED_AGAIN_AFTER
        if self.was_asked_again or not is_due or wanting_kwh < WORTH_ASKING_KWH or now >= self.ready_by:
            return False
        self.was_asked_again = True
        self.ask_again()
        return True

    def ask_again(self) -> None:
        """Overrule the report of a full car: it may take energy again."""
        self.full_overruled_at = self.full_at

    def charged(self, energy_kwh: float) -> Charged:
        """What the session has charged, and the SoC."""
        return Charged(
            energy_kwh=energy_kwh, soc_percent=self.soc_percent, since_soc_kwh=max(0.0, energy_kwh - self.soc_at_kwh)
        )

    def keep(self, plan: Plan, now: datetime) -> bool:
        """Note the plan's blocks; whether they changed. Prices are not kept: they are read again after a restart.

        A running block starts a little later in every round, and with the meter its end moves by seconds.
        """
        blocks, before = plan.blocks, self.blocks
        if before and before[0].start < now and plan.is_active(now):
            blocks = [replace(blocks[0], start=before[0].start), *blocks[1:]]
        if before is not None and _are_alike(blocks, before):
            return False
        self.blocks = blocks
        return True

    def kept_plan(self) -> Plan | None:
        """The plan from before a restart, without prices."""
        if self.blocks is None:
            return None
        slots = [
            PlanSlot(start=block.start, end=block.end, price_per_kwh=None, energy_kwh=0.0) for block in self.blocks
        ]
        return Plan(slots=slots, ready_by=self.ready_by)


_MOMENTS = tuple(one.name for one in fields(Session) if str(one.type).startswith("datetime"))
_READERS: Mapping[str, Callable[[object], object]] = {
    "ready_by_of": text,
    "wanted_kwh": partial(optional, number),
    "was_ready": partial(optional, flag),
    "mode": text,
    "manual": partial(optional, text),
    "one_off": lambda value: OneOff(text(value)) if value else None,
    "has_taken_over": flag,
    "may_adopt": flag,
    "was_asked_again": flag,
    "full_at_kwh": number,
    "full_at_soc_percent": partial(optional, amount),
    "soc_percent": partial(optional, amount),
    "soc_at_kwh": number,
    "soc_at_meter_kwh": number,
    "soc_doubted_percent": partial(optional, amount),
}
"""The stored values that are no moments."""


def _block(start: str, end: str) -> Block:
    if (begin := moment(start)) >= (finish := moment(end)):
        raise ValueError("a block ends before it starts")
    return Block(start=begin, end=finish)


def _are_alike(some: Sequence[Block], others: Sequence[Block]) -> bool:
    """Whether blocks start and end within `A_LITTLE` of each other."""
    return len(some) == len(others) and all(
        abs(one.start - other.start) < A_LITTLE and abs(one.end - other.end) < A_LITTLE
        for one, other in zip(some, others, strict=True)
    )


class SessionKeeper:
    """Holds the running session, over a restart too."""

    def __init__(self, charger_id: str, store: Store) -> None:
        self._store = store
        self._key = f"session_{charger_id}"
        self._is_recalled = False
        self.session: Session | None = None

    async def recall(self) -> Session | None:
        """The running session, if one is known; read from disk once."""
        if not self._is_recalled:
            kept = await recalled(self._store, self._key, Session.from_dict)
            if not self._is_recalled:  # another task may have read it meanwhile
                self._is_recalled = True
                self.session = kept
        return self.session

    async def begin(self, session: Session) -> None:
        """Keep a session whose cable has just gone in."""
        self.session = session
        await self.keep()

    async def keep(self) -> None:
        """Write the session to disk."""
        if self.session:
            await self._store.remember(self._key, self.session.to_dict())

    async def end(self) -> None:
        """Forget the session, as the cable is out."""
        self.session = None
        await self._store.remember(self._key, {})
