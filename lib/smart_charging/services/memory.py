"""Small facts that outlive a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from smart_charging.errors import ChargingError

T = TypeVar("T")


class Memory(Protocol):
    """Where they are kept; what is kept is plain data, times as ISO text."""

    async def recall(self, key: str) -> Mapping[str, Any]:
        """What was last remembered under the key; empty when nothing was."""
        ...

    async def remember(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep the facts, in place of earlier ones."""
        ...


def understood(facts: Mapping[str, Any], read: Callable[[Mapping[str, Any]], T]) -> T | None:
    """What facts mean; None for none at all, and for those of another version that make no sense to this one."""
    try:
        return read(facts) if facts else None
    except (AttributeError, KeyError, TypeError, ValueError, ChargingError):
        return None
