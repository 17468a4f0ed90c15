"""The cloud a night is played over, as those see it who bring cars and look at meters; the apps know only its API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from smart_charging.clouds.monta.stand_in.messages import Request, Response

OPEN_STATES = frozenset({"scheduled", "reserved", "starting", "charging", "paused", "stopping"})


class UnknownEventError(Exception):
    """Raised by a cloud that has no such event; what needs it is not played."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy that really flowed, at constant power."""

    start: datetime
    end: datetime
    power_kw: float

    def kwh_between(self, start: datetime, end: datetime) -> float:
        overlap = min(self.end, end) - max(self.start, start)
        return self.power_kw * max(0.0, overlap / timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueCharge:
    """A charge as it really was, by true time, whatever the cloud tells of it."""

    id: int
    point_id: int
    by: str
    """Who started it: `api`, and anything else for somebody else, such as `app`, `plug-in` or `monta`."""
    state: str
    """In Monta's words."""
    created_at: datetime
    stopped_at: datetime | None
    flows: Sequence[Flow]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def kwh(self) -> float:
        return sum(flow.kwh_between(flow.start, flow.end) for flow in self.flows)


class PlayedCloud(Protocol):
    """A cloud that can be put in the place of Monta."""

    client_id: str
    client_secret: str

    async def respond(self, request: Request) -> Response:
        """Answer a request to its API."""
        ...

    async def happen(self, event: str, **details: object) -> Mapping[str, object]:
        """Let something happen at the chargers; what it may be, says OTHER_CLOUDS.md.

        Raises:
            UnknownEventError: It never happens with this cloud.
        """
        ...

    async def charges(self) -> Sequence[TrueCharge]:
        """All of them, in the order they began, as they stand now."""
        ...
