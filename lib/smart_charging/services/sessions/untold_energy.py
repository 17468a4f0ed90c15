"""Energy that nobody tells: some clouds say nothing of it until a charge is over or settled, and of no meter either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smart_charging.charger import Charge, ChargeState
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import flag, moment, number, table

STORED_EVERY = timedelta(minutes=15)
LONGEST_GAP, LONGEST_ABSENCE = timedelta(minutes=2), timedelta(days=1)
"""Between two looks, and while the apps were away; anything longer is a step of the clock."""
_RUNNING = frozenset({ChargeState.CHARGING, ChargeState.PAUSED})
_NO_TIME = timedelta(0)


@dataclass(slots=True, kw_only=True)
class _Flow:
    """For how long a charge was seen to charge."""

    lasted: timedelta
    seen_at: datetime
    """When it was last looked at."""


class UntoldEnergy:
    """Works out such energy by the time a charge was seen to charge, until it is told after all.

    Where the charger has told the energy of a running charge before, a charge without a figure has taken nothing yet.
    Only where it has never done so is nothing known.
    """

    def __init__(self, charger_id: str, store: Store) -> None:
        self._store = store
        self._key = f"untold_{charger_id}"
        self._is_recalled = False
        self._tells = False
        """Whether it has ever told the energy of a running charge."""
        self._flows: dict[str, _Flow] = {}
        """By the id of a charge of the session that tells no energy."""
        self._looked_at: set[str] = set()
        """Those seen to charge since the apps were started."""
        self._stored_at: datetime | None = None
        self.kwh = 0.0
        """Of the session."""

    async def update(self, charges: Sequence[Charge], power_kw: float, now: datetime) -> float:
        """Process a look at the session's charges; returns the energy of those that tell none."""
        await self._recall()
        before = self._tells, set(self._flows)
        if not self._tells:
            self._note(charges, now)
        self.kwh = sum(power_kw * (flow.lasted / timedelta(hours=1)) for flow in self._flows.values())
        is_due = self._flows and (self._stored_at is None or now - self._stored_at >= STORED_EVERY)
        if is_due or before != (self._tells, set(self._flows)):
            self._stored_at = now
            await self._keep()
        return self.kwh

    async def close(self) -> None:
        """Forget the session."""
        if self._flows:
            self._flows, self._looked_at, self.kwh = {}, set(), 0.0
            await self._keep()

    def _note(self, charges: Sequence[Charge], now: datetime) -> None:
        if any(charge.state in _RUNNING and charge.consumed_kwh is not None for charge in charges):
            self._tells, self._flows = True, {}
            return
        for charge in charges:
            if charge.consumed_kwh is not None:
                self._flows.pop(charge.id, None)
            elif charge.state.is_active or charge.id in self._flows:
                self._note_flow(charge, now)

    def _note_flow(self, charge: Charge, now: datetime) -> None:
        """Add the time since the last look if it charges; none is taken back, or seconds would need another start.

        By its own stamp it may have begun before it was seen to be starting: the cloud's clock may be slow.
        """
        begun_at, is_charging = min(charge.started_at or charge.created_at, now), charge.state is ChargeState.CHARGING
        seen_at = begun_at if is_charging else now
        flow = self._flows.setdefault(charge.id, _Flow(lasted=_NO_TIME, seen_at=seen_at))
        if is_charging:
            gap = now - (flow.seen_at if flow.lasted else max(flow.seen_at, begun_at))
            flow.lasted += max(_NO_TIME, min(gap, LONGEST_GAP if charge.id in self._looked_at else LONGEST_ABSENCE))
            self._looked_at.add(charge.id)
        if flow.lasted or is_charging:
            flow.seen_at = now

    async def _keep(self) -> None:
        flows = {key: [flow.lasted.total_seconds(), flow.seen_at.isoformat()] for key, flow in self._flows.items()}
        await self._store.remember(self._key, {"tells": self._tells, "flows": flows})

    async def _recall(self) -> None:
        if self._is_recalled:
            return
        self._is_recalled = True
        if kept := await recalled(self._store, self._key, _read):
            self._tells, self._flows = kept


def _read(facts: Mapping[str, Any]) -> tuple[bool, dict[str, _Flow]]:
    flows = {
        key: _Flow(lasted=timedelta(seconds=number(lasted_s)), seen_at=moment(at))
        for key, (lasted_s, at) in table(facts["flows"]).items()
    }
    return flag(facts["tells"]), flows
