"""Our apps as Home Assistant shows them, and commands to them.

What a charger does and what is planned is read from the states of our entities. Commands go as the event that our apps
listen to, and their answer comes as an event, too; Home Assistant's stream of events brings it.

Source: https://developers.home-assistant.io/docs/api/rest
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from smart_charging.cli.home_over_rest import HomeOverRest
from smart_charging.errors import ActionError
from smart_charging.services.home_assistant import EntityState

COMMAND = "smart_charging_command"
RESULT = f"{COMMAND}_result"
_PATIENCE_S = 60.0
"""A start is answered when the charger was asked; that may have to wait for the quota."""
_SILENCE = f"AppDaemon did not answer within {_PATIENCE_S:g} s; look whether it runs, and into its log"


class ChargingHome(HomeOverRest):
    """Everything of Home Assistant that the tools need."""

    async def all_entities(self) -> Mapping[str, EntityState]:
        """Every entity by its id."""
        told = self._json(await self._ask("GET", "states"))
        rows = [row for row in told if isinstance(row, Mapping)] if isinstance(told, list) else []
        return {
            str(row.get("entity_id")): EntityState(state=str(row.get("state")), attributes=row.get("attributes") or {})
            for row in rows
        }

    async def command(self, **data: object) -> Mapping[str, Any]:
        """Tell our apps to do something; returns their answer.

        Raises:
            ActionError: They do not answer, or Home Assistant does not.
        """
        request_id = secrets.token_hex(8)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                async with self._client.stream("GET", f"/api/stream?restrict={RESULT}", timeout=None) as stream:
                    return await self._answer(stream, {**data, "request_id": request_id})
        except TimeoutError:
            raise ActionError(_SILENCE) from None
        except httpx.HTTPError as err:
            raise ActionError(f"Home Assistant broke off: {type(err).__name__}") from None

    async def _answer(self, stream: httpx.Response, data: Mapping[str, object]) -> Mapping[str, Any]:
        """Send as soon as the stream has begun, so that no answer comes before somebody listens."""
        if not stream.is_success:
            raise ActionError(
                f"Home Assistant's stream of events answers {stream.status_code}; the token has to be an "
                "administrator's"
            )
        is_sent = False
        async for told in _events(stream):
            if not is_sent:
                await self._ask("POST", f"events/{COMMAND}", dict(data))
                is_sent = True
            if isinstance(told, Mapping) and told.get("request_id") == data["request_id"]:
                return told
        raise ActionError("Home Assistant ended its stream of events; it may be restarting")


async def _events(stream: httpx.Response) -> AsyncIterator[object]:
    """The data of each event; None for a ping, the first of which says that the stream has begun."""
    async for line in stream.aiter_lines():
        if line.startswith("data:"):
            try:
                event = json.loads(line.removeprefix("data:"))
            except ValueError:
                event = None
            yield event.get("data") if isinstance(event, Mapping) else None
