"""What the services ask of Home Assistant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityState:
    """An entity as it stands; Home Assistant's states are text, `unavailable` and `unknown` included."""

    state: str
    attributes: Mapping[str, Any]


class Entities(Protocol):
    """Where the states of Home Assistant's entities are read."""

    async def entity(self, entity_id: str) -> EntityState | None:
        """The entity as last heard of; None when there is none of that id."""
        ...


class Actions(Protocol):
    """Where Home Assistant's actions are called."""

    async def call_action(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an action such as `nordpool.get_prices_for_date`; what it responds, empty when it responds nothing.

        Raises:
            ActionError: It failed, does not exist, or Home Assistant is away; one sentence says which.
        """
        ...


class Integrations(Actions, Protocol):
    """Actions that want to know which entry of their integration is meant."""

    async def config_entry_of(self, entity_id: str) -> str | None:
        """The id of the config entry an entity comes from; None when there is no such entity, or it has none.

        Raises:
            ActionError: Home Assistant is away.
        """
        ...
