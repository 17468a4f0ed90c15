"""How a charge was spread over time, as a cloud tells once it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What fell into one period, `[start, end)`, in UTC."""

    start: datetime
    end: datetime
    amount: float


def is_of_our_days(moment: datetime) -> bool:
    """Whether a time can be right at all; arithmetic with those at the ends of the calendar fails."""
    return 2000 <= moment.year < 2200


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """All in order of time; periods that the cloud does not tell, or tells wrongly, are missing."""

    energy: Sequence[Portion] = ()
    """In kWh."""
    price: Sequence[Portion] = ()
    """What the driver pays, in the charge's currency; most clouds tell no parts of it, nor of `cost`."""
    cost: Sequence[Portion] = ()
    """What the electricity cost the owner."""
