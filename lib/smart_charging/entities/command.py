"""Commands that a person gives by using an entity, and the MQTT topics they arrive on."""

from __future__ import annotations

import re
from dataclasses import dataclass

BASE = "smart_charging"
"""All our topics begin with it."""
COMMAND_TOPICS = f"{BASE}/+/+/+/set"
ON, OFF, PRESS = "on", "off", "press"
EVERY = "all"
"""Stands for all chargers in place of a charger's id."""
MOST_KWH, MOST_MINUTES = 1000, 7 * 24 * 60
"""The highest limits that a charge may be started with; more is a typing error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityCommand:
    """One use of a switch, button, number, select or text entity."""

    device_id: str
    domain: str
    key: str
    payload: str
    """`on`, `off` or `press`, or the option or text entered."""


def read_command(topic: str, payload: str) -> EntityCommand | None:
    """The command in an MQTT message on one of `COMMAND_TOPICS`; None for any other message.

    An empty payload clears a retained command.
    """
    found = re.fullmatch(rf"{BASE}/([^/]+)/([^/]+)/([^/]+)/set", topic)
    if found is None or not payload:
        return None
    device_id, domain, key = found.groups()
    return EntityCommand(device_id=device_id, domain=domain, key=key, payload=payload)
