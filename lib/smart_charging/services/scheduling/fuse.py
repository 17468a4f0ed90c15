"""The fuse that several chargers share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from smart_charging.charger import Charger, ChargeState
from smart_charging.planning.charge_request import Load
from smart_charging.services.scheduling.snapshot import Snapshot

AS_LONG_AS_ANYBODY_PLANS = timedelta(days=9)
"""How long a charge is assumed to last of which nothing is known."""
_QUARTER = timedelta(minutes=15)
ENDS_WITHIN = timedelta(minutes=1)
"""How long a charge that was told to stop still counts in plans; starts wait until its end is certain anyway."""
_ROUNDING_KW = 1e-6


class Fuse:
    """Keeps the total power below a limit; a charger counts from before its start until its end is certain."""

    def __init__(
        self,
        limit_kw: float,
        snapshots: Sequence[Snapshot],
        may_flow: Callable[[Snapshot], bool],
        is_stopping: Callable[[Snapshot], bool],
    ) -> None:
        self.limit_kw = limit_kw
        self._cases = snapshots
        self._may_flow = may_flow
        self._is_stopping = is_stopping

    def loads(self, now: datetime) -> Sequence[Load]:
        """The loads of running charges that are not planned here."""
        return [
            Load(start=now, end=self._ends_at(snapshot, now), power_kw=snapshot.flows_kw)
            for snapshot in self.flowing()
            if snapshot.request is None
        ]

    def _ends_at(self, snapshot: Snapshot, now: datetime) -> datetime:
        """When it is expected to end: an estimate in whole quarters, so that plans do not follow its every change."""
        if self._is_stopping(snapshot):
            return now + ENDS_WITHIN
        if snapshot.still_takes_kwh is None:
            return now + AS_LONG_AS_ANYBODY_PLANS
        end = now + timedelta(hours=snapshot.still_takes_kwh / snapshot.power_kw)
        return end + (datetime.min.replace(tzinfo=end.tzinfo) - end) % _QUARTER

    def has_room(self, one: Snapshot) -> bool:
        """Whether one more charger may start."""
        others = (snapshot for snapshot in self.flowing() if snapshot is not one)
        return self._is_kept(one.flows_kw + sum(snapshot.flows_kw for snapshot in others))

    def holds(self, snapshots: Sequence[Snapshot]) -> bool:
        """Whether all of these may charge at once."""
        return self._is_kept(sum(snapshot.flows_kw for snapshot in snapshots))

    def flowing(self) -> Iterator[Snapshot]:
        """The chargers that take energy, or may begin to."""
        return (snapshot for snapshot in self._cases if self._may_flow(snapshot) and not _is_full(snapshot.charger))

    def _is_kept(self, load_kw: float) -> bool:
        return load_kw <= self.limit_kw + _ROUNDING_KW


def why_too_much(one: Snapshot, limit_kw: float) -> str | None:
    """Why a charger could never start, even alone, and what to do about it; None when it could."""
    if one.least_kw <= limit_kw + _ROUNDING_KW:
        return None
    return (
        f"{one.charger.name} takes up to {one.least_kw:g} kW, more than the fuse of {limit_kw:g} kW "
        "allows; if it takes less, write load_kw"
    )


def _is_full(charger: Charger) -> bool:
    """Whether the running charge is paused as the car is full: that may last for days and must not block others."""
    charge = charger.active_charge
    return charge is not None and charge.state is ChargeState.PAUSED and charge.fully_charged_at is not None
