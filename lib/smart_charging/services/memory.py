"""Small facts that outlive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Memory(Protocol):
    """Where they are kept; what is kept is plain data, times as ISO text."""

    async def recall(self, key: str) -> Mapping[str, Any]:
        """What was last remembered under the key; empty when nothing was."""
        ...

    async def remember(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep the facts, in place of earlier ones."""
        ...
