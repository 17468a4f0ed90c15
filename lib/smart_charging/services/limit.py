"""A bound on a charge, and what is to be done about the charge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Self

from smart_charging.charger import Charge, Charger, ChargeState
from smart_charging.errors import CommandError

PATIENCE = timedelta(minutes=3)
"""How long a charge may be missing from the cloud's list, when it has just been asked for."""

_OVER = (ChargeState.STOPPED, ChargeState.COMPLETED)

MOST_KWH, MOST_MINUTES = 1000, 7 * 24 * 60
"""More is a slip of the hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a charge may come to, counted from its beginning; None is no bound."""

    energy_kwh: float | None = None
    duration: timedelta | None = None

    @classmethod
    def written(cls, *, kwh: object, minutes: object) -> Self | None:
        """From what somebody wrote; None when nothing was.

        Raises:
            CommandError: Something was written that is no such number.
        """
        energy_kwh = _number("limit_kwh", kwh, at_most=MOST_KWH)
        length = _number("limit_minutes", minutes, at_most=MOST_MINUTES)
        if energy_kwh is None and length is None:
            return None
        return cls(energy_kwh=energy_kwh, duration=None if length is None else timedelta(minutes=length))

    def __str__(self) -> str:
        energy = [] if self.energy_kwh is None else [f"{self.energy_kwh:g} kWh"]
        minutes = [] if self.duration is None else [f"{self.duration / timedelta(minutes=1):g} minutes"]
        return " or ".join(energy + minutes)


def _number(name: str, value: object, *, at_most: float) -> float | None:
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, str | int | float) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 < number <= at_most:
        raise CommandError(f"{name} is {str(value)[:40]!r}; write a number more than 0, at most {at_most:g}")
    return number


class Verdict(Enum):
    """What is to be done about a limited charge."""

    WAIT = auto()
    STOP = auto()
    FORGET = auto()
    """The limit ended with its charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedCharge:
    """A limit and the charge it belongs to."""

    limit: Limit
    asked_at: datetime
    charge_id: str | None = None
    """None until the cloud has answered the start."""

    def verdict(self, charger: Charger, read_at: datetime, now: datetime) -> Verdict:
        """Judged by the charger as last read, which may be a while ago."""
        charge = self.charge_at(charger)
        if charge is None:
            return Verdict.WAIT if read_at - self.asked_at < PATIENCE else Verdict.FORGET
        if charge.state in _OVER:
            return Verdict.FORGET
        return Verdict.STOP if self._is_reached(charge, now) else Verdict.WAIT

    def charge_at(self, charger: Charger) -> Charge | None:
        """The charge; as long as its id is not known, the running one, unless that began much later."""
        if self.charge_id is not None:
            return next((charge for charge in charger.charges if charge.id == self.charge_id), None)
        running = charger.active_charge
        return running if running and running.created_at < self.asked_at + PATIENCE else None

    def ends_at(self, charger: Charger) -> datetime | None:
        """When its time is over; None without a bound in time or a charge."""
        charge = self.charge_at(charger)
        return _began_at(charge) + self.limit.duration if charge and self.limit.duration is not None else None

    def _is_reached(self, charge: Charge, now: datetime) -> bool:
        if charge.state is ChargeState.STOPPING or not charge.state.is_active:
            return False
        energy, duration = self.limit.energy_kwh, self.limit.duration
        has_energy = energy is not None and (charge.consumed_kwh or 0.0) >= energy
        return has_energy or (duration is not None and now - _began_at(charge) >= duration)

    def facts(self) -> Mapping[str, Any]:
        """For a Memory; what is None is left out."""
        seconds = None if self.limit.duration is None else self.limit.duration.total_seconds()
        found = {
            "energy_kwh": self.limit.energy_kwh,
            "duration_s": seconds,
            "asked_at": self.asked_at.isoformat(),
            "charge_id": self.charge_id,
        }
        return {key: value for key, value in found.items() if value is not None}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `facts`."""
        seconds = facts.get("duration_s")
        duration = None if seconds is None else timedelta(seconds=seconds)
        return cls(
            limit=Limit(energy_kwh=facts.get("energy_kwh"), duration=duration),
            asked_at=datetime.fromisoformat(facts["asked_at"]),
            charge_id=facts.get("charge_id"),
        )


def _began_at(charge: Charge) -> datetime:
    return charge.started_at or charge.created_at
