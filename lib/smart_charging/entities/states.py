"""Entities through Home Assistant's state API, as AppDaemon 4.5 offers it.

AppDaemon drops 0, False and None from what it sends, in lists and nested
dicts too (AppDaemon issue 2531); a price of exactly 0 must not vanish.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from smart_charging.entities.publish import UNKNOWN, Change, Device, EntityKey, Value

DEAD_AS_STATES = frozenset({"button", "image", "number", "select", "text"})
"""Domains of no use as bare states: commands never reach us, and an image has no bytes."""
SetState = Callable[[str, str, dict[str, Any]], Awaitable[None]]


class Kept(float):
    """A number that does not equal False, so that AppDaemon's `value in (None, False)` does not drop 0.

    In JSON it is a plain number.
    """

    def __eq__(self, other: object) -> bool:
        return not isinstance(other, bool) and float.__eq__(self, other)

    __hash__ = float.__hash__


class HomeAssistantStates:
    """The writer that works without a broker and without set-up, but makes no devices."""

    def __init__(self, set_state: SetState) -> None:
        self._set_state = set_state

    async def write(self, changes: Sequence[Change]) -> None:
        """Create or replace entities; states are written as text, numbers in attributes stay numbers."""
        for entity, _ in changes:
            if entity.domain not in DEAD_AS_STATES and not entity.needs_listener:
                name = {"friendly_name": f"{entity.device.name} {entity.name}"}
                attributes = _attributes({**name, **entity.traits, **entity.attributes})
                await self._set_state(entity.entity_id, state_text(entity.state), attributes)

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        """Nothing to do: a state that is no longer written is gone when Home Assistant restarts."""


def state_text(value: Value) -> str:
    """A state as Home Assistant writes it: on and off, ISO times, `unknown`."""
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "on" if value else "off"
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _attributes(attributes: Mapping[str, object]) -> dict[str, Any]:
    return {key: _kept(value) for key, value in attributes.items() if value is not None}


def _kept(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return Kept(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return _attributes(value)
        case list() | tuple():
            return [_kept(item) for item in value]
        case _:
            return value
