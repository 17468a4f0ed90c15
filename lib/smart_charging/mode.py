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


class TakeOver(StrEnum):
    """Which charges that were not started by us the scheduler plans like its own."""

    PLUG_IN = "plug_in"
    """The first one that begins by itself within five minutes of plugging in."""
    NEVER = "never"
    ALWAYS = "always"
    """All but those a person started with the switch, a service or the event."""
