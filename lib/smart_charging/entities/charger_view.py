"""A charger with what only its charges tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargerState


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerView:
    """A charger with what its charges tell about it."""

    charger: Charger
    session: Sequence[Charge] = ()
    """The charges since the cable went in, newest first; until one has begun, those of the time before."""
    power_kw: float | None
    is_power_estimated: bool = True
    """Whether it is worked out from the meter's reports, as the cloud measures none."""
    total_kwh: float
    """Never goes back."""
    at: datetime

    @property
    def last_charge(self) -> Charge | None:
        """The newest charge, running or not."""
        return self.charger.last_charge

    @property
    def problem(self) -> str | None:
        """What is wrong with the charger or went wrong with its last charge, in a few words."""
        last = self.last_charge
        if self.charger.state is ChargerState.FAULTED:
            return "the charger reports a fault"
        if last and not last.state.is_active and (last.failed_at or last.failure_reason):
            return last.failure_reason or "the last charge failed"
        return None

    @property
    def session_kwh(self) -> float | None:
        """Energy since the cable went in, of all charges together."""
        return _sum(charge.consumed_kwh for charge in self.session)

    @property
    def session_cost(self) -> float | None:
        """What it cost; None while one of its charges is not settled."""
        costs = [charge.cost for charge in self.session]
        return None if None in costs else _sum(costs)

    @property
    def session_minutes(self) -> float | None:
        """How long a charge was running since the cable went in."""
        spans = [(c.started_at, c.stopped_at or self.at) for c in self.session if c.started_at]
        return _sum(max(0.0, (end - start) / timedelta(minutes=1)) for start, end in spans)

    @property
    def session_price_per_kwh(self) -> float | None:
        """Cost by energy; None without either."""
        cost, energy = self.session_cost, self.session_kwh
        return None if cost is None or not energy else cost / energy

    @property
    def currency(self) -> str | None:
        """Of the newest charge."""
        return self.last_charge.currency if self.last_charge else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
