"""Access to the demo's entities, in AppDaemon's own state store or in Home Assistant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import httpx

from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import ProcessError


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One entity's state and attributes."""

    state: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_pending(self) -> bool:
        """Whether a switch shows a command that is not carried out yet."""
        return self.attributes.get("pending") == "true"

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """From the JSON that AppDaemon and Home Assistant both use for a state."""
        return cls(state=str(raw.get("state")), attributes=raw.get("attributes") or {})


class House(Protocol):
    """Reads and writes entities over an API."""

    async def states(self) -> Mapping[str, State]:
        """Every entity by its id."""
        ...

    async def set_state(self, entity_id: str, state: str, attributes: Mapping[str, Any]) -> None:
        """Create or replace an entity."""
        ...


class AppDaemonHouse:
    """AppDaemon's state store, over its HTTP API."""

    def __init__(self, port: int, password: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/api/appdaemon/", headers={"x-ad-access": password}, timeout=10
        )

    async def states(self) -> Mapping[str, State]:
        """Every entity of the namespace that is usually Home Assistant's."""
        answer = await self._request("GET", "state/default")
        return {entity_id: State.read(raw) for entity_id, raw in answer.json()["state"].items()}

    async def set_state(self, entity_id: str, state: str, attributes: Mapping[str, Any]) -> None:
        """Create or replace an entity."""
        body = {"entity_id": entity_id, "state": state, "attributes": attributes, "replace": True}
        await self._request("POST", "service/default/state/set", json=body)

    async def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            return (await self._http.request(method, path, **content)).raise_for_status()
        except httpx.HTTPError as err:
            raise ProcessError(f"AppDaemon does not answer any more ({type(err).__name__})") from err

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()


class HomeAssistantHouse:
    """Home Assistant's state machine."""

    def __init__(self, home: HomeAssistant) -> None:
        self._home = home

    async def states(self) -> Mapping[str, State]:
        """Every entity."""
        return {entity_id: State.read(raw) for entity_id, raw in (await self._home.states()).items()}

    async def set_state(self, entity_id: str, state: str, attributes: Mapping[str, Any]) -> None:
        """Create or replace an entity."""
        await self._home.post(f"/api/states/{entity_id}", {"state": state, "attributes": attributes})
