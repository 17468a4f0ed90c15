"""A visit of a car that is not here yet, as it usually goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedVisit:
    """From cable in to departure; both moments aware."""

    arrives_at: datetime
    leaves_at: datetime
    energy_kwh: float
    """What the car has used since the visit before, at the charger's meter; the mean of such days."""
    spread_kwh: float = 0.0
    """By how much that usually differs, as a standard deviation."""
    likelihood: float = 1.0
    """The share of such days on which the car came; 1 if a person said so."""
