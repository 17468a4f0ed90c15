"""What the demo needs of a cloud's stand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

Flow = tuple[datetime, datetime]
"""From when until when energy flowed at full power."""


class DemoCloud(Protocol):
    """A stand-in with one charger, in fast motion."""

    charger_id: str
    secrets: Mapping[str, str]
    """The content of secrets.yaml."""
    arguments: Mapping[str, object]
    """Of the monitor, besides the address and the intervals."""

    @property
    def requests_sent(self) -> int:
        """How many there were so far."""
        ...

    @property
    def charges(self) -> Sequence[Sequence[Flow]]:
        """The charges in which energy flowed."""
        ...

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Run it until the block ends; yields the base URL."""
        ...

    def plug_in(self, *, wants_kwh: float, power_kw: float) -> None:
        """Plug the cable into a car."""
        ...

    def unplug(self) -> None:
        """Pull the cable."""
        ...
