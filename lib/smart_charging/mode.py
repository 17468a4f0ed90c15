"""How much the scheduler may do with a charger."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """Chosen by a person; a new `input_select` helper starts with the first one."""

    SMART = "smart"
    """Charge at the cheapest times."""
    NOW = "now"
    """Charge the energy needed at once, at any price."""
    OFF = "off"
    """Start nothing."""
