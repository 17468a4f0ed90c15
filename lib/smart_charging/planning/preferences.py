"""What a plan should be like, beyond being cheap and in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from smart_charging.planning.price_limit import PriceLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A driver's and an installation's preferences; the defaults ask for nothing but the lowest cost."""

    start_cost: float = 0.0
    """What a start has to save to be worth it, in the currency of the prices."""
    min_block: timedelta = timedelta(0)
    """Shortest charging without a break; given up where the car could not be ready otherwise."""
    in_one_block: bool = False
    """Charge without any break; once running, to the end."""
    limit: PriceLimit | None = None
    prefers_late: bool = False
    """Among equal costs, charge late; early is safer, late keeps the battery full for a shorter time."""
    keep_threshold: float = 0.0
    """How much cheaper a new plan has to be to replace one that still does, in the currency of the prices."""
