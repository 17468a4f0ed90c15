"""What can be done besides starting and stopping: messages to a charger, live streams, the login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smart_charging.clouds.enphase.cadence import AFTER_TRIGGER
from smart_charging.errors import CommandError

if TYPE_CHECKING:
    from smart_charging.clouds.enphase.cadence import Cadence
    from smart_charging.clouds.enphase.client import EnphaseClient
    from smart_charging.clouds.enphase.sites import Sites

MESSAGES = ("Heartbeat", "MeterValues", "StatusNotification")
MESSAGES_TO_CONFIRM = ("BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification")
"""Sent only if the service's caller says `confirm: true`: they may disturb the charger."""

TRIGGER, START_STREAM, STOP_STREAM = "trigger_message", "start_live_stream", "stop_live_stream"
LOG_IN_AGAIN, CLEAR_REAUTH = "login_again", "clear_reauth_issue"
_OFFERED: Mapping[str, str] = {
    TRIGGER: "has the charger send one of OCPP's messages now",
    START_STREAM: "has Enphase and us look more often for a quarter of an hour",
    STOP_STREAM: "ends that",
    LOG_IN_AGAIN: "forgets refused logins and logs in once",
    CLEAR_REAUTH: "the same, under the name of Home Assistant's own integration",
}


class Actions:
    """Does them."""

    offered = _OFFERED

    def __init__(self, client: EnphaseClient, sites: Sites, cadence: Cadence) -> None:
        self._client = client
        self._sites = sites
        self._cadence = cadence

    async def act(self, action: str, charger_id: str | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Do one of them; returns what Enphase answered.

        Raises:
            CommandError: There is no such action, or an argument is missing or not possible.
            CloudError: Enphase does not accept it.
        """
        match action:
            case "trigger_message":
                return await self._trigger(charger_id, arguments)
            case "start_live_stream":
                return await self._start_stream(charger_id)
            case "stop_live_stream":
                return await self._stop_stream(charger_id)
            case "login_again" | "clear_reauth_issue":
                await self._client.log_in()
                return {"status": "logged in"}
            case _:
                raise CommandError(f"there is no action {action[:40]!r}; there is {', '.join(_OFFERED)}")

    async def _trigger(self, charger_id: str | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
        if charger_id is None:
            raise CommandError("charge_point_id is missing; write the charger that is to send the message")
        message = _allowed(arguments.get("requested_message"), is_confirmed=arguments.get("confirm") is True)
        site = await self._sites.of(charger_id)
        if (wanted := arguments.get("site_id")) is not None and str(wanted) != site.id:
            raise CommandError("site_id is not the site of this charger")
        answer = await self._client.trigger(site.id, charger_id, message)
        self._cadence.hurry(self._client.now(), AFTER_TRIGGER)
        return answer

    async def _start_stream(self, charger_id: str | None) -> Mapping[str, object]:
        spans = [await self._client.start_live_stream(site) for site in await self._meant(charger_id)]
        longest = max(spans)
        self._cadence.stream(self._client.now() + longest)
        return {"duration_s": longest.total_seconds()}

    async def _stop_stream(self, charger_id: str | None) -> Mapping[str, object]:
        for site in await self._meant(charger_id):
            await self._client.stop_live_stream(site)
        self._cadence.stream(None)
        return {}

    async def _meant(self, charger_id: str | None) -> list[str]:
        """The sites: that of the charger, or all of them."""
        if charger_id is not None:
            return [(await self._sites.of(charger_id)).id]
        sites = [site.id for site in await self._sites.know()]
        if not sites:
            raise CommandError("this account has no site")
        return sites


def _allowed(message: object, *, is_confirmed: bool) -> str:
    """The message, spelt as OCPP does."""
    known = {name.casefold(): name for name in (*MESSAGES, *MESSAGES_TO_CONFIRM)}
    found = known.get(str(message).casefold())
    if found is None:
        raise CommandError(f"requested_message is {str(message)[:40]!r}; write one of {', '.join(MESSAGES)}")
    if found in MESSAGES_TO_CONFIRM and not is_confirmed:
        raise CommandError(f"{found} may disturb the charger; write confirm: true if you mean it")
    return found
