"""Derives the next command from a plan."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from smart_charging.planning.plan import Plan


class Decision(StrEnum):
    """The command to send to the charger now, or none."""

    START = "start"
    STOP = "stop"
    WAIT = "wait"
    """Leave it as it is."""


def decide(plan: Plan, *, is_on: bool, now: datetime) -> Decision:
    """The command that brings the charger in line with the plan."""
    if plan.is_active(now) == is_on:
        return Decision.WAIT
    return Decision.STOP if is_on else Decision.START
