"""Preferences for plans, beyond being cheap and in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from smart_charging.planning.plan import Block
from smart_charging.planning.price_limit import PriceLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a plan should look like; with the defaults, only the cost counts."""

    start_cost: float = 0.0
    """How much a start has to save to be worth it, in the currency of the prices."""
    min_block: timedelta = timedelta(0)
    """Shortest charging without a break; ignored where the car would not be ready otherwise."""
    in_one_block: bool = False
    """Charge without any break; once charging has begun, it continues to the end."""
    limit: PriceLimit | None = None
    closed: Sequence[Block] = ()
    """Times in which only the minimum is charged, even if the car will not be ready."""
    prefers_late: bool = False
    """Of equally cheap times, charge late; early is safer, but late keeps the battery full for a shorter time."""
    keep_threshold: float = 0.0
    """How much cheaper a new plan has to be to replace one that still works, in the currency of the prices."""
