"""How much the scheduler may do with a charger."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """A person's choice; the first is what a new helper of Home Assistant shows."""

    SMART = "smart"
    """Charge at the cheapest times."""
    NOW = "now"
    """Charge what is wanted at once, at any price."""
    OFF = "off"
    """Start nothing."""
