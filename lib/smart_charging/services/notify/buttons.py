"""Buttons on a phone's notifications, and what their keys say when Home Assistant hands them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smart_charging.services.stored import moment

PRESSED_EVENT = "mobile_app_notification_action"
"""Home Assistant's event for a button pressed on a notification of its companion app, with the key as `action`."""
_OURS = "smart_charging"


class Button(StrEnum):
    """What a button asks for; the value is part of its key."""

    CHARGE_NOW = "charge_now"
    """At once and at any price, in this session."""
    SKIP_TONIGHT = "skip_tonight"
    """No more than the minimum, in this session or until its departure."""
    KEEP_GOING = "keep_going"
    """Go on with a charge that has ended, whoever ended it."""

    @property
    def label(self) -> str:
        """What is written on it."""
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button of one charger and one session, so that an old notification does nothing to a later session."""

    button: Button
    charger_key: str
    plugged_in_at: datetime
    """When the cable of the session was first seen in."""

    @property
    def key(self) -> str:
        """What the companion app hands back; the charger comes last, as its id may hold anything."""
        return "/".join([_OURS, self.button, self.plugged_in_at.isoformat(), self.charger_key])

    @classmethod
    def of(cls, key: object) -> Press | None:
        """The opposite of `key`; None for buttons of others, and for what cannot be read."""
        parts = key.split("/", 3) if isinstance(key, str) else []
        if len(parts) < 4 or parts[0] != _OURS:
            return None
        try:
            return cls(button=Button(parts[1]), plugged_in_at=moment(parts[2]), charger_key=parts[3])
        except ValueError:
            return None


def actions_for(
    buttons: Sequence[Button], charger_key: str, plugged_in_at: datetime | None
) -> Sequence[Mapping[str, str]]:
    """The buttons as the companion app takes them; none where no session is known."""
    if plugged_in_at is None:
        return []
    presses = [Press(button=one, charger_key=charger_key, plugged_in_at=plugged_in_at) for one in buttons]
    return [{"action": press.key, "title": press.button.label} for press in presses]
