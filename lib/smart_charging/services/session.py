"""One car at one charger, from cable in to cable out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from smart_charging.charger import Charge, Charger
from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.services.wanted import Charged

BEGINS_BY_ITSELF_WITHIN = timedelta(minutes=5)
"""Many chargers start as soon as the cable is in; later than this it was somebody's wish."""

CLOCKS_DIFFER_BY = timedelta(minutes=2)
"""The cloud's stamps against ours."""
LONG_UNSEEN = timedelta(hours=6)
"""A cable that is in after nobody has looked for so long may well be in for another night."""
SEEN_EVERY = timedelta(minutes=15)
"""Often enough to be remembered; every look would wear out a memory card."""
_MOMENTS = ("plugged_in_at", "ready_by", "seen_at", "promised_by")


@dataclass(slots=True, kw_only=True)
class Session:
    """What the scheduler has to know to go on after a restart as if there had been none."""

    plugged_in_at: datetime
    """When the scheduler first saw the cable in."""
    seen_at: datetime
    """When the scheduler last saw it in, to the quarter of an hour."""
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
    blocks: list[list[str]] | None = None
    """Starts and ends of the plan, as ISO text."""

    def facts(self) -> dict[str, Any]:
        """For a Memory; times as ISO text."""
        moments = {key: moment.isoformat() for key in _MOMENTS if (moment := getattr(self, key))}
        return asdict(self) | moments

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Session:
        """The opposite of `facts`; those of an older version may lack some.

        Where nobody kept when the cable was last seen, the departure stands in: until then it was to stay in.
        """
        facts = {"seen_at": facts["ready_by"], **facts}
        known = {field.name: facts[field.name] for field in fields(cls) if field.name in facts}
        return cls(**known | {key: datetime.fromisoformat(facts[key]) for key in _MOMENTS if facts.get(key)})

    def is_about(self, charger: Charger, now: datetime) -> bool:
        """False when the cable has been out and in again while nobody looked, or may well have been."""
        seen = charger.last_charge.cable_plugged_in_at if charger.last_charge else None
        is_another = seen is not None and seen - self.plugged_in_at > CLOCKS_DIFFER_BY
        return not is_another and now - self.seen_at < LONG_UNSEEN

    def see(self, now: datetime) -> bool:
        """Take note that the cable is in; whether that is worth remembering."""
        is_worth_it = not timedelta(0) <= now - self.seen_at < SEEN_EVERY
        if is_worth_it:
            self.seen_at = now
        return is_worth_it

    def holds(self, charge: Charge) -> bool:
        """Whether the charge belongs to this session; one may begin just before the cable is seen."""
        return charge.created_at >= self.plugged_in_at - CLOCKS_DIFFER_BY or charge.state.is_active

    def charges(self, charger: Charger) -> Sequence[Charge]:
        """The session's charges, newest first."""
        return [charge for charge in charger.charges if self.holds(charge)]

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
        """Remember when the plan charges; whether that is news. Its prices are known again after a restart."""
        blocks = [[block.start.isoformat(), block.end.isoformat()] for block in plan.blocks]
        if plan.is_active(now) and self.blocks and blocks:
            blocks[0][0] = self.blocks[0][0]  # a block that runs begins a little later at every look
        is_news, self.blocks = blocks != self.blocks, blocks
        return is_news

    def kept_plan(self) -> Plan | None:
        """The plan of before a restart, without prices."""
        if self.blocks is None:
            return None
        blocks = [[datetime.fromisoformat(moment) for moment in block] for block in self.blocks]
        slots = [PlanSlot(start=start, end=end, price_per_kwh=None, energy_kwh=0.0) for start, end in blocks]
        return Plan(slots=slots, ready_by=self.ready_by)
