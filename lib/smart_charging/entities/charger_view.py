"""What a charger's entities show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerView:
    """A charger with figures from its charges, computed once because several entities show them."""

    charger: Charger
    session: Sequence[Charge] = ()
    """The charges since the cable was plugged in, newest first; those of the last session until one has begun."""
    power_kw: float | None
    is_power_estimated: bool = True
    """Whether the power is computed from meter readings, because the cloud measures none."""
    total_kwh: float
    """Never decreases."""
    at: datetime = field(compare=False)
    last_charge: Charge | None = field(init=False)
    """The newest charge, running or not."""
    problem: str | None = field(init=False)
    """What is wrong with the charger, or why its last charge failed."""
    session_kwh: float | None = field(init=False)
    """Energy of all charges since the cable was plugged in."""
    session_cost: float | None = field(init=False)
    """What that energy cost the owner; None while one of the charges is not settled."""
    session_paid: float | None = field(init=False)
    """What the driver pays for that energy; None while one of the charges is not settled."""
    session_minutes: float | None = field(init=False)
    """How long charges have run since the cable was plugged in."""
    session_price_per_kwh: float | None = field(init=False)
    """Cost divided by energy; None without either."""
    currency: str | None = field(init=False)
    """Of the newest charge."""

    def __post_init__(self) -> None:
        last, cost = self.charger.last_charge, _settled(self.session, attrgetter("cost"))
        energy = _sum(charge.consumed_kwh for charge in self.session)
        object.__setattr__(self, "last_charge", last)
        object.__setattr__(self, "problem", _problem(self.charger.state, last))
        object.__setattr__(self, "session_kwh", energy)
        object.__setattr__(self, "session_cost", cost)
        object.__setattr__(self, "session_paid", _settled(self.session, attrgetter("price")))
        object.__setattr__(self, "session_minutes", _minutes(self.session, self.at))
        object.__setattr__(self, "session_price_per_kwh", None if cost is None or not energy else cost / energy)
        object.__setattr__(self, "currency", last.currency if last else None)


def _problem(state: ChargerState, last: Charge | None) -> str | None:
    if state is ChargerState.FAULTED:
        return "the charger reports a fault"
    if last and not last.state.is_active and (last.failed_at or last.failure_reason):
        return last.failure_reason or "the last charge failed"
    return None


def _settled(session: Sequence[Charge], amount: Callable[[Charge], float | None]) -> float | None:
    """The sum of an amount over all charges with energy; a start that failed costs nothing and is never settled."""
    amounts = [
        amount(charge) if charge.state is ChargeState.COMPLETED else None for charge in session if charge.consumed_kwh
    ]
    return None if None in amounts else _sum(amounts)


def _minutes(session: Sequence[Charge], now: datetime) -> float | None:
    ends = [(charge.started_at, _ended_at(charge, now)) for charge in session]
    spans = [(start, end) for start, end in ends if start and end]
    return _sum(max(0.0, (end - start) / timedelta(minutes=1)) for start, end in spans)


def _ended_at(charge: Charge, now: datetime) -> datetime | None:
    """None for a charge that is over, nobody knows since when."""
    if charge.state.is_active:
        return charge.stopped_at or now
    return charge.stopped_at or charge.failed_at or charge.fully_charged_at


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
