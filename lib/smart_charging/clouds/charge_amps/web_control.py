"""Commands over the web app's API, which nobody has verified on a charger: only for those who ask for them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from smart_charging.clouds.charge_amps.monitoring import ChargeAmpsMonitor
from smart_charging.clouds.charge_amps.station import LEAST_A, MOST_A
from smart_charging.errors import CommandError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from smart_charging.clouds.charge_amps.web_client import WebClient

NO_TAG = "a start without an API key needs a tag that the charger knows; write rfid_tag"


class WebControl(ChargeAmpsMonitor):
    """An account without an API key whose owner wants commands all the same."""

    may_be_commanded = True
    sets_current_at_once = True
    _client: WebClient
    _tag: str | None = None

    def command_with(self, client: WebClient, tag: str | None) -> None:
        """Set what commands are sent with."""
        self._client, self._tag = client, tag

    async def start(self, charger_id: str) -> None:
        """Start a session with the tag; one that runs already is refused."""
        if self._tag is None:
            raise CommandError(NO_TAG)
        station, outlet = await self._outlet(charger_id)
        self._started_at[charger_id] = self._now()
        await self._client.remote_start(station.id, outlet.number, self._tag)

    async def stop(self, charger_id: str, charge_id: str | None) -> None:
        """End the session; that there is none is a success."""
        station, outlet = await self._outlet(charger_id)
        try:
            await self._client.remote_stop(station.id, outlet.number)
        except (RefusedError, NotFoundError):
            logging.getLogger(__name__).debug("There was no session to stop for %s", charge_id)

    async def set_current(self, charger_id: str, current_a: float) -> None:
        """Set the current per phase, in whole amperes."""
        if not LEAST_A <= current_a <= MOST_A:
            raise CommandError(f"the current cannot be {current_a:g} A; write {LEAST_A:g} to {MOST_A:g}")
        station, outlet = await self._outlet(charger_id)
        await self._client.set_current(station.id, outlet.number, int(current_a))
