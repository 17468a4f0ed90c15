"""Home Assistant's REST API over a virtual Home Assistant, for those who bring the token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import respx

from worlds.virtual_apps import VirtualHomeAssistant

ADDRESS = "http://home.test:8123"
TOKEN = "a-long.lived-ACCESS_token"


class HomeApi:
    """States, actions, events, and the stream of events."""

    def __init__(self, home: VirtualHomeAssistant, router: respx.MockRouter, *, stream_status: int = 200) -> None:
        self._home = home
        self._streams: list[tuple[str, asyncio.Queue[str]]] = []
        self._fire = home.fire
        home.fire = self.fire  # type: ignore[method-assign]  # the stream hears what the home does
        self._stream_status = stream_status
        router.route(url__startswith=f"{ADDRESS}/api/").mock(side_effect=self._answer)

    def fire(self, event: str, data: Mapping[str, Any]) -> None:
        for wanted, queue in self._streams:
            if event == wanted:
                queue.put_nowait(json.dumps({"event_type": event, "data": dict(data)}))
        self._fire(event, data)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return httpx.Response(401, text="401: Unauthorized")
        data = json.loads(request.content) if request.content else {}
        match request.url.path.removeprefix("/api/").split("/"):
            case ["stream"]:
                return httpx.Response(self._stream_status, content=self._stream(request.url.params["restrict"]))
            case ["template"]:
                return httpx.Response(200, text="None")
            case path:
                return self._told(path, data)

    def _told(self, path: list[str], data: Mapping[str, Any]) -> httpx.Response:
        match path:
            case ["config"]:
                return httpx.Response(200, json=self._home.config)
            case ["states"]:
                rows = [{"entity_id": entity_id, **state} for entity_id, state in self._home.states.items()]
                return httpx.Response(200, json=json.loads(json.dumps(rows, default=str)))
            case ["events", event]:
                self.fire(event, data)
                return httpx.Response(200, json={"message": f"Event {event} fired."})
            case ["services", domain, name]:
                done = self._home.call(f"{domain}/{name}", data) or {}
                return httpx.Response(200 if done.get("success") else 400, json=[])
            case _:
                raise AssertionError(path)

    async def _stream(self, event: str) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._streams.append((event, queue))
        yield b"data: ping\n\n"
        while True:
            yield f"data: {await queue.get()}\n\n".encode()
