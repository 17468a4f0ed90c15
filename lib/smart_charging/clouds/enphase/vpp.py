"""The grid's calls, for sites in a programme of Enphase's grid services. Host and header are not verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.enphase.site import Turn
from smart_charging.clouds.link import Link
from smart_charging.errors import CloudError

if TYPE_CHECKING:
    import logging

    from smart_charging.clouds.enphase.arguments import EnphaseSettings
    from smart_charging.clouds.enphase.client import EnphaseClient
    from smart_charging.clouds.enphase.models import VppEvent

EVENTS_EVERY = timedelta(minutes=10)
_BACK, _AHEAD = timedelta(days=7), timedelta(days=7)
EVENTS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class EnphaseLink(Link):
    """The connection, with what the account has besides chargers."""

    vpp_events: Sequence[VppEvent] | None = None
    """Newest first; None where there is no programme."""

    @property
    def vpp_attributes(self) -> Mapping[str, object]:
        """Sums of the events, and the newest of them."""
        if not self.vpp_events:
            return {}
        return {
            "total_events": len(self.vpp_events),
            "status_summary": dict(Counter(event.status or "unknown" for event in self.vpp_events)),
            "type_summary": dict(Counter(event.type or "unknown" for event in self.vpp_events)),
            "recent_events": [_shown(event) for event in self.vpp_events[:EVENTS_SHOWN]],
        }


@dataclass(slots=True, kw_only=True)
class VppEvents:
    """Reads the events of the first site now and then, if host and programme are given."""

    client: EnphaseClient
    settings: EnphaseSettings
    log: logging.Logger
    known: Sequence[VppEvent] | None = None
    _turn: Turn = field(default_factory=lambda: Turn(every=EVENTS_EVERY))

    async def read(self, site: str) -> None:
        """Read them if they are due; a failure costs nothing else anything."""
        now, host, program_id = self.client.now(), self.settings.vpp_url, self.settings.vpp_program_id
        if host is None or program_id is None or not self._turn.is_due(now):
            return
        try:
            self.known = await self.client.vpp_events(
                str(host),
                site,
                program_id,
                token_prefix=self.settings.vpp_token_prefix,
                start=now - _BACK,
                end=now + _AHEAD,
            )
            self._turn.worked(now)
        except CloudError as err:
            self._turn.failed(err, now)
            self.log.debug("The grid's calls keep their last value: %s", err)


def _shown(event: VppEvent) -> Mapping[str, object]:
    return {key: value for key, value in event.model_dump().items() if value is not None and key != "id"}
