"""What is in Home Assistant before anything is made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from smart_charging.services.home_assistant import Administration


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """Entities, and the helpers that were not made by YAML."""

    entity_ids: Set[str]
    registry: Collection[Mapping[str, Any]]
    """The entity registry's entries."""
    helper_ids: Mapping[str, Set[str]]
    """By domain; only these can be changed and removed."""

    def entity_of(self, platform: str, unique_id: str) -> str | None:
        """The entity's id, which people can change."""
        return self._first(entry for entry in self.registry if _is(entry, platform=platform, unique_id=unique_id))

    def entity_of_entry(self, entry_id: str) -> str | None:
        """The id of a config entry's first entity."""
        return self._first(entry for entry in self.registry if _is(entry, config_entry_id=entry_id))

    @staticmethod
    def _first(entries: Iterable[Mapping[str, Any]]) -> str | None:
        return next((entry["entity_id"] for entry in entries), None)


def _is(entry: Mapping[str, Any], **wanted: str) -> bool:
    return all(entry.get(key) == value for key, value in wanted.items())


async def existing(home: Administration, domains: Collection[str]) -> Existing | None:
    """Look at what is there; None while Home Assistant is away.

    Args:
        domains: Of helpers.

    Raises:
        ActionError: Home Assistant does not tell.
    """
    if not (entities := await home.all_entities()):
        return None
    return Existing(
        entity_ids=entities.keys(),
        registry=await home.command("config/entity_registry/list"),
        helper_ids={domain: {one["id"] for one in await home.command(f"{domain}/list")} for domain in domains},
    )
