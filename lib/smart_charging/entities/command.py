"""What a person does to an entity, and the topics on which a broker brings it."""

from __future__ import annotations

import re
from dataclasses import dataclass

BASE = "smart_charging"
"""All our topics begin with it."""
COMMAND_TOPICS = f"{BASE}/+/+/+/set"
ON, OFF, PRESS = "on", "off", "press"
EVERY = "all"
"""The word for all chargers, in place of an id."""
MOST_KWH, MOST_MINUTES = 1000, 7 * 24 * 60
"""The highest limits of a charge that can be asked for; more is a slip of the hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityCommand:
    """What a person did to an entity."""

    device_id: str
    domain: str
    key: str
    payload: str
    """`on`, `off` and `press`, or what was chosen or typed."""


def read_command(topic: str, payload: str) -> EntityCommand | None:
    """What a message on one of `COMMAND_TOPICS` asks for; None for any other message."""
    found = re.fullmatch(rf"{BASE}/([^/]+)/([^/]+)/([^/]+)/set", topic)
    if found is None:
        return None
    device_id, domain, key = found.groups()
    return EntityCommand(device_id=device_id, domain=domain, key=key, payload=payload)
