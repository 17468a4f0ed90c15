"""A month of charges, as a report counts them; alike for both of Monta's APIs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from smart_charging.clouds.monta.models import ChargeFacts, ChargeState
from smart_charging.reports.source import Amount, Found, Kind, Money, Party, ReportedSession

CHARGES = Kind(
    noun="charge",
    began="begun",
    ended="ended",
    counted_by="it was begun",
    money=(Money.PRICE, Money.COST),
    optional=frozenset({Money.COST}),
    notes=("Price is what the driver pays; cost, where the owner tracks it, what the electricity cost.",),
)
"""Of the Public API, which does not tell who charged."""
_OVER = {ChargeState.STOPPED, ChargeState.RELEASING, ChargeState.RELEASED, ChargeState.COMPLETED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What a charge came to."""

    price: Amount | None
    cost: Amount | None

    @property
    def is_something(self) -> bool:
        """False for a start that came to nothing."""
        return bool(self.price or self.cost)


@dataclass(slots=True)
class MonthOfCharges:
    """Takes charges in as they are read; those made in `[start, end)` count, for by that Monta filters exactly."""

    start: datetime
    end: datetime
    _sessions: list[ReportedSession] = field(default_factory=list)
    _running: int = 0
    _unsettled: int = 0

    def add(
        self,
        charge: ChargeFacts,
        paid: Paid,
        charger: Party,
        *,
        driver: Party | None = None,
        card: Party | None = None,
    ) -> None:
        """Count a charge in, if it is one of the month, over, and came to anything."""
        if not self.start <= charge.created_at < self.end:
            return
        if (ended_at := _ended_at(charge)) is None:
            self._running += 1
        elif charge.consumed_kwh or paid.is_something:
            self._unsettled += charge.state is not ChargeState.COMPLETED
            self._sessions.append(
                ReportedSession(
                    charger_id=charger.id,
                    charger=charger.name,
                    began_at=charge.created_at,
                    ended_at=ended_at,
                    energy_kwh=charge.consumed_kwh or 0.0,
                    price=paid.price,
                    cost=paid.cost,
                    currency=charge.currency.code if charge.currency else None,
                    driver=driver,
                    card=card,
                )
            )

    def found(self) -> Found:
        """All of them, and what may still change."""
        return Found(sessions=self._sessions, notes=list(self._notes()))

    def _notes(self) -> Iterator[str]:
        if self._running:
            yield f"{_charges(self._running)} not over yet, and left out"
        if self._unsettled:
            yield f"{_charges(self._unsettled)} not settled yet; the money may still change"


def charger_of(charge_point_id: int | None, name: str | None) -> Party:
    """A charge point; without id or name where Monta tells none."""
    shown_id = "" if charge_point_id is None else str(charge_point_id)
    return Party(key=shown_id, id=shown_id, name=name or ("" if shown_id else "elsewhere"))


def _ended_at(charge: ChargeFacts) -> datetime | None:
    """None while the charge may go on."""
    ended_at = charge.stopped_at or charge.failed_at or charge.timeout_at
    if ended_at or charge.state not in _OVER:
        return ended_at
    return charge.updated_at or charge.created_at


def _charges(count: int) -> str:
    return f"{count} charge{' is' if count == 1 else 's are'}"
